"""The taints that a node's conditions call for. Pure.

https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-not-ready
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

NO_SCHEDULE, NO_EXECUTE = "NoSchedule", "NoExecute"
NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
PRESSURES: Mapping[str, str] = {
    "MemoryPressure": "node.kubernetes.io/memory-pressure", "DiskPressure": "node.kubernetes.io/disk-pressure",
    "PIDPressure": "node.kubernetes.io/pid-pressure", "NetworkUnavailable": "node.kubernetes.io/network-unavailable",
}
_SCHEDULING = frozenset((NOT_READY, UNREACHABLE, UNSCHEDULABLE, *PRESSURES.values()))
_EXECUTION = frozenset((NOT_READY, UNREACHABLE))

Taint = Mapping[str, Any]


def ready_taint(node: Object) -> str | None:
    """Return the taint of the node's Ready condition: not-ready, unreachable or none."""
    ready = objects.condition(node, "Ready")
    status = ready.get("status") if ready is not None else None
    return {"False": NOT_READY, "Unknown": UNREACHABLE}.get(str(status))


def _scheduling_keys(node: Object) -> list[str]:
    keys = [ready_taint(node)]
    for condition, key in PRESSURES.items():
        found = objects.condition(node, condition)
        keys.append(key if found is not None and found.get("status") == "True" else None)
    keys.append(UNSCHEDULABLE if node["spec"].get("unschedulable") else None)
    return [key for key in keys if key]


def plan_taints(node: Object, *, evicts: bool, now: str) -> list[Taint]:
    """Return all taints that the node shall have; foreign ones stay, times of present ones too."""
    present: Sequence[Taint] = node["spec"].get("taints") or ()
    wanted = [(key, NO_SCHEDULE) for key in _scheduling_keys(node)]
    ready = ready_taint(node)
    if ready is not None and evicts:
        wanted.append((ready, NO_EXECUTE))
    kept = [taint for taint in present if not _is_ours(taint) or (taint["key"], taint["effect"]) in wanted]
    known = {(taint["key"], taint["effect"]) for taint in kept}
    added = [
        {"key": key, "effect": effect, "timeAdded": now} for key, effect in wanted if (key, effect) not in known
    ]
    return [*kept, *added]


def _is_ours(taint: Taint) -> bool:
    keys = {NO_SCHEDULE: _SCHEDULING, NO_EXECUTE: _EXECUTION}.get(taint.get("effect", ""), frozenset())
    return taint["key"] in keys


def has_eviction(node: Object) -> bool:
    """Return whether the node has the NoExecute taint that its Ready condition calls for."""
    wanted = ready_taint(node)
    return any(
        taint["key"] == wanted and taint.get("effect") == NO_EXECUTE for taint in node["spec"].get("taints") or ()
    )
