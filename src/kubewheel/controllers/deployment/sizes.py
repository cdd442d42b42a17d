"""Numbers of a Deployment: how many pods more or fewer than wanted a rollout may have; who has how many."""

from collections.abc import Iterable, Sequence
from typing import Any

from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, portions

ROLLING = "RollingUpdate"
RECREATE = "Recreate"


def replicas(obj: Object) -> int:
    """Return spec.replicas of a Deployment or ReplicaSet."""
    found: Any = obj["spec"].get("replicas")
    return 1 if found is None else int(found)


def reported(obj: Object, field: str) -> int:
    """Return a number of the status; 0 if it is not set."""
    return int((obj.get("status") or {}).get(field) or 0)


def total(sets: Iterable[Object | None]) -> int:
    """Return the sum of spec.replicas."""
    return sum(replicas(each) for each in sets if each is not None)


def total_reported(sets: Iterable[Object | None], field: str) -> int:
    """Return the sum of a number of the status."""
    return sum(reported(each, field) for each in sets if each is not None)


def is_rolling(deployment: Object) -> bool:
    """Return whether the strategy is RollingUpdate."""
    return bool((deployment["spec"].get("strategy") or {}).get("type", ROLLING) == ROLLING)


def _bounds(deployment: Object) -> tuple[int, int]:
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    wanted = replicas(deployment)
    surge = portions.of(rolling.get("maxSurge"), wanted, round_up=True, default=0)
    unavailable = portions.of(rolling.get("maxUnavailable"), wanted, round_up=False, default=0)
    if surge == 0 and unavailable == 0:
        # Percentages of few pods may both round to nothing; a rollout that may do nothing never ends.
        unavailable = 1
    return surge, min(unavailable, wanted)


def max_surge(deployment: Object) -> int:
    """Return how many pods above the wanted number a rollout may have."""
    return _bounds(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Object) -> int:
    """Return how many pods below the wanted number may be unavailable during a rollout."""
    if not is_rolling(deployment) or replicas(deployment) == 0:
        return 0
    return _bounds(deployment)[1]


def active(sets: Iterable[Object | None]) -> list[Object]:
    """Return the ReplicaSets that shall have pods."""
    return [each for each in sets if each is not None and replicas(each) > 0]


def oldest_first(sets: Sequence[Object]) -> list[Object]:
    """Return the ReplicaSets by age."""
    return sorted(sets, key=lambda each: (objects.created(each), objects.name(each)))
