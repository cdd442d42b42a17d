"""Heartbeats: when each node was last heard of, by this machine's clock, and what to write when it is silent."""

from collections.abc import Mapping
from typing import Any

from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import conditions, objects

READY = "Ready"
WATCHED = (READY, "MemoryPressure", "DiskPressure", "PIDPressure")
LEASES = "kube-node-lease"


class Heartbeats:
    """Remembers the last sign of life of each node."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}
        self._signs: dict[str, object] = {}

    def hear_lease(self, lease: Object, now: float) -> None:
        """Note a Lease: renewed if its time differs from the last one seen."""
        self._hear(f"lease/{objects.name(lease)}", objects.name(lease), lease["spec"].get("renewTime"), now)

    def hear_node(self, node: Object, now: float) -> None:
        """Note a Node's status: a heartbeat if the agent wrote it anew."""
        name = objects.name(node)
        ready = objects.condition(node, READY)
        self._heard.setdefault(name, now)
        if ready is not None and ready.get("status") != "Unknown":
            self._hear(f"node/{name}", name, ready.get("lastHeartbeatTime"), now)

    def _hear(self, source: str, name: str, sign: object, now: float) -> None:
        if self._signs.get(source) != sign:
            self._signs[source] = sign
            self._heard[name] = now

    def silence(self, name: str, now: float) -> float:
        """Return for how many seconds a node has been silent."""
        return now - self._heard.setdefault(name, now)

    def forget(self, name: str) -> None:
        """Forget a node that is gone."""
        self._heard.pop(name, None)
        self._signs.pop(f"lease/{name}", None)
        self._signs.pop(f"node/{name}", None)


def plan_silent(node: Object, now: float) -> list[Mapping[str, Any]]:
    """Return the conditions of a node that fell silent: what its agent used to tell is not known any more."""
    present = (node.get("status") or {}).get("conditions") or []
    result = list(present)
    for type in WATCHED:
        old = conditions.find(present, type)
        if old is None:
            new = {
                **conditions.make(type, "Unknown", "NodeStatusNeverUpdated", "Kubelet never posted node status.",
                                  rfc3339(now)),
                "lastHeartbeatTime": node["metadata"].get("creationTimestamp"),
            }
            result = conditions.put(result, new)
        elif old.get("status") != "Unknown":
            new = {
                **old, "status": "Unknown", "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.", "lastTransitionTime": rfc3339(now),
            }
            result = conditions.put(result, new)
    return result
