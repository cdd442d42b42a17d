"""The loop: take the most important pod, decide, write.

Decisions are made one after the other, each on all that was decided before; writes run beside them. A pod counts as
placed from its decision on; a write that fails takes that back.
"""

import asyncio
import logging
import random as random_module
from collections.abc import Coroutine

from kubewheel.api.errors import StatusError
from kubewheel.client import Client, Informers, Recorder
from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock
from kubewheel.reconcile.timers import Timers
from kubewheel.scheduler import plugins, preemption
from kubewheel.scheduler.cycle import Cycle, Placement
from kubewheel.scheduler.diagnosis import Diagnosis
from kubewheel.scheduler.placing import SCHEDULER_ERROR, UNREACHABLE, UNSCHEDULABLE, Placing
from kubewheel.scheduler.plugins.plugin import Change
from kubewheel.scheduler.plugins.volumes import matching
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.preemption import Victims
from kubewheel.scheduler.queue import Entry, Queue
from kubewheel.scheduler.settings import SchedulerSettings
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.volume_binder import NotBound, VolumeBinder
from kubewheel.scheduler.watching import Cache, Watching

NO_NODES = "no nodes"
WAKES = {**plugins.WAKES, NO_NODES: frozenset({Change.NODE_ADDED})}

log = logging.getLogger(__name__)


