"""The work queue of one controller: each key at most once, never two workers on one key, failures come back later.

A key that is added while a worker has it is worked on again afterwards. Delays are those of upstream's work queues:
5 ms, doubled with each failure in a row, at most 1000 s. Its bound is the number of objects.
"""

import asyncio
from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from kubewheel.reconcile.timers import Timer, Timers

FIRST_DELAY = 0.005
MAX_DELAY = 1000.0

K = TypeVar("K", bound=Hashable)


class Queue(Generic[K]):
    """Keys to reconcile."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._ready: deque[K] = deque()
        self._dirty: set[K] = set()
        self._busy: set[K] = set()
        self._delayed: dict[K, Timer] = {}
        self._failures: dict[K, int] = {}
        self._available = asyncio.Semaphore(0)

    def add(self, key: K) -> None:
        """Work on `key` as soon as a worker is free."""
        if key in self._dirty:
            return
        self._dirty.add(key)
        if key not in self._busy:
            self._ready.append(key)
            self._available.release()

    def add_after(self, key: K, seconds: float) -> None:
        """Work on `key` after `seconds`; of several such wishes the earliest counts."""
        if seconds <= 0:
            self.add(key)
            return
        waiting = self._delayed.get(key)
        timer = self._timers.call_later(seconds, lambda: self._due(key))
        if waiting is not None:
            late = timer if waiting.deadline <= timer.deadline else waiting
            late.cancel()
            timer = waiting if late is timer else timer
        self._delayed[key] = timer

    def add_failed(self, key: K) -> float:
        """Work on `key` again after its back-off, and return that delay."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(failures, 30))
        self.add_after(key, delay)
        return delay

    def forget(self, key: K) -> None:
        """Let the next failure of `key` count as its first."""
        self._failures.pop(key, None)

    async def take(self) -> K:
        """Return the next key; the caller must call `done` for it."""
        await self._available.acquire()
        key = self._ready.popleft()
        self._dirty.discard(key)
        self._busy.add(key)
        return key

    def done(self, key: K) -> None:
        """End the work on `key`."""
        self._busy.discard(key)
        if key in self._dirty:
            self._ready.append(key)
            self._available.release()

    @property
    def idle(self) -> bool:
        """Whether nothing is ready or being worked on; keys may still wait for their time."""
        return not self._dirty and not self._busy

    @property
    def retrying(self) -> int:
        """How many keys failed the last time."""
        return len(self._failures)

    def __len__(self) -> int:
        return len(self._dirty) + len(self._busy)

    def _due(self, key: K) -> None:
        self._delayed.pop(key, None)
        self.add(key)
