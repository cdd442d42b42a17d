"""Pod garbage collector: deletes pods that nobody else will ever delete.

In: Pods, Nodes.  Out: forced deletes of pods whose node is gone, of unbound pods that are being deleted, and of ended
pods above a limit, the oldest first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kubewheel.api import pods
from kubewheel.api.errors import StatusError
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
    key_of,
    objects,
)

ENDED = "ended"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
QUARANTINE_SECONDS = 40.0  # A node may be slow to register; its pods are looked at again before they go.
ALL_ENDED = Key("", "")  # The key that stands for the limit of ended pods.


def _ended(pod: Object) -> Iterable[str]:
    return ("yes",) if pods.is_terminal(pod) else ()


@dataclass(frozen=True, slots=True)
class Collector:
    """Keeps `limit` ended pods, and remembers since when a node is missing."""

    limit: int
    _missing: dict[str, float] = field(default_factory=dict)

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Delete one pod if it is lost, or the oldest ended ones."""
        if key == ALL_ENDED:
            await self._delete_ended(world)
            return Done()
        pod = world.get("Pod", key)
        if pod is None:
            return Done()
        node = pods.node_name(pod)
        if objects.is_deleting(pod) and not node:
            await _delete(world, pod, "")
        elif node and world.get("Node", ("", node)) is None:
            return await self._delete_orphan(world, pod, node)
        elif objects.is_deleting(pod) and _is_out_of_service(world, node):
            await _delete(world, pod, "PodGC: node is out of service")
        return Done()

    async def _delete_orphan(self, world: World, pod: Object, node: str) -> Outcome:
        now = world.clock.monotonic()
        waited = now - self._missing.setdefault(node, now)
        if waited < QUARANTINE_SECONDS:
            return Later(QUARANTINE_SECONDS - waited)
        try:
            await world.client.get("Node", node)
        except StatusError as error:
            if error.code != 404:
                raise
            await _delete(world, pod, "PodGC: node no longer exists")
            if not world.by_index("Pod", indexes.BY_NODE, node):
                self._missing.pop(node, None)
        return Done()

    async def _delete_ended(self, world: World) -> None:
        ended = list(world.by_index("Pod", ENDED, "yes"))
        surplus = len(ended) - self.limit
        if surplus <= 0:
            return
        ended.sort(key=lambda pod: (objects.created(pod), objects.name(pod)))
        for pod in ended[:surplus]:
            await _delete(world, pod, "")

    def controller(self) -> Controller:
        """Return the controller."""
        return Controller(
            name="pod-garbage-collector", watches="", reconcile=self.reconcile, component="pod-garbage-collector",
            maps=(Maps("Pod", self._keys_of_pod), Maps("Node", self._keys_of_node)),
            indexes={"Pod": {indexes.BY_NODE: indexes.by_node, ENDED: _ended}},
        )

    def _keys_of_pod(self, world: World, change: Change) -> Iterable[Key]:
        pod = change.new
        if pod is None:
            return []
        keys = []
        node = pods.node_name(pod)
        if objects.is_deleting(pod) or (node and world.get("Node", ("", node)) is None):
            keys.append(key_of(pod))
        if self.limit and pods.is_terminal(pod) and len(world.by_index("Pod", ENDED, "yes")) > self.limit:
            keys.append(ALL_ENDED)
        return keys

    def _keys_of_node(self, world: World, change: Change) -> Iterable[Key]:
        name = objects.name(change.object)
        if change.type == "ADDED":
            self._missing.pop(name, None)
        if change.new is not None and not _is_out_of_service(world, name):
            return []
        return [key_of(pod) for pod in world.by_index("Pod", indexes.BY_NODE, name)]


def _is_out_of_service(world: World, name: str) -> bool:
    node = world.get("Node", ("", name))
    if node is None or not any(taint["key"] == OUT_OF_SERVICE for taint in node["spec"].get("taints") or ()):
        return False
    ready = objects.condition(node, "Ready")
    return ready is not None and ready.get("status") != "True"


async def _delete(world: World, pod: Object, reason: str) -> None:
    """Delete without grace: no node is left that could stop the containers."""
    if not pods.is_terminal(pod):
        await _mark_failed(world, pod, reason)
    await world.delete(pod, grace_seconds=0)


async def _mark_failed(world: World, pod: Object, reason: str) -> None:
    change: dict[str, object] = {"phase": "Failed"}
    if reason:
        now = rfc3339(world.clock.now())
        change["conditions"] = [conditions.make("DisruptionTarget", "True", "DeletionByPodGC", reason, now)]
    try:
        await world.patch(pod, {"status": change}, type="strategic", subresource="status")
    except StatusError as error:
        if error.code != 404:
            raise