class Scheduler:
    """One scheduler; `run` runs it, its informers included."""

    def __init__(
        self, client: Client, *, clock: Clock, settings: SchedulerSettings,
        random: random_module.Random | None = None, informers: Informers | None = None,
    ) -> None:
        self._random = random or random_module.Random()  # noqa: S311 - tie-breaking
        self._informers = informers or Informers(client, clock, self._random)
        self._runs_informers = informers is None
        cache = Cache(self._informers)
        self.timers = Timers(clock)
        self.queue = Queue(clock, self.timers, settings, WAKES)
        self.snapshot = Snapshot(cache)
        self.recorder = Recorder(client, "default-scheduler", clock=clock)
        self._watching = Watching(self.snapshot, self.queue, settings)
        self._watching.connect(self._informers)
        self._cycle = Cycle(self._random, settings.percentage_of_nodes_to_score)
        self._placing = Placing(client, self.recorder, clock)
        self._volumes = VolumeBinder(client, cache, clock, settings.volume_binding_timeout)
        self._slots = asyncio.Semaphore(settings.parallel_writes)
        self._writes = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do before time passes or the cluster changes."""
        return self.queue.idle and not self._writes and self.recorder.idle

    async def run(self) -> None:
        """Schedule; never returns."""
        async with asyncio.TaskGroup() as group:
            if self._runs_informers:
                tasks.create_task(group, self._informers.run(), name="scheduler informers")
            tasks.create_task(group, self.timers.run(), name="scheduler timers")
            tasks.create_task(group, self.recorder.run(), name="scheduler events")
            # A decision on half a cluster would be wrong: wait for all of it.
            await self._informers.wait_synced()
            while True:
                entry = await self.queue.take()
                await self._slots.acquire()
                self._schedule(entry, group)
                await asyncio.sleep(0)

    def _schedule(self, entry: Entry, group: asyncio.TaskGroup) -> None:
        """Decide about one pod and start writing the outcome."""
        pod = entry.pod
        decision = self._cycle.decide(pod, self.snapshot)
        if isinstance(decision, Placement):
            self.snapshot.assume(pod, decision.node)
            self.queue.placed(entry)
            self._reserve(decision)
            work: Coroutine[None, None, None] = self._bind(entry, pod, decision)
        else:
            work = self._refuse(entry, pod, decision)
        self._writes += 1
        tasks.create_task(group, work, name=f"scheduler write {pod.key}")

    # Placed.

    async def _bind(self, entry: Entry, pod: PodInfo, placement: Placement) -> None:
        failure = ""
        try:
            if placement.choices:
                await self._bind_volumes(placement)
            await self._placing.bind(pod, placement.node)
        except NotBound as error:
            failure = f'running PreBind plugin "VolumeBinding": {error}'
        except StatusError as error:
            failure = f"binding rejected: {error.message}"
        except UNREACHABLE as error:
            failure = f"binding rejected: {error}"
        finally:
            self._unreserve(placement)
            self._written()
        if failure:
            await self._unplace(entry, pod, failure)

    async def _bind_volumes(self, placement: Placement) -> None:
        self._written()  # Volumes may take minutes.
        try:
            await self._volumes.bind(placement.choices, placement.node)
        finally:
            await self._slots.acquire()
            self._writes += 1

    async def _unplace(self, entry: Entry, pod: PodInfo, failure: str) -> None:
        """Take a placement back and try again later."""
        self.snapshot.forget(pod)
        if pod.uid not in self.queue:
            return  # Gone meanwhile, or bound by somebody else.
        log.info("pod %s: %s", pod.key, failure)
        self.queue.failed(entry)
        self.queue.changed(Change.POD_GONE)
        await self._tell(pod, SCHEDULER_ERROR, failure, "")

    def _reserve(self, placement: Placement) -> None:
        for choice in placement.choices:
            if choice.volume is not None:
                name = choice.volume["metadata"]["name"]
                self.snapshot.reserved_volumes[name] = matching.claim_key(choice.claim)

    def _unreserve(self, placement: Placement) -> None:
        for choice in placement.choices:
            if choice.volume is not None:
                self.snapshot.reserved_volumes.pop(choice.volume["metadata"]["name"], None)

    # Refused.

    def _refuse(self, entry: Entry, pod: PodInfo, found: Diagnosis) -> Coroutine[None, None, None]:
        """Let a pod rest, before the change that helps it can slip by; return the work of telling about it."""
        message = found.message()
        nominated: str | None = ""
        victims: Victims | None = None
        if found.nodes:
            outcome = preemption.plan_preemption(pod, found, self.snapshot, self._random)
            if isinstance(outcome, Victims):
                victims, nominated = outcome, outcome.node
            else:
                message = f"{message} {outcome.message}"
                nominated = None if outcome.keeps_nomination else ""
        ousted = self._nominate(pod, nominated)
        self.queue.refused(entry, found.plugins or frozenset({NO_NODES}))
        return self._write_refusal(pod, message, nominated, victims, ousted)

    async def _write_refusal(
        self, pod: PodInfo, message: str, nominated: str | None, victims: Victims | None, ousted: list[PodInfo]
    ) -> None:
        try:
            await self._tell(pod, UNSCHEDULABLE, message, nominated)
            if victims is not None:
                await self._preempt(pod, victims, ousted)
        finally:
            self._written()

    def _nominate(self, pod: PodInfo, node: str | None) -> list[PodInfo]:
        """Let `pod` wait for `node`; return the less important pods that waited for it."""
        if node is None:
            return []
        self.snapshot.nominate(pod, node)
        waiting = self.snapshot.nominated.get(node, {}) if node else {}
        ousted = [other for other in waiting.values() if other.priority < pod.priority]
        for other in ousted:
            self.snapshot.nominate(other, "")
        return ousted

    async def _preempt(self, pod: PodInfo, victims: Victims, ousted: list[PodInfo]) -> None:
        try:
            for other in ousted:
                await self._placing.clear_nomination(other)
                self.queue.activate(other.uid)
            await self._placing.preempt(pod, victims)
        except (StatusError, *UNREACHABLE) as error:
            log.info("pod %s: cannot preempt on %s: %s", pod.key, victims.node, error)
            self.queue.activate(pod.uid)

    async def _tell(self, pod: PodInfo, reason: str, message: str, nominated: str | None) -> None:
        try:
            await self._placing.report(pod, reason, message, nominated)
        except (StatusError, *UNREACHABLE) as error:
            # The next attempt tells again.
            log.info("pod %s: cannot report %r: %s", pod.key, message, error)

    def _written(self) -> None:
        self._writes -= 1
        self._slots.release()
