"""The plan: how many pods to create, or which to delete, and what to report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api import pods
from kubewheel.libs.wire import Object
from kubewheel.reconcile import conditions, objects, replicas

BURST = 500  # Pods changed per pass; bounds the damage of one bad template.


@dataclass(frozen=True, slots=True)
class Plan:
    """What brings the pods to the wanted number."""

    create: int = 0
    delete: tuple[Object, ...] = ()


def plan_replicas(wanted: int, owned: Sequence[Object], related: Sequence[Object], now: float) -> Plan:
    """Return the creates or deletes that bring `owned` to `wanted`; `related` pods show which nodes are crowded."""
    live = [pod for pod in owned if pods.is_active(pod)]
    missing = wanted - len(live)
    if missing >= 0:
        return Plan(create=min(missing, BURST))
    count = min(-missing, BURST)
    if count == len(live):
        return Plan(delete=tuple(live))
    # Deleting the least useful pod first keeps serving capacity highest.
    crowd = Counter(pods.node_name(pod) for pod in related if pods.is_active(pod))
    return Plan(delete=tuple(replicas.least_useful_first(live, crowd, now)[:count]))


def plan_status(owner: Object, owned: Sequence[Object], failure: Object | None, now: float) -> dict[str, Any]:
    """Return the owner's status. `failure` is a condition, or None if all went well."""
    spec: Mapping[str, Any] = owner["spec"]
    live = [pod for pod in owned if pods.is_active(pod)]
    template = (spec.get("template") or {}).get("metadata") or {}
    wanted_labels = (template.get("labels") or {}).items()
    waits = [replicas.seconds_to_available(pod, spec.get("minReadySeconds") or 0, now) for pod in live]
    old = owner.get("status") or {}
    present = old.get("conditions") or ()
    if failure is None:
        found = conditions.without(present, "ReplicaFailure")
    else:
        # The message names another pod each time; writing that down each time would be a write for nothing.
        found = conditions.put_if_new(present, failure)
    status = conditions.present(
        fullyLabeledReplicas=sum(wanted_labels <= objects.labels(pod).items() for pod in live),
        readyReplicas=sum(wait is not None for wait in waits),
        availableReplicas=sum(wait == 0 for wait in waits),
        observedGeneration=owner["metadata"].get("generation"),
        conditions=found,
    )
    return {"replicas": len(live), **status}


def seconds_to_next(owner: Object, owned: Sequence[Object], now: float) -> float | None:
    """Return after how many seconds the next ready pod becomes available, or None."""
    seconds = owner["spec"].get("minReadySeconds") or 0
    waits = [replicas.seconds_to_available(pod, seconds, now) for pod in owned if pods.is_active(pod)]
    return min((wait for wait in waits if wait), default=None)
