"""The node agent: one function lists everything that runs; `Agent` is what the node's own server asks.

In: a client with the node's identity, settings, a runtime.  Out: pods that run as the API wants them.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from kubewheel.client import Client, Informer, Recorder
from kubewheel.kubelet import container_files, network_files, node_status, observe, pods, resources
from kubewheel.kubelet.admission import Gate
from kubewheel.kubelet.equipment import Equipment, NodeFacts
from kubewheel.kubelet.image_volumes import ImageVolumes
from kubewheel.kubelet.images import ImageKeeper
from kubewheel.kubelet.log_rotation import LogRotator
from kubewheel.kubelet.node import NodeKeeper
from kubewheel.kubelet.pod_certificates import PodCertificates
from kubewheel.kubelet.probing import Prober
from kubewheel.kubelet.references import References
from kubewheel.kubelet.runtime import Runtime, RuntimeUnavailable
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.kubelet.status_writer import StatusWriter
from kubewheel.kubelet.tokens import Claims, Tokens
from kubewheel.kubelet.volumes.kinds import Supply
from kubewheel.kubelet.volumes.manager import Volumes
from kubewheel.kubelet.watching import RuntimeWatch
from kubewheel.kubelet.worker import PodWorker
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object
from kubewheel.reconcile.timers import Timers

COMPONENT = "kubelet"
RUNTIME_WAIT_SECONDS = 0.2
SANDBOXES_PER_CPU = 1  # made at the same time

log = logging.getLogger(__name__)


class Agent:
    """One node's agent. Make it, then `run` it once."""

    def __init__(self, client: Client, settings: KubeletSettings, runtime: Runtime, clock: Clock) -> None:
        self.settings = settings
        self.runtime = runtime
        self._client = client
        self._clock = clock
        self._timers = Timers(clock)
        self._recorder = Recorder(client, COMPONENT, settings.node_name, clock=clock)
        self._pods = Informer(client, "Pod", fields=f"spec.nodeName={settings.node_name}", clock=clock)
        self._services = Informer(client, "Service", clock=clock)
        self._node = NodeKeeper(client, settings, runtime, clock, self._recorder, self._wake_all)
        self._watch = RuntimeWatch(runtime, clock, settings.relist_seconds, self._runtime_changed)
        self._statuses = StatusWriter(client, clock)
        self._workers: dict[str, PodWorker] = {}
        self._group: asyncio.TaskGroup | None = None
        self._equipment: Equipment | None = None

    # What the node's server asks.

    def pods(self) -> Sequence[Object]:
        """Return the node's pods as the API has them."""
        return self._pods.list()

    def pod(self, namespace: str, name: str) -> Object | None:
        """Return one of the node's pods."""
        return self._pods.get(namespace, name)

    async def observe(self, pod_uid: str) -> observe.Observed:
        """Return what the runtime has of a pod."""
        return await observe.Observer(self.runtime).observe(pod_uid)

    # Everything that runs.

    async def run(self) -> None:
        """Run the agent; never returns."""
        version = await self._wait_runtime()
        async with asyncio.TaskGroup() as group:
            self._group = group
            tasks.create_task(group, self._timers.run(), name="timers")
            tasks.create_task(group, self._recorder.run(), name="events")
            await self._node.register()
            tasks.create_task(group, self._node.run(), name="node")
            tasks.create_task(group, self._statuses.run(), name="pod statuses")
            if self.runtime.real:
                # Simulated containers read no variables, so that thousands of nodes need not know all services.
                tasks.create_task(group, self._services.run(), name="service informer")
                tasks.create_task(
                    group, LogRotator(self.runtime, self._clock, self.settings).run(), name="log rotation"
                )
                await self._services.wait_synced()
            self._equipment = await self._equip(group, version)
            await self._watch.relist()
            self._pods.add_handler(self._pod_changed)
            tasks.create_task(group, self._pods.run(), name="pod informer")
            await self._pods.wait_synced()
            self._adopt(self._watch.uids())
            if self.runtime.real:
                self._adopt(await asyncio.to_thread(self._leftovers))
            tasks.create_task(group, self._watch.run(), name="runtime watch")

    async def _wait_runtime(self) -> str:
        """Return the runtime's name once it answers."""
        told = False
        while True:
            try:
                return (await self.runtime.version()).name
            except RuntimeUnavailable as error:
                if not told:
                    log.warning("waiting for the container runtime: %s", error)
                told = True
                await self._clock.sleep(RUNTIME_WAIT_SECONDS)

    async def _equip(self, group: asyncio.TaskGroup, runtime_name: str) -> Equipment:
        settings, clock = self.settings, self._clock
        references = References(self._client, clock, group, self._refresh)
        tokens = Tokens(self._client, clock)
        certificates = PodCertificates(
            self._client, clock, self._recorder, lambda: self._node.object, self._refresh
        )
        tasks.create_task(group, certificates.run(), name="pod certificates")
        supply = Supply(references, tokens, Claims(self._client), references, certificates)
        volumes = Volumes(settings.pods_dir, supply)
        images = ImageKeeper(self.runtime, self._recorder, clock, settings, group, self._wake)
        if self.runtime.real:
            await volumes.share()
        return Equipment(
            client=self._client, settings=settings, runtime=self.runtime, clock=clock, timers=self._timers,
            recorder=self._recorder, observer=observe.Observer(self.runtime), references=references,
            images=images, image_volumes=ImageVolumes(self.runtime, images, volumes), tokens=tokens,
            certificates=certificates,
            prober=Prober(self.runtime, self._recorder, clock, group, self._wake), volumes=volumes,
            statuses=self._statuses, gate=Gate(lambda: self._node.object, self._wake), facts=self._facts(runtime_name),
            services=lambda: self._services, network_problem=lambda: self._node.network_problem,
            sandbox_slots=asyncio.Semaphore(max(2, self._node.machine.cpus * SANDBOXES_PER_CPU)),
        )

    def _facts(self, runtime_name: str) -> NodeFacts:
        machine = self._node.machine
        real = self.runtime.real
        return NodeFacts(
            ips=(self.settings.node_ip,), memory_bytes=machine.memory_bytes,
            allocatable=node_status.allocatable(self.settings, machine), runtime_name=runtime_name,
            dns=network_files.parse_resolv_conf(_text(self.settings.resolv_conf) if real else ""),
            hosts_text=_text(Path("/etc/hosts")) if real else "",
        )

    # News.

    def _pod_changed(self, type: str, new: Object | None, old: Object | None) -> None:
        if new is not None:
            self._worker(pods.uid(new)).update(new)
        elif old is not None and pods.uid(old) in self._workers:
            self._workers[pods.uid(old)].forget()

    def _runtime_changed(self, uid: str) -> None:
        worker = self._workers.get(uid)
        if worker is not None:
            worker.wake()
        elif self._pods.has_synced and uid in self._watch.uids():
            self._adopt((uid,))

    def _adopt(self, uids: Iterable[str]) -> None:
        """Care for what is here of pods that the API does not know: it is to go."""
        for uid in uids:
            if uid not in self._workers:
                self._worker(uid).forget()

    def _leftovers(self) -> set[str]:
        """Return the uids of pods that have files or groups, e.g. from before a crash. Blocks."""
        assert self._equipment is not None
        found = {*self._equipment.volumes.known(), *container_files.pods_with_logs(self.settings.logs_dir)}
        if self.settings.cgroup_root:
            found |= resources.pods_with_cgroups(self.settings.cgroup_root)
        return found

    def _worker(self, uid: str) -> PodWorker:
        found = self._workers.get(uid)
        if found is None:
            assert self._equipment is not None
            assert self._group is not None
            found = self._workers[uid] = PodWorker(uid, self._equipment)
            tasks.create_task(self._group, self._work(uid, found), name=f"pod {uid}")
        return found

    async def _work(self, uid: str, worker: PodWorker) -> None:
        assert self._group is not None
        try:
            await worker.run(self._group)
        finally:
            self._workers.pop(uid, None)

    def _wake(self, uid: str) -> None:
        if uid in self._workers:
            self._workers[uid].wake()

    def _refresh(self, uid: str) -> None:
        if uid in self._workers:
            self._workers[uid].refresh()

    def _wake_all(self) -> None:
        for worker in self._workers.values():
            worker.wake()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


async def run(client: Client, settings: KubeletSettings, runtime: Runtime, clock: Clock) -> None:
    """Run one node's agent; never returns."""
    await Agent(client, settings, runtime, clock).run()
