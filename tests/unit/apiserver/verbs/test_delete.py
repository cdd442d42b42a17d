"""What a delete leads to."""

from typing import Any

import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver.options import DeleteOptions
from kubewheel.apiserver.verbs import delete
from kubewheel.apiserver.verbs.delete import Next

REGISTRY = Registry.builtin()
NOW = 1_800_000_000.0
DEADLINE = "2027-01-15T08:00:30Z"


def stored(phase: str = "Running", node: str = "n", **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "x", **metadata}, "spec": {"nodeName": node, "terminationGracePeriodSeconds": 30},
        "status": {"phase": phase},
    }


DELETING = {"deletionTimestamp": DEADLINE, "deletionGracePeriodSeconds": 30}


@pytest.mark.parametrize(("content", "options", "expected", "grace"), [
    pytest.param(stored(), DeleteOptions(), Next.MARK, 30, id="running"),
    pytest.param(stored(), DeleteOptions(grace_seconds=5), Next.MARK, 5, id="asked"),
    pytest.param(stored(), DeleteOptions(grace_seconds=-1), Next.MARK, 1, id="negative"),
    pytest.param(stored(), DeleteOptions(grace_seconds=0), Next.REMOVE, 0, id="at-once"),
    pytest.param(stored(node=""), DeleteOptions(), Next.REMOVE, 0, id="unscheduled"),
    pytest.param(stored("Failed"), DeleteOptions(), Next.REMOVE, 0, id="failed"),
    pytest.param(stored(finalizers=["a/b"]), DeleteOptions(grace_seconds=0), Next.MARK, 0, id="finalizers"),
    pytest.param(stored(**DELETING), DeleteOptions(), Next.WAIT, 30, id="again"),
    pytest.param(stored(**DELETING), DeleteOptions(grace_seconds=60), Next.WAIT, 30, id="longer"),
    pytest.param(stored(**DELETING), DeleteOptions(grace_seconds=5), Next.MARK, 5, id="shorter"),
    pytest.param(stored(**DELETING), DeleteOptions(grace_seconds=0), Next.REMOVE, 0, id="killed"),
])
def test_pods(content: dict[str, Any], options: DeleteOptions, expected: Next, grace: int) -> None:
    assert delete.plan(REGISTRY.by_kind("Pod"), content, options, NOW) is expected
    assert content["metadata"]["deletionGracePeriodSeconds"] == grace


@pytest.mark.parametrize(("kind", "metadata", "options", "finalizers"), [
    pytest.param("ConfigMap", {}, DeleteOptions(policy="Foreground"), ["foregroundDeletion"], id="foreground"),
    pytest.param("ConfigMap", {}, DeleteOptions(orphan=True), ["orphan"], id="orphan"),
    pytest.param("ConfigMap", {"finalizers": ["orphan", "a/b"]}, DeleteOptions(policy="Background"), ["a/b"],
                 id="background"),
    pytest.param("Job.batch", {}, DeleteOptions(), ["orphan"], id="jobs-by-default"),
    pytest.param("Job.batch", {}, DeleteOptions(policy="Background"), None, id="jobs-in-background"),
])
def test_dependents(kind: str, metadata: dict[str, Any], options: DeleteOptions, finalizers: list[str] | None) -> None:
    content: dict[str, Any] = {"metadata": {"name": "x", "generation": 2, **metadata}}
    step = delete.plan(REGISTRY.by_kind(kind), content, options, NOW)
    assert step is (Next.MARK if finalizers else Next.REMOVE)
    assert content["metadata"].get("finalizers") == finalizers
    if finalizers:
        assert content["metadata"]["generation"] == 3


def test_namespaces() -> None:
    kind = REGISTRY.by_kind("Namespace")
    content: dict[str, Any] = {"metadata": {"name": "n"}, "spec": {"finalizers": ["kubernetes"]}}
    assert delete.plan(kind, content, DeleteOptions(), NOW) is Next.MARK
    assert content["status"]["phase"] == "Terminating"
    assert delete.plan(kind, content, DeleteOptions(), NOW) is Next.WAIT
    content["spec"] = {}
    assert delete.plan(kind, content, DeleteOptions(), NOW) is Next.REMOVE
