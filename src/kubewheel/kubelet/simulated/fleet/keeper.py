"""Keeps the status of all the fleet's pods current: one queue of pods that need a look, many writers.

Observe (informer, timers) → plan (`life`, `status`) → act (patch the status, delete the pod).
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client import Client, Informer, Recorder
from kubewheel.kubelet import pods
from kubewheel.kubelet.simulated.behaviour import Behaviour
from kubewheel.kubelet.simulated.fleet import life as lives
from kubewheel.kubelet.simulated.fleet import status as statuses
from kubewheel.kubelet.simulated.fleet.life import Life, Run
from kubewheel.kubelet.simulated.fleet.nodes import SimulatedNode
from kubewheel.kubelet.simulated.fleet.settings import FleetSettings
from kubewheel.kubelet.simulated.fleet.timers import Key, Timers
from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object

Script = Callable[[Object, Mapping[str, Any]], Behaviour | None]
"""Says what a container of a pod does; None: what its annotations, command and image say."""

RETRY_SECONDS = 1.0
GONE = (404, 409)  # The pod is gone, or another of the same name is there: the informer will tell.

log = logging.getLogger(__name__)


class Keeper:
    """The pods of all nodes."""

    def __init__(
        self, client: Client, settings: FleetSettings, clock: Clock, nodes: Mapping[str, SimulatedNode]
    ) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self._nodes = nodes
        self._has_events = settings.records_events(len(nodes))
        self.informer = Informer(client, "Pod", fields="spec.nodeName!=", clock=clock)
        self._recorder = Recorder(client, "kubelet", clock=clock)
        self._timers = Timers(clock)
        self._lives: dict[Key, Life] = {}
        self._node_of: dict[Key, str] = {}  # Whose range a pod's address is from.
        # Unbounded, but no longer than the informer's cache: a pod waits in it at most once.
        self._queue: asyncio.Queue[Key] = asyncio.Queue()
        self._queued: set[Key] = set()
        self._busy = 0
        self.script: Script | None = None  # Asked before annotations are.

    @property
    def idle(self) -> bool:
        """Whether no pod needs a look before time passes or the cluster changes."""
        return not self._queued and not self._busy and self._recorder.idle

    def look(self, namespace: str, name: str) -> None:
        """Have a look at a pod: something about it has changed."""
        self._enqueue((namespace, name))

    async def run(self) -> None:
        """Keep the pods; never returns."""
        self.informer.add_handler(self._changed)
        async with asyncio.TaskGroup() as group:
            create_task(group, self.informer.run(), name="fleet-pods")
            create_task(group, self._wake(), name="fleet-timers")
            create_task(group, self._recorder.run(), name="fleet-events")
            for number in range(self._settings.writers):
                create_task(group, self._work(), name=f"fleet-writer-{number}")

    def life(self, pod: Object) -> Life | None:
        """Return the life of a pod, brought up to the present moment."""
        found = self._lives.get((pods.namespace(pod), pods.name(pod)))
        if found is None or found.uid != pods.uid(pod):
            return None
        lives.advance(found, pod, self._clock.now())
        return found

    def is_ours(self, pod: Object) -> bool:
        """Tell whether a pod runs on one of the fleet's nodes."""
        return pod["spec"].get("nodeName") in self._nodes

    def _changed(self, kind: str, new: Object | None, old: Object | None) -> None:
        pod = new or old
        if pod is None or not self.is_ours(pod):
            return
        key = (pods.namespace(pod), pods.name(pod))
        if kind == "DELETED":
            self._forget(key)
        else:
            self._enqueue(key)

    def _enqueue(self, key: Key) -> None:
        if key not in self._queued:
            self._queued.add(key)
            self._queue.put_nowait(key)

    def _forget(self, key: Key) -> None:
        self._timers.forget(key)
        life = self._lives.pop(key, None)
        if life is not None and life.address:
            node = self._nodes.get(self._node_of.pop(key, ""))
            if node is not None:
                node.taken.discard(life.address)

    async def _wake(self) -> None:
        while True:
            for key in await self._timers.wait():
                self._enqueue(key)

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            self._queued.discard(key)
            pod = self.informer.get(*key)
            if pod is None or not self.is_ours(pod):
                continue
            self._busy += 1
            try:
                await self._keep(key, pod)
            except StatusError as error:
                if error.code not in GONE:
                    log.warning("pod %s/%s: %s", *key, error)
                    self._timers.set(key, self._clock.now() + RETRY_SECONDS)
            except (OSError, EOFError) as error:
                log.debug("pod %s/%s: %s", *key, error)
                self._timers.set(key, self._clock.now() + RETRY_SECONDS)
            finally:
                self._busy -= 1

    async def _keep(self, key: Key, pod: Object) -> None:
        """Bring one pod's status up to this moment."""
        now = self._clock.now()
        life = self._life(key, pod, now)
        if life.is_deleted:
            return
        if pods.is_deleting(pod):
            await self._end(key, pod, life, now)
            return
        wake = lives.advance(life, pod, now)
        if wake < lives.NEVER:
            self._timers.set(key, wake)
        await self._write(pod, life, now)

    def _life(self, key: Key, pod: Object, now: float) -> Life:
        life = self._lives.get(key)
        if life is not None and life.uid == pods.uid(pod):
            return life
        self._forget(key)
        life = lives.begin(pod, now)
        if self.script is not None:
            _play(self.script, life, pod)
        node = self._nodes[pod["spec"]["nodeName"]]
        if pod["spec"].get("hostNetwork"):
            life.address = self._settings.address
        elif not life.is_over():
            life.address = node.take_address(life.address)
            self._node_of[key] = node.name
        self._lives[key] = life
        return life

    async def _end(self, key: Key, pod: Object, life: Life, now: float) -> None:
        """End a pod that is being deleted, when its containers have had their time."""
        due = lives.terminate(life, pod, now)
        if now < due:
            self._timers.set(key, due)
            return
        lives.end(life, now)
        if pod["metadata"].get("finalizers"):  # Whoever holds it back reads how it ended.
            await self._write(pod, life, now)
        life.is_deleted = True
        try:
            await self._client.delete("Pod", key[1], key[0], uid=life.uid, grace_seconds=0)
        except (StatusError, OSError):
            life.is_deleted = False
            raise

    async def _write(self, pod: Object, life: Life, now: float) -> None:
        wanted = statuses.build(statuses.View(pod, life, now, self._settings.address))
        if self._has_events:
            self._tell(pod, life, now)
        if not statuses.differs(wanted, pods.status(pod)):
            return
        patch = {"metadata": {"uid": life.uid}, "status": {**wanted, **_replaced(wanted, pods.status(pod))}}
        stored = await self._client.patch(
            "Pod", pods.name(pod), patch, pods.namespace(pod), type="strategic", subresource="status"
        )
        self.informer.note(stored)

    def _tell(self, pod: Object, life: Life, now: float) -> None:
        """Record what has happened to the containers since the last look."""
        for run in life.runs.values():
            for kind, reason, message in _news(pod, life, run, now):
                mark = f"{run.name}/{run.attempt}/{reason}"
                if mark not in life.told:
                    life.told.add(mark)
                    self._recorder.event(pod, kind, reason, message, field_path=pods.field_path(pod, run.name))


