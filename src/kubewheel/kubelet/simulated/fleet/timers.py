"""Many deadlines, one sleeper."""

import asyncio
import heapq

from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task

Key = tuple[str, str]


class Timers:
    """Calls back for each key at its time; setting a key again replaces its time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._earlier = asyncio.Event()

    def set(self, key: Key, at: float) -> None:
        """Have `key` wake at `at`."""
        self._due[key] = at
        heapq.heappush(self._heap, (at, key))
        if self._heap[0][1] == key:
            self._earlier.set()

    def forget(self, key: Key) -> None:
        """Drop a key."""
        self._due.pop(key, None)

    def next_due(self) -> float | None:
        """Return the earliest time that still counts."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: float) -> list[Key]:
        """Return the keys whose time has come, and drop them."""
        keys = []
        while (due := self.next_due()) is not None and due <= now:
            key = heapq.heappop(self._heap)[1]
            del self._due[key]
            keys.append(key)
        return keys

    async def wait(self) -> list[Key]:
        """Return the next keys whose time has come."""
        while not (keys := self.take_due(self._clock.now())):
            self._earlier.clear()
            due = self.next_due()
            if due is None:
                await self._earlier.wait()
            else:
                await self._sleep(due - self._clock.now())
        return keys

    async def _sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until an earlier deadline is set."""
        async with asyncio.TaskGroup() as group:
            sleeping = create_task(group, self._clock.sleep(seconds), name="timer")
            watching = create_task(group, self._earlier.wait(), name="timer-earlier")
            await asyncio.wait({sleeping, watching}, return_when=asyncio.FIRST_COMPLETED)
            sleeping.cancel()
            watching.cancel()
