"""Pods as replicas of a template: made from it, available or not yet, and which one is missed least."""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.api import pods
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def is_terminating(pod: Object) -> bool:
    """Return whether the pod is being deleted and has not ended yet."""
    return objects.is_deleting(pod) and not pods.is_terminal(pod)


def ready_since(pod: Object) -> float:
    """Return since when the pod is ready; 0 if that is not known."""
    found = objects.condition(pod, "Ready")
    text = found.get("lastTransitionTime") if found is not None else None
    return parse_rfc3339(text) if text else 0.0


def seconds_to_available(pod: Object, min_ready_seconds: int, now: float) -> float | None:
    """Return after how many seconds of readiness the pod counts as available: 0 = it does; None = it is not ready."""
    if not pods.is_ready(pod):
        return None
    if not min_ready_seconds:
        return 0.0
    since = ready_since(pod)
    return max(0.0, since + min_ready_seconds - now) if since else float(min_ready_seconds)


def from_template(template: Object, owner_reference: Object, prefix: str) -> dict[str, Any]:
    """Return a new pod of a pod template, owned as the reference says."""
    source = template.get("metadata") or {}
    metadata: dict[str, Any] = {"generateName": prefix, "ownerReferences": [owner_reference]}
    for name in ("labels", "annotations", "finalizers"):
        if source.get(name):
            metadata[name] = source[name]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template.get("spec") or {}}


def least_useful_first(found: Sequence[Object], crowd: Mapping[str, int], now: float) -> list[Object]:
    """Return the pods in the order in which to delete them; `crowd` counts the related pods on each node."""
    def compare(one: Object, other: Object) -> int:
        return _compare(one, other, crowd, now)

    return sorted(found, key=functools.cmp_to_key(compare))


def _compare(one: Object, other: Object, crowd: Mapping[str, int], now: float) -> int:
    first, second = _rank(one, crowd), _rank(other, crowd)
    if first != second:
        return -1 if first < second else 1
    if pods.is_ready(one) and (difference := _age_difference(one, other, ready_since, now)):
        return difference
    restarts = _restarts(other) - _restarts(one)
    return restarts or _age_difference(one, other, objects.created, now)


def _rank(pod: Object, crowd: Mapping[str, int]) -> tuple[int, int, bool, int, int]:
    node = pods.node_name(pod)
    return bool(node), _PHASES.get(pods.phase(pod), 2), pods.is_ready(pod), _deletion_cost(pod), -crowd.get(node, 0)


def _age_difference(one: Object, other: Object, time_of: Callable[[Object], float], now: float) -> int:
    """Compare ages by order of magnitude; within one, the uid decides, so that no zone loses all its young pods."""
    first, second = time_of(one), time_of(other)
    if first == second:
        return 0
    if not first or not second:
        return -1 if not first else 1
    difference = _magnitude(now - first) - _magnitude(now - second)
    return difference or (-1 if objects.uid(one) < objects.uid(other) else 1)


def _magnitude(seconds: float) -> int:
    return int(math.log2(seconds * 1e9)) if seconds > 1e-9 else -1


def _deletion_cost(pod: Object) -> int:
    try:
        return int(objects.annotations(pod).get(DELETION_COST, "0"))
    except ValueError:
        return 0


def _restarts(pod: Object) -> int:
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return max((int(status.get("restartCount") or 0) for status in statuses), default=0)
