"""The status of a budget. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kubewheel.api import pods as pod_questions
from kubewheel.libs.clock import parse_rfc3339, rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import conditions, objects, portions

ALLOWED = "DisruptionAllowed"
ENOUGH, TOO_FEW, BROKEN = "SufficientPods", "InsufficientPods", "SyncFailed"
DELETION_SECONDS = 120.0  # An evicted pod that has not been deleted by then will not be.


class Expectation(NamedTuple):
    """How many pods there should be, and how many of them healthy."""

    pods: int
    healthy: int


def needs_scale(budget: Object) -> bool:
    """Return whether the size of the workloads counts, not just the number of pods."""
    spec = budget.get("spec") or {}
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def plan_expectation(budget: Object, count: int, scale: int) -> Expectation:
    """Return what is expected of `count` pods, whose workloads have `scale` replicas together."""
    spec = budget.get("spec") or {}
    if spec.get("maxUnavailable") is not None:
        missing = portions.of(spec["maxUnavailable"], scale, round_up=True)
        return Expectation(scale, max(0, scale - missing))
    least = spec.get("minAvailable")
    if least is None:
        return Expectation(0, 0)
    if isinstance(least, int):
        return Expectation(count, least)
    return Expectation(scale, portions.of(least, scale, round_up=True))


def still_disrupted(budget: Object, pods: Sequence[Object], now: float) -> tuple[dict[str, str], list[Object]]:
    """Return the evictions whose pods are still to be deleted, and the pods that were kept after all."""
    noted: Mapping[str, str] = (budget.get("status") or {}).get("disruptedPods") or {}
    kept: dict[str, str] = {}
    spared: list[Object] = []
    for pod in pods:
        time = noted.get(objects.name(pod))
        if time is None or objects.is_deleting(pod):
            continue
        if parse_rfc3339(time) + DELETION_SECONDS < now:
            spared.append(pod)
        else:
            kept[objects.name(pod)] = time
    return kept, spared


def count_healthy(pods: Sequence[Object], disrupted: Mapping[str, str]) -> int:
    """Return how many pods are ready and to stay."""
    return sum(
        pod_questions.is_ready(pod) for pod in pods
        if not objects.is_deleting(pod) and objects.name(pod) not in disrupted
    )


def plan_status(
    budget: Object, expected: Expectation, healthy: int, disrupted: Mapping[str, str], now: float
) -> dict[str, Any]:
    """Return the status."""
    allowed = max(0, healthy - expected.healthy) if expected.pods > 0 else 0
    found = ("True", ENOUGH) if allowed else ("False", TOO_FEW)
    status: dict[str, Any] = {
        "currentHealthy": healthy, "desiredHealthy": expected.healthy, "expectedPods": expected.pods,
        "disruptionsAllowed": allowed, "observedGeneration": budget["metadata"].get("generation", 0),
        "conditions": _with_condition(budget, *found, "", now),
    }
    if disrupted:
        status["disruptedPods"] = dict(disrupted)
    return status


def plan_failure(budget: Object, message: str, now: float) -> dict[str, Any]:
    """Return the status of a budget that cannot be computed: then nothing may be disrupted."""
    present: dict[str, Any] = dict(budget.get("status") or {})
    numbers = {name: present.get(name, 0) for name in ("currentHealthy", "desiredHealthy", "expectedPods")}
    return {
        **present, **numbers, "disruptionsAllowed": 0,
        "conditions": _with_condition(budget, "False", BROKEN, message, now),
    }


def _with_condition(budget: Object, status: str, reason: str, message: str, now: float) -> list[Any]:
    new = {
        "type": ALLOWED, "status": status, "reason": reason, "message": message, "lastTransitionTime": rfc3339(now),
        "observedGeneration": budget["metadata"].get("generation", 0),
    }
    return list(conditions.put((budget.get("status") or {}).get("conditions") or [], new))


def seconds_to_recheck(disrupted: Mapping[str, str], now: float) -> float | None:
    """Return after how many seconds the first eviction counts as given up."""
    due = min((parse_rfc3339(time) + DELETION_SECONDS for time in disrupted.values()), default=None)
    # A second more: the moment itself is still in time.
    return None if due is None else max(0.0, due - now) + 1.0
