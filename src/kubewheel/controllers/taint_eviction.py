"""Taint eviction: NoExecute taints drive away the pods that do not tolerate them, some after a while.

In: Pods, Nodes.  Out: pod deletes.
https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kubewheel.api import pods
from kubewheel.api.errors import StatusError
from kubewheel.client.events import NORMAL
from kubewheel.libs.clock import parse_rfc3339, rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import (
    Change,
    Controller,
    Done,
    Key,
    Later,
    Maps,
    Outcome,
    World,
    conditions,
    indexes,
    key_of,
    objects,
)

NO_EXECUTE = "NoExecute"
EVICTION = "TaintManagerEviction"

Taint = Mapping[str, Any]


def no_execute_taints(node: Object) -> list[Taint]:
    """Return the taints that drive pods away."""
    return [taint for taint in (node.get("spec") or {}).get("taints") or () if taint.get("effect") == NO_EXECUTE]


def tolerates(toleration: Mapping[str, Any], taint: Taint) -> bool:
    """Return whether a toleration covers a taint."""
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")


def eviction_time(pod: Object, taints: Sequence[Taint], now: float) -> float | None:
    """Return when the pod must go because of the taints: a time not after `now` is at once; None is never."""
    times = [_time(pod, taint, now) for taint in taints]
    return min((time for time in times if time is not None), default=None)


def _time(pod: Object, taint: Taint, now: float) -> float | None:
    found = [each for each in pod["spec"].get("tolerations") or () if tolerates(each, taint)]
    if not found:
        return now
    limits = [each["tolerationSeconds"] for each in found if each.get("tolerationSeconds") is not None]
    if not limits:
        return None
    added = parse_rfc3339(taint["timeAdded"]) if taint.get("timeAdded") else now
    # A pod that came after the taint has its whole time.
    return float(max(added, objects.created(pod)) + max(0, min(limits)))


class Noticed:
    """Since when this controller knows of taints that do not say when they were added."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str, str], float] = {}  # (node, key, value) → time

    def dated(self, node: str, taints: Iterable[Taint], now: float) -> list[Taint]:
        """Return the taints, each with the time from which tolerations are counted."""
        return [
            taint if taint.get("timeAdded") else
            {**taint, "timeAdded": rfc3339(self._since.setdefault(_identity(node, taint), now))}
            for taint in taints
        ]

    def forget(self, node: str, left: Iterable[Taint]) -> None:
        """Forget the taints of a node but for those that are left."""
        kept = {_identity(node, taint) for taint in left}
        for known in [known for known in self._since if known[0] == node and known not in kept]:
            del self._since[known]


def _identity(node: str, taint: Taint) -> tuple[str, str, str]:
    return node, taint["key"], taint.get("value") or ""


class TaintEviction:
    """The controller; it remembers what nobody wrote down."""

    def __init__(self) -> None:
        self._noticed = Noticed()

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Delete one pod if its time on a tainted node is over."""
        pod = world.get("Pod", key)
        if pod is None or objects.is_deleting(pod):
            return Done()
        node = world.get("Node", ("", pods.node_name(pod)))
        now = world.clock.now()
        taints = self._noticed.dated(pods.node_name(pod), no_execute_taints(node), now) if node is not None else []
        time = eviction_time(pod, taints, now)
        if time is None:
            return Done()
        if time > now:
            return Later(time - now)
        world.event(pod, NORMAL, EVICTION, f"Marking for deletion Pod {key}")
        await _mark(world, pod, now)
        await world.delete(pod)
        return Done()

    def of_node(self, world: World, change: Change) -> Iterable[Key]:
        """Return the pods of a node whose taints changed."""
        node = change.new
        self._noticed.forget(objects.name(change.object), no_execute_taints(node) if node is not None else ())
        before = no_execute_taints(change.old) if change.old is not None else []
        if node is None or no_execute_taints(node) == before:
            return []
        return [key_of(pod) for pod in world.by_index("Pod", indexes.BY_NODE, objects.name(node))]


async def _mark(world: World, pod: Object, now: float) -> None:
    text = "Taint manager: deleting due to NoExecute taint"
    found = conditions.make("DisruptionTarget", "True", "DeletionByTaintManager", text, rfc3339(now))
    try:
        await world.patch(pod, {"status": {"conditions": [found]}}, type="strategic", subresource="status")
    except StatusError as error:
        if error.code != 404:
            raise


def _of_pod(world: World, change: Change) -> Iterable[Key]:
    pod, old = change.new, change.old
    if pod is None or not pods.node_name(pod):
        return []
    if old is not None and pods.node_name(old) and old["spec"].get("tolerations") == pod["spec"].get("tolerations"):
        return []
    node = world.get("Node", ("", pods.node_name(pod)))
    return [key_of(pod)] if node is not None and no_execute_taints(node) else []


def controller() -> Controller:
    """Return the controller."""
    found = TaintEviction()
    return Controller(
        name="taint-eviction-controller", watches="", reconcile=found.reconcile, identity="node-controller",
        maps=(Maps("Pod", _of_pod), Maps("Node", found.of_node)),
        indexes={"Pod": {indexes.BY_NODE: indexes.by_node}},
    )
