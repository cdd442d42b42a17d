"""The reconcile of a node."""

from collections.abc import Iterable

from kubewheel.api import pods
from kubewheel.api.errors import StatusError
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.node_lifecycle import heartbeats, taints, zones
from kubewheel.controllers.settings import ControllersSettings
from kubewheel.libs.clock import rfc3339
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
    objects,
)

NOT_READY = "NodeNotReady"


def controller(settings: ControllersSettings) -> Controller:
    """Return the controller."""
    lifecycle = Lifecycle(settings)
    return Controller(
        name="node-lifecycle-controller", watches="Node", reconcile=lifecycle.reconcile, identity="node-controller",
        component="node-controller", indexes={"Pod": {indexes.BY_NODE: indexes.by_node}},
        maps=(Maps("Lease.coordination.k8s.io", lifecycle.hear), Maps("Node", lifecycle.others)),
    )


class Lifecycle:
    """Knows when nodes were last heard of, and in which zones evictions are allowed."""

    def __init__(self, settings: ControllersSettings) -> None:
        self._settings = settings
        self._heartbeats = heartbeats.Heartbeats()
        self._zones = zones.Zones(settings)
        self._marked: set[str] = set()
        self._lost: set[str] = set()  # Kept up to date: a look at thousands of nodes costs too much.

    def hear(self, world: World, change: Change) -> Iterable[Key]:
        """Take note of a Lease's renewal: the node's own timer reads it."""
        if change.new is not None and objects.namespace(change.new) == heartbeats.LEASES:
            self._heartbeats.hear_lease(change.new, world.clock.monotonic())
        return []

    def others(self, world: World, change: Change) -> Iterable[Key]:
        """Look at the other lost nodes again when a node is lost or comes back: their evictions depend on it."""
        before = change.old is not None and taints.ready_taint(change.old) is not None
        after = change.new is not None and taints.ready_taint(change.new) is not None
        if change.new is not None and after:
            self._lost.add(objects.name(change.new))
        elif change.old is not None:
            self._lost.discard(objects.name(change.old))
        return [Key("", name) for name in sorted(self._lost)] if before != after else []

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Bring conditions and taints of one node up to date."""
        node = world.get("Node", key)
        if node is None:
            self._heartbeats.forget(key.name)
            self._marked.discard(key.name)
            return Done()
        now = world.clock.monotonic()
        self._heartbeats.hear_node(node, now)
        left = self._grace(node) - self._heartbeats.silence(key.name, now)
        if left <= 0:
            node = await self._give_up(world, node)
        await self._mark(world, node)
        wait = await self._taint(world, node)
        waits = [each for each in (left if left > 0 else None, wait) if each is not None]
        return Later(min(waits)) if waits else Done()

    def _grace(self, node: Object) -> float:
        if objects.condition(node, heartbeats.READY) is None:
            return self._settings.node_startup_grace_seconds
        return self._settings.node_grace_seconds

    async def _give_up(self, world: World, node: Object) -> Object:
        status = node.get("status") or {}
        found = heartbeats.plan_silent(node, world.clock.now())
        if found == (status.get("conditions") or []):
            return node
        was_ready = pods.is_ready(node)
        node = await world.update_status(node, {**status, "conditions": found})
        if was_ready:
            world.event(node, NORMAL, NOT_READY, f"Node {objects.name(node)} status is now: {NOT_READY}")
        return node

    async def _mark(self, world: World, node: Object) -> None:
        """Mark the pods of a node that was lost, once: an agent that still lives may tell otherwise afterwards."""
        name = objects.name(node)
        if not _is_lost(node):
            self._marked.discard(name)
        elif name not in self._marked:
            await _mark_pods(world, node)
            self._marked.add(name)

    async def _taint(self, world: World, node: Object) -> float | None:
        """Write the taints; return after how many seconds the pods may be evicted if they may not yet."""
        wait = None
        evicts = False
        if taints.ready_taint(node) is not None:
            everybody = world.list("Node")
            all_lost = all(taints.ready_taint(each) is not None for each in everybody)
            evicts = not all_lost and _has_any_eviction(node)
            if not evicts:
                wait = self._zones.wait(node, everybody, world.clock.monotonic())
                evicts = wait == 0.0
        wanted = taints.plan_taints(node, evicts=evicts, now=rfc3339(world.clock.now()))
        if wanted != (node["spec"].get("taints") or []):
            # The whole list is replaced: the revision guards what others may have added.
            change = {"metadata": {"resourceVersion": node["metadata"]["resourceVersion"]}, "spec": {"taints": wanted}}
            await world.patch(node, change)
        return wait or None


def _is_lost(node: Object) -> bool:
    ready = objects.condition(node, heartbeats.READY)
    return ready is not None and ready.get("status") != "True"


def _has_any_eviction(node: Object) -> bool:
    return any(
        taint["key"] in (taints.NOT_READY, taints.UNREACHABLE) and taint.get("effect") == taints.NO_EXECUTE
        for taint in node["spec"].get("taints") or ()
    )


async def _mark_pods(world: World, node: Object) -> None:
    """Tell that the pods of a lost node are not ready: nobody else can."""
    for pod in world.by_index("Pod", indexes.BY_NODE, objects.name(node)):
        ready = objects.condition(pod, "Ready")
        if ready is None or ready.get("status") != "True":
            continue
        found = {**ready, "status": "False", "lastTransitionTime": rfc3339(world.clock.now())}
        merged = conditions.put((pod.get("status") or {}).get("conditions") or [], found)
        try:
            await world.update_status(pod, {**pod["status"], "conditions": merged})
        except StatusError as error:
            if error.code not in (404, 409):
                raise
        world.event(pod, WARNING, NOT_READY, "Node is not ready")
