"""The status of a Deployment."""

from typing import Any

import pytest

from kubewheel.controllers.deployment import progress
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.reconcile import conditions

NOW = parse_rfc3339("2026-01-01T01:00:00Z")


def deployment(replicas: int = 2, deadline: int | None = 600, **status: Any) -> Any:
    return {
        "metadata": {"name": "web", "generation": 3}, "status": status,
        "spec": {
            "replicas": replicas, "progressDeadlineSeconds": deadline,
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        },
    }


def replicaset(name: str, replicas: int, available: int, **status: Any) -> Any:
    return {
        "metadata": {"name": name}, "spec": {"replicas": replicas},
        "status": {"replicas": replicas, "availableReplicas": available, "readyReplicas": available, **status},
    }


def progressing(reason: str, updated: str = "2026-01-01T00:59:00Z", status: str = "True") -> dict[str, str]:
    return {
        "type": "Progressing", "reason": reason, "status": status, "lastUpdateTime": updated,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


def plan(tested: Any, *sets: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    status = progress.plan_rollout_status(tested, sets, sets[-1] if sets else None, NOW)
    return status, dict(conditions.find(status["conditions"], "Progressing") or {})


def test_numbers() -> None:
    status, _ = plan(deployment(), replicaset("old", 1, 1, terminatingReplicas=1), replicaset("new", 2, 1))
    numbers = {name: value for name, value in status.items() if name != "conditions"}
    assert numbers == {
        "observedGeneration": 3, "replicas": 3, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
        "unavailableReplicas": 1, "terminatingReplicas": 1,
    }


@pytest.mark.parametrize(("available", "status", "reason", "message"), [
    (2, "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
    (1, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
])
def test_available(available: int, status: str, reason: str, message: str) -> None:
    found = conditions.find(plan(deployment(), replicaset("new", 2, available))[0]["conditions"], "Available")
    assert found is not None
    assert (found["status"], found["reason"], found["message"]) == (status, reason, message)


def test_progress_renews_the_time_of_the_update_only() -> None:
    before = progressing("ReplicaSetUpdated")
    tested = deployment(availableReplicas=0, replicas=2, updatedReplicas=2, conditions=[before])
    found = plan(tested, replicaset("new", 2, 1))[1]
    assert found["reason"] == "ReplicaSetUpdated"
    assert found["message"] == 'ReplicaSet "new" is progressing.'
    assert found["lastUpdateTime"] == "2026-01-01T01:00:00Z"
    assert found["lastTransitionTime"] == "2026-01-01T00:00:00Z"


def test_complete() -> None:
    tested = deployment(conditions=[progressing("ReplicaSetUpdated")])
    found = plan(tested, replicaset("old", 0, 0), replicaset("new", 2, 2))[1]
    assert (found["status"], found["reason"]) == ("True", "NewReplicaSetAvailable")
    assert found["message"] == 'ReplicaSet "new" has successfully progressed.'


@pytest.mark.parametrize(("reason", "updated", "expected"), [
    pytest.param("ReplicaSetUpdated", "2026-01-01T00:49:59Z", "ProgressDeadlineExceeded", id="too-long"),
    pytest.param("ReplicaSetUpdated", "2026-01-01T00:50:01Z", "ReplicaSetUpdated", id="in-time"),
    pytest.param("NewReplicaSetAvailable", "2026-01-01T00:00:00Z", "NewReplicaSetAvailable", id="was-complete"),
])
def test_deadline(reason: str, updated: str, expected: str) -> None:
    status = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 1, "readyReplicas": 1}
    tested = deployment(**status, conditions=[progressing(reason, updated)])
    found = plan(tested, replicaset("new", 2, 1))[1]
    assert found["reason"] == expected
    if expected == "ProgressDeadlineExceeded":
        assert (found["status"], found["message"]) == ("False", 'ReplicaSet "new" has timed out progressing.')


def test_without_deadline_no_progress_is_told() -> None:
    status, found = plan(deployment(deadline=2**31 - 1, conditions=[progressing("X")]), replicaset("new", 2, 1))
    assert found == {}
    assert [each["type"] for each in status["conditions"]] == ["Available"]


def test_failure_of_a_replicaset_shows_and_goes() -> None:
    failed = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "quota",
              "lastTransitionTime": "2026-01-01T00:00:00Z"}
    status, _ = plan(deployment(), replicaset("new", 2, 0, conditions=[failed]))
    found = conditions.find(status["conditions"], "ReplicaFailure")
    assert found == {**failed, "lastUpdateTime": "2026-01-01T00:00:00Z"}
    status, _ = plan(deployment(**status), replicaset("new", 2, 0))
    assert conditions.find(status["conditions"], "ReplicaFailure") is None


def test_comes_back_when_the_deadline_is_over() -> None:
    tested = deployment(conditions=[progressing("ReplicaSetUpdated")])
    status = {"conditions": [progressing("ReplicaSetUpdated")], "replicas": 2}
    assert progress.seconds_to_deadline(tested, status, NOW) == 541.0
    assert progress.seconds_to_deadline(deployment(deadline=None), status, NOW) is None
    done = {"conditions": [progressing("NewReplicaSetAvailable")], "replicas": 2}
    assert progress.seconds_to_deadline(tested, done, NOW) is None
