"""How many pods to create, which to delete, what to report."""

from typing import Any

import pytest

from kubewheel.controllers.replication import plan_replicas
from kubewheel.controllers.replication.plan import plan_status, seconds_to_next
from kubewheel.libs.clock import parse_rfc3339, rfc3339

NOW = parse_rfc3339("2026-01-01T01:00:00Z")


def pod(
    name: str, phase: str = "Running", node: str = "n1", ready: float | None = 60, age: float = 60, restarts: int = 0,
    cost: str = "", labels: dict[str, str] | None = None, **metadata: Any,
) -> Any:
    conditions = [] if ready is None else [
        {"type": "Ready", "status": "True", "lastTransitionTime": rfc3339(NOW - ready)}
    ]
    annotations = {"controller.kubernetes.io/pod-deletion-cost": cost} if cost else {}
    return {
        "metadata": {
            "name": name, "uid": name, "creationTimestamp": rfc3339(NOW - age), "annotations": annotations,
            "labels": labels or {}, **metadata,
        },
        "spec": {"nodeName": node} if node else {},
        "status": {"phase": phase, "conditions": conditions, "containerStatuses": [{"restartCount": restarts}]},
    }


@pytest.mark.parametrize(("wanted", "owned", "create", "delete"), [
    pytest.param(3, ["a"], 2, 0, id="too-few"),
    pytest.param(0, [], 0, 0, id="nothing-to-do"),
    pytest.param(1, ["a", "b", "c"], 0, 2, id="too-many"),
    pytest.param(2000, [], 500, 0, id="burst"),
])
def test_numbers(wanted: int, owned: list[str], create: int, delete: int) -> None:
    pods = [pod(name) for name in owned]
    plan = plan_replicas(wanted, pods, pods, NOW)
    assert (plan.create, len(plan.delete)) == (create, delete)


def test_ended_and_deleted_pods_do_not_count() -> None:
    owned = [pod("a", "Succeeded"), pod("b", "Failed"), pod("c", deletionTimestamp="x"), pod("d", "Pending")]
    assert plan_replicas(2, owned, owned, NOW).create == 1


@pytest.mark.parametrize(("first", "second"), [
    pytest.param(pod("x", node=""), pod("y"), id="unbound"),
    pytest.param(pod("x", "Pending"), pod("y"), id="pending"),
    pytest.param(pod("x", "Unknown"), pod("y"), id="unknown"),
    pytest.param(pod("x", ready=None), pod("y"), id="not-ready"),
    pytest.param(pod("x", cost="-5"), pod("y"), id="cheap"),
    pytest.param(pod("x", node="n2"), pod("y"), id="crowded-node"),
    pytest.param(pod("x", ready=1), pod("y", ready=1000), id="ready-for-a-shorter-time"),
    pytest.param(pod("x", restarts=3), pod("y", restarts=1), id="more-restarts"),
    pytest.param(pod("x", ready=None, age=1), pod("y", ready=None, age=3000), id="younger"),
])
def test_least_useful_goes_first(first: Any, second: Any) -> None:
    related = [first, second, pod("z", node="n2")]
    for owned in ([first, second], [second, first]):
        assert plan_replicas(1, owned, related, NOW).delete == (first,)


def owner(min_ready: int = 0, **status: Any) -> Any:
    return {
        "metadata": {"name": "rs", "generation": 2}, "status": status,
        "spec": {"replicas": 2, "minReadySeconds": min_ready, "template": {"metadata": {"labels": {"app": "x"}}}},
    }


def test_status_counts_kinds_of_pods() -> None:
    owned = [pod("a", labels={"app": "x", "y": "z"}), pod("b", ready=None), pod("c", "Failed")]
    assert plan_status(owner(), owned, None, NOW) == {
        "replicas": 2, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "observedGeneration": 2,
    }
    assert plan_status(owner(), [], None, NOW) == {"replicas": 0, "observedGeneration": 2}


def test_available_after_min_ready_seconds() -> None:
    owned = [pod("a", ready=30), pod("b", ready=5), pod("c", ready=None)]
    assert plan_status(owner(10), owned, None, NOW)["availableReplicas"] == 1
    assert seconds_to_next(owner(10), owned, NOW) == 5.0
    assert seconds_to_next(owner(0), owned, NOW) is None


def test_failure_is_a_condition_as_long_as_it_lasts() -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "no",
               "lastTransitionTime": "t"}
    status = plan_status(owner(), [], failure, NOW)
    assert status["conditions"] == [failure]
    assert "conditions" not in plan_status(owner(**status), [], None, NOW)
