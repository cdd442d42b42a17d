"""Quality of service of a pod: how sure it can be of its resources when a node runs short.

https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from kubewheel.api import quantity
from kubewheel.libs.wire import Object

COMPUTE = ("cpu", "memory")
Amounts = dict[str, quantity.Quantity]


class QosClass(StrEnum):
    """The classes, from the surest down."""

    GUARANTEED = "Guaranteed"
    BURSTABLE = "Burstable"
    BEST_EFFORT = "BestEffort"


def _needs(part: Object) -> tuple[Amounts, Amounts]:
    """Return requests and limits of CPU and memory that are not zero; requests default to limits."""
    found: Mapping[str, Any] = part.get("resources") or {}
    limits = _amounts(found.get("limits") or {})
    return limits | _amounts(found.get("requests") or {}), limits


def _amounts(listed: Mapping[str, Any]) -> Amounts:
    amounts = {name: quantity.of(listed[name]) for name in COMPUTE if name in listed}
    return {name: amount for name, amount in amounts.items() if amount.nanos > 0}


def _classify(needs: Iterable[tuple[Amounts, Amounts]]) -> QosClass:
    found = list(needs)
    if not any(requests or limits for requests, limits in found):
        return QosClass.BEST_EFFORT
    if all(len(limits) == len(COMPUTE) for _, limits in found) and _total(found, 0) == _total(found, 1):
        return QosClass.GUARANTEED
    return QosClass.BURSTABLE


def _total(needs: list[tuple[Amounts, Amounts]], side: int) -> Amounts:
    total: Amounts = {}
    for pair in needs:
        for name, amount in pair[side].items():
            total[name] = total[name] + amount if name in total else amount
    return total


def compute(spec: Object) -> QosClass:
    """Return the class that the spec of a pod gives it."""
    own = spec.get("resources") or {}
    if own.get("requests") or own.get("limits"):
        return _classify([_needs(spec)])
    containers = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    return _classify(map(_needs, containers))


def of(pod: Object) -> str:
    """Return the class of a pod as its status tells it, or as its spec gives it."""
    return str((pod.get("status") or {}).get("qosClass") or compute(pod.get("spec") or {}))
