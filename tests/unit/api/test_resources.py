"""Resources as values."""

import pytest

from kubewheel.api import kinds, resources
from kubewheel.api.registry import Registry
from kubewheel.api.resources import Resource


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


def test_group_version_round_trip():
    assert resources.split_group_version("v1") == ("", "v1")
    assert resources.split_group_version("apps/v1") == ("apps", "v1")
    assert resources.group_version("", "v1") == "v1"
    assert resources.group_version("apps", "v1") == "apps/v1"


@pytest.mark.parametrize(("path", "expected"), [
    # Hashes as upstream's discovery documents show them.
    (("", "v1", "pods"), "xPOwRZ+Yhw8="), (("", "v1", "configmaps"), "qFsyl6wFWjQ="),
    (("apps", "v1", "deployments"), "8aSe+NMegvE="),
    (("autoscaling", "v1", "horizontalpodautoscalers"), "qwQve8ut294="),
    (("events.k8s.io", "v1", "events"), "r2yiGXH7wu8="), (("resource.k8s.io", "v1", "deviceclasses"), "Yk2PTc1Ybxk="),
])
def test_storage_version_hash(builtin, path, expected):
    assert builtin.lookup(*path).storage_version_hash == expected


def test_every_behaviour_loads(builtin):
    for resource in builtin:
        assert isinstance(resource.behaviour, kinds.Kind)
        assert resource.behaviour.kind == resource.kind


def test_kinds_without_a_file_have_the_default_behaviour():
    assert resources.load_behaviour("example.com", "Widget") == kinds.Kind("example.com", "Widget")
    assert resources.load_behaviour("", "Widget") == kinds.Kind("", "Widget")


def test_own_behaviour_comes_first():
    own = kinds.Kind("example.com", "Widget", has_generation=True)
    widgets = Resource("example.com", "v1", "widgets", "widget", "Widget", True, custom=own)
    assert widgets.behaviour is own
    assert (widgets.key, widgets.api_version, widgets.list_kind) == ("widgets.example.com", "example.com/v1",
    "WidgetList")
    assert widgets.storage_api_version == "example.com/v1"
    assert widgets.gvk == ("example.com", "v1", "Widget")
    assert widgets.subresource("status") is None