def _replaced(wanted: Object, told: Object) -> dict[str, Any]:
    """Return the lists of addresses that somebody else has filled; they would be merged with what is there."""
    return {
        name: [*wanted[name], {"$patch": "replace"}] for name in ("podIPs", "hostIPs")
        if wanted.get(name) and told.get(name) and told[name] != wanted[name]
    }


def _play(script: Script, life: Life, pod: Object) -> None:
    """Give the containers that `script` has something to say about their behaviour."""
    for container in pods.all_containers(pod):
        behaviour = script(pod, container)
        if behaviour is not None:
            life.runs[container["name"]].behaviour = behaviour


def _news(pod: Object, life: Life, run: Run, now: float) -> list[tuple[str, str, str]]:
    """Return type, reason and message of what there is to tell of one container."""
    if now < life.pulls_from:
        return []
    image = (pods.container(pod, run.name) or {}).get("image", "")
    if run.behaviour.pull_error:
        return [
            ("Normal", "Pulling", f'Pulling image "{image}"'),
            ("Warning", "Failed", f'Failed to pull image "{image}": {run.behaviour.pull_error}'),
        ]
    if run.is_running(now):
        return [
            ("Normal", "Pulled", f'Container image "{image}" already present on machine'),
            ("Normal", "Created", f"Container created: {run.name}"),
            ("Normal", "Started", f"Container started: {run.name}"),
        ]
    if run.last is not None and not run.is_done:
        return [("Warning", "BackOff", f"Back-off restarting failed container {run.name} in pod "
                 f"{pods.name(pod)}_{pods.namespace(pod)}({life.uid})")]
    return []
