"""Revisions: which template had which number, in annotations that `kubectl rollout` reads.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment
"""

from collections.abc import Iterable, Mapping, Sequence

from kubewheel.controllers.deployment import hashing, sizes
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
_OWN = frozenset((
    REVISION, HISTORY, DESIRED, MAXIMUM, "kubectl.kubernetes.io/last-applied-configuration",
    "deprecated.deployment.rollback.to",
))
HISTORY_LENGTH = 2000  # Characters of the history annotation; the oldest numbers make room.


def revision(obj: Object) -> int:
    """Return the revision of a ReplicaSet or Deployment; 0 if it has none."""
    return _number(obj, REVISION) or 0


def desired_replicas(replicaset: Object) -> int | None:
    """Return the size of the Deployment when the ReplicaSet was last resized."""
    return _number(replicaset, DESIRED)


def max_replicas(replicaset: Object) -> int | None:
    """Return the greatest number of pods that the Deployment might have when the ReplicaSet was last resized."""
    return _number(replicaset, MAXIMUM)


def _number(obj: Object, annotation: str) -> int | None:
    try:
        return int(objects.annotations(obj)[annotation])
    except (KeyError, ValueError):
        return None


def find_new(deployment: Object, sets: Sequence[Object]) -> Object | None:
    """Return the oldest ReplicaSet whose template is the Deployment's."""
    wanted = hashing.without_hash(deployment["spec"]["template"])
    for each in sizes.oldest_first(sets):
        if hashing.without_hash(each["spec"]["template"]) == wanted:
            return each
    return None


def next_revision(olds: Iterable[Object]) -> int:
    """Return the number that the new ReplicaSet must at least have."""
    return max((revision(each) for each in olds), default=0) + 1


def annotations_of_new(deployment: Object, new: Object | None, number: int) -> dict[str, str]:
    """Return the annotations of the new ReplicaSet: the Deployment's, its revision and earlier revisions."""
    present = objects.annotations(new) if new is not None else {}
    result = dict(present)
    result.update({key: value for key, value in objects.annotations(deployment).items() if key not in _OWN})
    old = _number(new, REVISION) if new is not None else None
    if old is None or old < number:
        result[REVISION] = str(number)
        if old is not None:
            result[HISTORY] = _history(present, old)
    if new is None:
        result.update(annotations_of_size(deployment))
    return result


def _history(annotations: Mapping[str, str], old: int) -> str:
    numbers = [number for number in annotations.get(HISTORY, "").split(",") if number]
    numbers.append(str(old))
    while len(",".join(numbers)) > HISTORY_LENGTH:
        numbers.pop(0)
    return ",".join(numbers)


def annotations_of_size(deployment: Object) -> dict[str, str]:
    """Return the annotations that tell a scaling of the Deployment from a step of a rollout."""
    wanted = sizes.replicas(deployment)
    return {DESIRED: str(wanted), MAXIMUM: str(wanted + sizes.max_surge(deployment))}


def is_scaling(deployment: Object, sets: Iterable[Object]) -> bool:
    """Return whether the Deployment was scaled since its ReplicaSets were last resized."""
    wanted = sizes.replicas(deployment)
    return any(
        desired is not None and desired != wanted for desired in map(desired_replicas, sizes.active(sets))
    )


def plan_cleanup(deployment: Object, olds: Sequence[Object]) -> list[Object]:
    """Return the old ReplicaSets beyond the history limit that may go: without pods, observed, not yet deleted."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None:
        return []
    alive = [each for each in olds if not objects.is_deleting(each)]
    surplus = sorted(alive, key=lambda each: (revision(each), objects.created(each)))[: max(0, len(alive) - limit)]
    return [each for each in surplus if _is_empty(each)]


def _is_empty(replicaset: Object) -> bool:
    generation = replicaset["metadata"].get("generation") or 0
    is_observed = sizes.reported(replicaset, "observedGeneration") >= generation
    return is_observed and not sizes.replicas(replicaset) and not sizes.reported(replicaset, "replicas")
