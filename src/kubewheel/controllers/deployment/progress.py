"""The Deployment's status: numbers, and the conditions Available, Progressing and ReplicaFailure. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.controllers.deployment import sizes
from kubewheel.libs.clock import parse_rfc3339, rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import conditions, objects

AVAILABLE, PROGRESSING, REPLICA_FAILURE = "Available", "Progressing", "ReplicaFailure"
UPDATED = "ReplicaSetUpdated"
CREATE_FAILED = "ReplicaSetCreateError"
CREATED = "NewReplicaSetCreated"
FOUND = "FoundNewReplicaSet"
COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
PAUSED = "DeploymentPaused"
RESUMED = "DeploymentResumed"
ENOUGH = "MinimumReplicasAvailable"
TOO_FEW = "MinimumReplicasUnavailable"
NO_DEADLINE = 2**31 - 1

Status = Mapping[str, Any]


def condition(type: str, status: str, reason: str, message: str, now: float) -> dict[str, Any]:
    """Return a Deployment condition, which has a time of its last update too."""
    return {**conditions.make(type, status, reason, message, rfc3339(now)), "lastUpdateTime": rfc3339(now)}


def with_condition(status: Status, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status with `new`, unless it has that condition with the same status and reason already."""
    return {**status, "conditions": conditions.put_if_new(status.get("conditions") or [], new)}


def without_condition(status: Status, type: str) -> dict[str, Any]:
    """Return the status without the condition of that type."""
    left = conditions.without(status.get("conditions") or [], type)
    rest = {name: value for name, value in status.items() if name != "conditions"}
    return {**rest, "conditions": left} if left else rest


def has_deadline(deployment: Object) -> bool:
    """Return whether lack of progress counts as a failure at some time."""
    return deployment["spec"].get("progressDeadlineSeconds") not in (None, NO_DEADLINE)


def plan_status(deployment: Object, sets: Sequence[Object], new: Object | None, now: float) -> dict[str, Any]:
    """Return the numbers and the Available condition; other conditions are those of the present status."""
    old = deployment.get("status") or {}
    available = sizes.total_reported(sets, "availableReplicas")
    wanted = sizes.replicas(deployment)
    status = conditions.present(
        observedGeneration=deployment["metadata"].get("generation"),
        replicas=sizes.total_reported(sets, "replicas"),
        updatedReplicas=sizes.reported(new, "replicas") if new is not None else 0,
        readyReplicas=sizes.total_reported(sets, "readyReplicas"),
        availableReplicas=available,
        unavailableReplicas=max(0, sizes.total(sets) - available),
        terminatingReplicas=sizes.total_reported(sets, "terminatingReplicas"),
        collisionCount=old.get("collisionCount"),
        conditions=old.get("conditions"),
    )
    if available >= wanted - sizes.max_unavailable(deployment):
        found = condition(AVAILABLE, "True", ENOUGH, "Deployment has minimum availability.", now)
    else:
        found = condition(AVAILABLE, "False", TOO_FEW, "Deployment does not have minimum availability.", now)
    return with_condition(status, found)


def is_complete(deployment: Object, status: Status) -> bool:
    """Return whether all wanted pods are of the new template and available, and no others are left."""
    wanted = sizes.replicas(deployment)
    numbers = [int(status.get(name) or 0) for name in ("updatedReplicas", "replicas", "availableReplicas")]
    generation = int(deployment["metadata"].get("generation") or 0)
    return numbers == [wanted] * 3 and int(status.get("observedGeneration") or 0) >= generation


def _has_progressed(old: Status, new: Status) -> bool:
    def number(status: Status, name: str) -> int:
        return int(status.get(name) or 0)

    def outdated(status: Status) -> int:
        return number(status, "replicas") - number(status, "updatedReplicas")

    grown = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return outdated(new) < outdated(old) or any(number(new, name) > number(old, name) for name in grown)


def _is_timed_out(deployment: Object, status: Status, now: float) -> bool:
    found = conditions.find(status.get("conditions") or (), PROGRESSING)
    if found is None or found.get("reason") == COMPLETE:
        # A finished rollout does not become a failed one when pods are lost later.
        return False
    if found.get("reason") == TIMED_OUT:
        return True
    since = parse_rfc3339(found["lastUpdateTime"])
    return bool(since + deployment["spec"]["progressDeadlineSeconds"] < now)


def plan_rollout_status(
    deployment: Object, sets: Sequence[Object], new: Object | None, now: float
) -> dict[str, Any]:
    """Return the whole status during a rollout, with progress and failures."""
    old = deployment.get("status") or {}
    status = plan_status(deployment, sets, new, now)
    present = conditions.find(old.get("conditions") or (), PROGRESSING)
    is_settled = (
        present is not None and present.get("reason") == COMPLETE
        and status.get("replicas", 0) == status.get("updatedReplicas", 0)
    )
    if not has_deadline(deployment):
        status = without_condition(status, PROGRESSING)
    elif not is_settled:
        status = _with_progress(deployment, new, status, now)
    failure = _failure(sets, new)
    return without_condition(status, REPLICA_FAILURE) if failure is None else with_condition(status, failure)


def _with_progress(deployment: Object, new: Object | None, status: dict[str, Any], now: float) -> dict[str, Any]:
    subject = f'Deployment "{objects.name(deployment)}"' if new is None else f'ReplicaSet "{objects.name(new)}"'
    if is_complete(deployment, status):
        text = f"{subject} has successfully progressed."
        return with_condition(status, condition(PROGRESSING, "True", COMPLETE, text, now))
    if _has_progressed(deployment.get("status") or {}, status):
        found = condition(PROGRESSING, "True", UPDATED, f"{subject} is progressing.", now)
        # Here the same reason with a later time is news: the deadline counts from it.
        return {**status, "conditions": conditions.put(status.get("conditions") or [], found)}
    if _is_timed_out(deployment, status, now):
        found = condition(PROGRESSING, "False", TIMED_OUT, f"{subject} has timed out progressing.", now)
        return with_condition(status, found)
    return status


def _failure(sets: Sequence[Object], new: Object | None) -> dict[str, Any] | None:
    for each in ([new] if new is not None else []) + list(sets):
        found = objects.condition(each, REPLICA_FAILURE)
        if found is not None:
            return {**found, "lastUpdateTime": found.get("lastTransitionTime", "")}
    return None


def seconds_to_deadline(deployment: Object, status: Status, now: float) -> float | None:
    """Return when to look again whether the deadline has passed; None if that is of no interest."""
    found = conditions.find(status.get("conditions") or (), PROGRESSING)
    if not has_deadline(deployment) or found is None or deployment["spec"].get("paused"):
        return None
    if is_complete(deployment, status) or found.get("reason") in (TIMED_OUT, COMPLETE):
        return None
    due: float = parse_rfc3339(found["lastUpdateTime"]) + deployment["spec"]["progressDeadlineSeconds"]
    # One second more: the time of the update is written in whole seconds.
    return max(0.0, due - now) + 1.0
