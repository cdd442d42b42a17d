"""The next step of a StatefulSet."""

from typing import Any

import pytest

from kubewheel.controllers.stateful_set import plan
from kubewheel.libs.clock import parse_rfc3339, rfc3339

NOW = parse_rfc3339("2026-01-01T01:00:00Z")


def owner(replicas: int, *, parallel: bool = False, start: int = 0, seconds: int = 0, **strategy: Any) -> Any:
    return {
        "metadata": {"name": "db"}, "spec": {
            "replicas": replicas, "podManagementPolicy": "Parallel" if parallel else "OrderedReady",
            "ordinals": {"start": start}, "minReadySeconds": seconds,
            "updateStrategy": strategy or {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        },
    }


def pod(ordinal: int, state: str = "ready", revision: str = "new", ready: float = 100) -> Any:
    metadata: dict[str, Any] = {"name": f"db-{ordinal}", "uid": f"u{ordinal}"}
    metadata["labels"] = {"controller-revision-hash": revision}
    if state == "going":
        metadata["deletionTimestamp"] = rfc3339(NOW)
    since = {"lastTransitionTime": rfc3339(NOW - ready)}
    conditions = [{"type": "Ready", "status": "True", **since}] if state in ("ready", "going") else []
    phase = state if state in ("Failed", "Pending") else "Running"
    return {"metadata": metadata, "status": {"phase": phase, "conditions": conditions}}


def step(stateful_set: Any, pods: list[Any]) -> tuple[list[int], list[str]]:
    found = plan.plan_step(plan.members(stateful_set, pods, NOW), "new")
    return found.create, [each["metadata"]["name"] for each in found.delete]


@pytest.mark.parametrize(("pods", "create", "delete"), [
    pytest.param([], [0], [], id="first"),
    pytest.param([pod(0)], [1], [], id="second"),
    pytest.param([pod(0, "broken")], [], [], id="not-ready"),
    pytest.param([pod(0, "going"), pod(1)], [], [], id="going"),
    pytest.param([pod(0), pod(2)], [1], [], id="gap"),
    pytest.param([pod(0), pod(1, "Failed"), pod(2)], [], ["db-1"], id="failed"),
    pytest.param([pod(0), pod(1), pod(2), pod(3), pod(4)], [], ["db-4"], id="too-many"),
    pytest.param([pod(0), pod(1), pod(2), pod(3), pod(4, "going")], [], [], id="one-after-the-other"),
    pytest.param([pod(0), pod(1), pod(2), pod(3, "broken"), pod(4, "broken")], [], [], id="two-broken"),
    pytest.param([pod(0), pod(1), pod(2), pod(3), pod(4, "broken")], [], ["db-4"], id="last-broken"),
    pytest.param([pod(0, "broken"), pod(1), pod(2), pod(3)], [], [], id="heals-before-it-shrinks"),
    pytest.param([pod(0), pod(1, revision="old"), pod(2, revision="old")], [], ["db-2"], id="update"),
    pytest.param([pod(0), pod(1, revision="old"), pod(2)], [], ["db-1"], id="update-goes-on"),
    pytest.param([pod(0, revision="old"), pod(1), pod(2), pod(3)], [], ["db-3"], id="shrinks-before-it-updates"),
    pytest.param([pod(0), pod(1), pod(2)], [], [], id="nothing-to-do"),
])
def test_in_order(pods: list[Any], create: list[int], delete: list[str]) -> None:
    assert step(owner(3), pods) == (create, delete)


@pytest.mark.parametrize(("pods", "create", "delete"), [
    pytest.param([], [0, 1, 2], [], id="first"),
    pytest.param([pod(0, "broken"), pod(4), pod(5)], [1, 2], ["db-5", "db-4"], id="at-once"),
    pytest.param([pod(0, "Failed"), pod(1), pod(2)], [], ["db-0"], id="failed"),
    pytest.param([pod(0, revision="old"), pod(1, "broken"), pod(2)], [], [], id="update-waits"),
    pytest.param([pod(0), pod(1, "broken", "old"), pod(2, revision="old")], [], ["db-1"], id="broken-ones-first"),
])
def test_at_once(pods: list[Any], create: list[int], delete: list[str]) -> None:
    assert step(owner(3, parallel=True), pods) == (create, delete)


@pytest.mark.parametrize(("strategy", "delete"), [
    pytest.param({"type": "OnDelete"}, [], id="on-delete"),
    pytest.param({"type": "RollingUpdate"}, ["db-3"], id="defaults"),
    pytest.param({"type": "RollingUpdate", "rollingUpdate": {"partition": 4}}, [], id="all-kept"),
    pytest.param({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 3}}, ["db-3", "db-2", "db-1"],
                 id="three"),
    pytest.param({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "26%"}}, ["db-3", "db-2"],
                 id="rounded-up"),
    pytest.param({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 3, "partition": 2}},
                 ["db-3", "db-2"], id="partition"),
])
def test_update(strategy: dict[str, Any], delete: list[str]) -> None:
    assert step(owner(4, **strategy), [pod(number, revision="old") for number in range(4)]) == ([], delete)


def test_ready_for_long_enough() -> None:
    stateful_set = owner(2, seconds=30)
    assert step(stateful_set, [pod(0, ready=29)]) == ([], [])
    assert step(stateful_set, [pod(0, ready=30)]) == ([1], [])
    assert plan.members(stateful_set, [pod(0, ready=29)], NOW).seconds_to_next() == 1


@pytest.mark.parametrize(("ordinal", "status", "strategy", "expected"), [
    pytest.param(4, {}, {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}, True, id="below"),
    pytest.param(5, {}, {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}, False, id="above"),
    pytest.param(3, {"currentReplicas": 1}, {"type": "RollingUpdate"}, True, id="as-many-as-are-left"),
    pytest.param(4, {"currentReplicas": 1}, {"type": "RollingUpdate"}, False, id="beyond-those"),
    pytest.param(3, {"currentReplicas": 9}, {"type": "OnDelete"}, False, id="on-delete"),
])
def test_revision_of_new_members(ordinal: int, status: Any, strategy: Any, expected: bool) -> None:
    assert plan.needs_current({**owner(5, start=3, **strategy), "status": status}, ordinal) is expected
