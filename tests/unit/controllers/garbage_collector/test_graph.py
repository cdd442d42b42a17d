"""The graph of owners: what must be looked at after which change."""

from typing import Any

from kubewheel.controllers.garbage_collector.graph import Graph


def obj(uid: str, *owners: str, blocks: bool = False, namespace: str = "ns", **metadata: Any) -> Any:
    references = [
        {"apiVersion": "v1", "kind": "Owner", "name": owner, "uid": owner, "blockOwnerDeletion": blocks}
        for owner in owners
    ]
    return {"metadata": {"uid": uid, "name": uid, "namespace": namespace, "ownerReferences": references, **metadata}}


DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


def test_objects_without_owners_cost_nothing() -> None:
    graph = Graph()
    assert graph.observe("Pod", obj("a")) == []
    assert graph.item("a") is None
    assert graph.is_known("a")
    assert graph.forget("a") == []
    assert not graph.is_known("a")


def test_owner_that_goes_wakes_its_dependents() -> None:
    graph = Graph()
    graph.observe("Owner", obj("o"))
    assert graph.observe("Pod", obj("a", "o")) == []
    assert graph.observe("Pod", obj("b", "o")) == []
    assert sorted(graph.forget("o")) == ["a", "b"]


def test_unknown_owner_is_looked_at() -> None:
    graph = Graph()
    assert graph.observe("Pod", obj("a", "o")) == ["a"]
    assert graph.observe("Pod", obj("a", "o", labels={"x": "y"})) == []


def test_owner_in_another_namespace_is_looked_at_whoever_comes_first() -> None:
    graph = Graph()
    graph.observe("Owner", obj("o", namespace="other"))
    assert graph.observe("Pod", obj("a", "o")) == ["a"]
    late = Graph()
    assert late.observe("Pod", obj("a", "o")) == ["a"]
    assert late.observe("Owner", obj("o", namespace="other")) == ["a"]
    assert late.is_foreign({"uid": "o"}, "ns")
    cluster = Graph()
    cluster.observe("Owner", obj("o", namespace=""))
    assert cluster.observe("Pod", obj("a", "o")) == []


def test_foreground_deletion_wakes_dependents_and_waits_for_them() -> None:
    graph = Graph()
    graph.observe("Owner", obj("o"))
    graph.observe("Pod", obj("a", "o", blocks=True))
    assert graph.observe("Owner", obj("o", finalizers=["foregroundDeletion"], **DELETED)) == ["a", "o"]
    owner, dependent = graph.item("o"), graph.item("a")
    assert owner is not None
    assert owner.is_foreground
    assert dependent is not None
    assert dependent.blocks("o")
    assert graph.forget("a") == ["o"]
    assert graph.dependents("o") == []


def test_released_dependent_wakes_the_waiting_owner() -> None:
    graph = Graph()
    graph.observe("Pod", obj("a", "o"))
    graph.observe("Owner", obj("o", finalizers=["foregroundDeletion"], **DELETED))
    assert graph.observe("Pod", obj("a")) == ["o"]
    assert graph.item("a") is None


def test_orphaning_owner_is_looked_at_alone() -> None:
    graph = Graph()
    graph.observe("Pod", obj("a", "o"))
    assert graph.observe("Owner", obj("o", finalizers=["orphan"], **DELETED)) == ["o"]


def test_plain_deletion_waits_for_nobody() -> None:
    graph = Graph()
    graph.observe("Owner", obj("o"))
    assert graph.observe("Owner", obj("o", finalizers=["somebody/else"], **DELETED)) == []
    assert graph.observe("Pod", obj("a", "o", **DELETED)) == []
