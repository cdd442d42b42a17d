"""The registry and the table of built-in resources."""

import dataclasses

import pytest

from kubewheel.api import kinds, registry
from kubewheel.api.registry import Registry, Resource


@pytest.fixture(scope="module")
def builtin():
    return Registry.builtin()


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
