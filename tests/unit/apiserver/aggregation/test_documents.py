"""Discovery of several servers as one document."""

from typing import Any

from kubewheel.apiserver.aggregation import documents
from kubewheel.apiserver.aggregation.documents import Served
from kubewheel.apiserver.aggregation.services import Place

PLACES = {
    ("apps", "v1"): Place(17800, 15), ("a.example.com", "v1"): Place(2000, 1), ("a.example.com", "v2"): Place(2000, 9),
    ("z.example.com", "v1"): Place(19000, 1), ("b.example.com", "v1"): Place(2000, 1),
}


def group(name: str, *versions: str) -> dict[str, Any]:
    return {"name": name, "versions": [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]}


def test_groups_stand_by_priority_then_by_name() -> None:
    own = [group("apps", "v1"), group("apiregistration.k8s.io", "v1")]
    remotes = [("b.example.com", "v1"), ("a.example.com", "v1"), ("z.example.com", "v1"), ("a.example.com", "v2")]
    merged = documents.merge_groups(own, remotes, PLACES)
    assert [each["name"] for each in merged] == [
        "apiregistration.k8s.io", "z.example.com", "apps", "a.example.com", "b.example.com",
    ]
    assert [each["version"] for each in merged[3]["versions"]] == ["v2", "v1"]
    assert merged[3]["preferredVersion"] == {"groupVersion": "a.example.com/v2", "version": "v2"}


def test_equal_versions_stand_by_stability() -> None:
    remotes = [("x", "v1alpha1"), ("x", "v1"), ("x", "v1beta1")]
    merged = documents.merge_groups([], remotes, {})
    assert [each["version"] for each in merged[0]["versions"]] == ["v1", "v1beta1", "v1alpha1"]


def test_aggregated_versions_say_whether_they_are_of_now() -> None:
    own = [{"metadata": {"name": "apps"}, "versions": [{"version": "v1", "freshness": "Current", "resources": []}]}]
    resources = [{"resource": "flunders"}]
    served = {
        ("a.example.com", "v1"): Served({"version": "v1", "resources": resources}, is_current=True),
        ("a.example.com", "v2"): Served({}, is_current=False),
    }
    merged = documents.merge_aggregated(own, served, PLACES)
    assert merged[1] == {"metadata": {"name": "a.example.com", "creationTimestamp": None}, "versions": [
        {"version": "v2", "resources": [], "freshness": "Stale"},
        {"version": "v1", "resources": resources, "freshness": "Current"},
    ]}


def test_older_documents_are_converted() -> None:
    found = documents.converted({"resources": [
        {"name": "flunders", "singularName": "flunder", "namespaced": True, "kind": "Flunder", "verbs": ["get"],
         "shortNames": ["fl"]},
        {"name": "flunders/scale", "kind": "Scale", "group": "autoscaling", "version": "v1", "verbs": ["get"]},
        {"name": "orphans/status", "kind": "Orphan", "verbs": ["get"]}, "nonsense",
    ]}, "a.example.com", "v1")
    assert found == {"version": "v1", "resources": [{
        "resource": "flunders", "singularResource": "flunder", "verbs": ["get"], "scope": "Namespaced",
        "responseKind": {"group": "a.example.com", "version": "v1", "kind": "Flunder"}, "shortNames": ["fl"],
        "subresources": [{"subresource": "scale", "verbs": ["get"], "responseKind": {
            "group": "autoscaling", "version": "v1", "kind": "Scale",
        }}],
    }]}


def test_documents_of_others_may_be_anything() -> None:
    assert documents.version_in(None, "a", "v1") is None
    assert documents.version_in({"kind": "Status"}, "a", "v1") is None
    assert documents.version_in({"kind": "APIGroupDiscoveryList", "items": ["x", {"versions": 3}]}, "", "v1") is None
    assert documents.converted({"resources": None}, "a", "v1") == {"version": "v1", "resources": []}
