"""Discovery documents."""

import orjson
import pytest

from kubewheel.api import kinds
from kubewheel.api.discovery_documents import AGGREGATED_TYPE, Discovery
from kubewheel.api.registry import Registry, Resource


@pytest.fixture
def registry():
    return Registry.builtin()


@pytest.fixture
def discovery(registry):
    return Discovery(registry, "10.0.0.1:6443")


def read(discovery, path, **options):
    return orjson.loads(discovery.document(path, **options).body)


def entry(items, **wanted):
    return next(item for item in items if all(item.get(key) == value for key, value in wanted.items()))


def test_api(discovery):
    assert read(discovery, "/api") == {
        "kind": "APIVersions", "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"}],
    }


def test_apis(discovery):
    found = read(discovery, "/apis/")
    assert found["kind"] == "APIGroupList"
    assert [group["name"] for group in found["groups"]][:3] == ["apiregistration.k8s.io", "apps", "events.k8s.io"]
    scaling = entry(found["groups"], name="autoscaling")
    assert scaling["preferredVersion"] == {"groupVersion": "autoscaling/v2", "version": "v2"}
    assert [each["version"] for each in scaling["versions"]] == ["v2", "v1"]


def test_group(discovery):
    assert read(discovery, "/apis/apps")["kind"] == "APIGroup"
    assert discovery.document("/apis/nope") is None
    assert discovery.document("/apis/") is not None


def test_core_resources(discovery):
    found = read(discovery, "/api/v1")
    assert found["groupVersion"] == "v1"
    assert entry(found["resources"], name="pods") == {
        "name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "shortNames": ["po"],
        "categories": ["all"], "storageVersionHash": "xPOwRZ+Yhw8=",
        "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    }
    assert entry(found["resources"], name="pods/eviction") == {
        "name": "pods/eviction", "singularName": "", "namespaced": True, "kind": "Eviction", "group": "policy",
        "version": "v1", "verbs": ["create"],
    }
    assert entry(found["resources"], name="services/proxy")["kind"] == "ServiceProxyOptions"
    assert "storageVersionHash" not in entry(found["resources"], name="bindings")
    assert discovery.document("/api/v2") is None


def test_group_resources(discovery):
    found = read(discovery, "/apis/apps/v1")
    assert (found["apiVersion"], found["groupVersion"]) == ("v1", "apps/v1")
    assert [each["name"] for each in found["resources"]][:4] == [
        "controllerrevisions", "daemonsets", "daemonsets/status", "deployments",
    ]
    assert discovery.document("/apis/apps/v1beta1") is None
    assert discovery.document("/apis/apps/v1/deployments") is None
    assert discovery.document("/metrics") is None


def test_aggregated(discovery):
    document = discovery.document("/apis", aggregates=True)
    assert document.content_type == AGGREGATED_TYPE
    found = orjson.loads(document.body)
    assert (found["kind"], found["apiVersion"]) == ("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2")
    apps = next(item for item in found["items"] if item["metadata"]["name"] == "apps")
    assert entry(apps["versions"][0]["resources"], resource="deployments") == {
        "resource": "deployments", "singularResource": "deployment", "scope": "Namespaced", "shortNames": ["deploy"],
        "categories": ["all"], "responseKind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        "subresources": [
            {"subresource": "scale", "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
             "verbs": ["get", "patch", "update"]},
            {"subresource": "status", "responseKind": {"group": "apps", "version": "v1", "kind": "Deployment"},
             "verbs": ["get", "patch", "update"]},
        ],
    }
    core = read(discovery, "/api", aggregates=True)
    assert len(core["items"]) == 1
    assert entry(core["items"][0]["versions"][0]["resources"], resource="nodes")["scope"] == "Cluster"


def test_only_the_roots_are_aggregated(discovery):
    assert discovery.document("/api/v1", aggregates=True).content_type == "application/json"
    assert read(discovery, "/apis/apps", aggregates=True)["kind"] == "APIGroup"


def test_documents_are_kept_until_the_registry_changes(discovery, registry):
    first = discovery.document("/apis")
    assert discovery.document("/apis") is first
    assert first.etag.startswith('"')
    registry.add(Resource(
        "example.com", "v1", "widgets", "widget", "Widget", True, custom=kinds.Kind("example.com", "Widget"),
    ))
    assert discovery.document("/apis").etag != first.etag
    assert read(discovery, "/apis/example.com/v1")["resources"][0]["name"] == "widgets"
