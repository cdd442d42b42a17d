"""The registry and the table of built-in resources."""

import dataclasses

import pytest

from kubewheel.api import kinds, registry, resources
from kubewheel.api.registry import Registry, Resource


@pytest.fixture(scope="module")
def builtin():
    return Registry.builtin()


@pytest.mark.parametrize(("kind", "module"), [
    ("Pod", "pod"), ("ReplicaSet", "replica_set"), ("CSIDriver", "csi_driver"), ("IPAddress", "ip_address"),
    ("ServiceCIDR", "service_cidr"), ("APIService", "api_service"), ("CSIStorageCapacity", "csi_storage_capacity"),
    ("HorizontalPodAutoscaler", "horizontal_pod_autoscaler"), ("PersistentVolumeClaim", "persistent_volume_claim"),
])
def test_module_name(kind, module):
    assert resources.module_name(kind) == module


def test_lookup_by_path_and_kind(builtin):
    deployment = builtin.lookup("apps", "v1", "deployments")
    assert deployment is builtin.by_kind("Deployment.apps") is builtin.of("apps/v1", "Deployment")
    assert deployment.key == "deployments.apps"
    assert deployment.api_version == "apps/v1"
    assert deployment.categories == ("all",)
    assert deployment.subresource("scale").kind == "Scale"
    assert builtin.by_key("pods").kind == "Pod"
    assert builtin.lookup("apps", "v1beta1", "deployments") is None
    with pytest.raises(KeyError):
        builtin.by_kind("Deployment")


def test_preferred_version_comes_first(builtin):
    assert builtin.versions("autoscaling") == ["v2", "v1"]
    assert builtin.by_kind("HorizontalPodAutoscaler.autoscaling").version == "v2"


@pytest.mark.parametrize(("path", "expected"), [
    # Hashes as upstream's discovery documents show them.
    (("", "v1", "pods"), "xPOwRZ+Yhw8="), (("", "v1", "configmaps"), "qFsyl6wFWjQ="),
    (("apps", "v1", "deployments"), "8aSe+NMegvE="),
    (("autoscaling", "v1", "horizontalpodautoscalers"), "qwQve8ut294="),
    (("events.k8s.io", "v1", "events"), "r2yiGXH7wu8="), (("resource.k8s.io", "v1", "deviceclasses"), "Yk2PTc1Ybxk="),
])
def test_storage_version_hash(builtin, path, expected):
    assert builtin.lookup(*path).storage_version_hash == expected


def test_events_share_their_objects(builtin):
    events = builtin.lookup("events.k8s.io", "v1", "events")
    assert events.storage_key == builtin.lookup("", "v1", "events").storage_key == "events"
    assert events.storage_api_version == "v1"


def test_reviews_are_not_stored(builtin):
    assert not builtin.by_kind("TokenReview.authentication.k8s.io").is_stored
    assert builtin.by_kind("Pod").is_stored


def test_every_behaviour_loads(builtin):
    for resource in builtin:
        assert isinstance(resource.behaviour, kinds.Kind)
        assert resource.behaviour.kind == resource.kind


def test_custom_resources_come_and_go(builtin):
    custom = Resource(
        "example.com", "v1alpha1", "widgets", "widget", "Widget", True, custom=kinds.Kind("example.com", "Widget"),
    )
    own = Registry.builtin()
    before = own.revision
    own.add(custom)
    own.add(dataclasses.replace(custom, version="v1", custom=custom.custom))
    assert own.versions("example.com") == ["v1", "v1alpha1"]
    assert own.groups()[-1] == "example.com"
    assert own.by_kind("Widget.example.com").version == "v1"
    own.remove(own.lookup("example.com", "v1", "widgets"))
    own.remove(custom)
    own.remove(custom)
    assert "example.com" not in own.groups()
    assert own.revision > before
    assert builtin.by_key("widgets.example.com") is None


def test_version_rank():
    order = ["v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]
    assert sorted(order, key=registry.version_rank, reverse=True) == order


def test_group_version_round_trip():
    assert resources.split_group_version("v1") == ("", "v1")
    assert resources.split_group_version("apps/v1") == ("apps", "v1")
    assert resources.group_version("", "v1") == "v1"
    assert resources.group_version("apps", "v1") == "apps/v1"
