"""Pods that wait for a node: ready ones by priority, then age; refused ones until something changes for them.

A refused pod rests until a change that its refusers care about (or the flush, against changes nobody thought of); it
then waits out its back-off, 1 s doubled with each attempt up to 10 s. Its bound is the number of pods.
"""

import asyncio
import heapq
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from kubewheel.libs.clock import Clock
from kubewheel.reconcile.timers import Timer, Timers
from kubewheel.scheduler.plugins.plugin import Change
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.settings import SchedulerSettings


class Place(Enum):
    """Where a pod waits."""

    READY = "ready"
    BACKOFF = "backoff"
    RESTING = "resting"
    AT_WORK = "at work"
    PLACED = "placed"  # until its binding is seen, or fails


@dataclass(slots=True, eq=False)
class Entry:
    """A waiting pod. `refusers` are the plugins that refused it the last time."""

    pod: PodInfo
    since: float
    place: Place = Place.READY
    attempts: int = 0
    refusers: frozenset[str] = frozenset()
    ticket: int = 0
    timer: Timer | None = field(default=None, repr=False)


class Queue:
    """All pods without a node."""

    def __init__(
        self, clock: Clock, timers: Timers, settings: SchedulerSettings, wakes: Mapping[str, frozenset[Change]]
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._settings = settings
        self._wakes = wakes
        self._entries: dict[str, Entry] = {}
        self._resting: dict[frozenset[str], dict[str, Entry]] = {}  # By who refused them.
        self._ready: list[tuple[int, float, int, Entry]] = []
        self._tickets = itertools.count(1)
        self._available = asyncio.Event()

    def __contains__(self, uid: str) -> bool:
        return uid in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def idle(self) -> bool:
        """Whether no pod is ready or being worked on; some may rest or wait for their time."""
        return not any(entry.place in (Place.READY, Place.AT_WORK) for entry in self._entries.values())

    def add(self, pod: PodInfo) -> None:
        """Take in a new pod, or a new revision of one that waits; what changed may have helped it."""
        entry = self._entries.get(pod.uid)
        if entry is None:
            entry = self._entries[pod.uid] = Entry(pod, self._clock.monotonic())
            self._make_ready(entry)
            return
        before, entry.pod = entry.pod, pod
        is_changed = before.template is not pod.template or before.labels_key != pod.labels_key
        if entry.place is Place.RESTING and (is_changed or before.claims != pod.claims):
            self._wake(entry)

    def remove(self, uid: str) -> None:
        """Drop a pod: it is bound, ended or gone."""
        entry = self._entries.pop(uid, None)
        if entry is not None:
            self._leave(entry)

    async def take(self) -> Entry:
        """Return the most important ready pod; `refused`, `failed`, `placed` or `remove` must follow."""
        while True:
            while self._ready:
                _, _, ticket, entry = heapq.heappop(self._ready)
                if entry.ticket == ticket and entry.place is Place.READY:
                    entry.place = Place.AT_WORK
                    entry.attempts += 1
                    return entry
            self._available.clear()
            await self._available.wait()

    def placed(self, entry: Entry) -> None:
        """Keep a pod while it is being bound; `failed` or `remove` must follow."""
        entry.place = Place.PLACED

    def refused(self, entry: Entry, refusers: frozenset[str]) -> None:
        """Let a pod rest until a change that its refusers care about."""
        if self._entries.get(entry.pod.uid) is not entry:
            return
        entry.refusers = refusers
        entry.since = self._clock.monotonic()
        entry.place = Place.RESTING
        self._resting.setdefault(refusers, {})[entry.pod.uid] = entry
        entry.timer = self._timers.call_later(self._settings.unschedulable_flush, lambda: self._wake(entry))

    def failed(self, entry: Entry) -> None:
        """Try a pod again after its back-off: nothing was wrong with it."""
        if self._entries.get(entry.pod.uid) is not entry:
            return
        entry.since = self._clock.monotonic()
        self._back_off(entry)

    def changed(self, change: Change) -> None:
        """Wake the pods that this change may help."""
        for refusers, entries in list(self._resting.items()):
            if any(change in self._wakes.get(name, ()) for name in refusers):
                for entry in list(entries.values()):
                    self._wake(entry)

    def activate(self, uid: str) -> None:
        """Wake one pod, whatever refused it."""
        entry = self._entries.get(uid)
        if entry is not None and entry.place is Place.RESTING:
            self._wake(entry)

    def _wake(self, entry: Entry) -> None:
        self._leave(entry)
        self._back_off(entry)

    def _back_off(self, entry: Entry) -> None:
        initial, limit = self._settings.pod_initial_backoff, self._settings.pod_max_backoff
        delay = min(limit, initial * 2.0 ** min(entry.attempts - 1, 30))
        remaining = entry.since + delay - self._clock.monotonic()
        if remaining <= 0:
            self._make_ready(entry)
            return
        entry.place = Place.BACKOFF
        entry.timer = self._timers.call_later(remaining, lambda: self._make_ready(entry))

    def _make_ready(self, entry: Entry) -> None:
        self._leave(entry)
        entry.place = Place.READY
        entry.ticket = next(self._tickets)
        heapq.heappush(self._ready, (-entry.pod.priority, entry.since, entry.ticket, entry))
        self._available.set()

    def _leave(self, entry: Entry) -> None:
        """Take `entry` out of wherever it waits; what the heap still holds of it is stale by its ticket."""
        entry.ticket = 0
        resting = self._resting.get(entry.refusers)
        if resting is not None and resting.pop(entry.pod.uid, None) is not None and not resting:
            del self._resting[entry.refusers]
        if entry.timer is not None:
            entry.timer.cancel()
            entry.timer = None
