"""Timers: one sleeping task for all deadlines of an engine."""

import asyncio
import heapq
import itertools
from collections.abc import Callable

from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock


class Timer:
    """A call that is due at `deadline` (monotonic seconds)."""

    __slots__ = ("call", "deadline")

    def __init__(self, deadline: float, call: Callable[[], None]) -> None:
        self.deadline = deadline
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Never make the call."""
        self.call = None


class Timers:
    """Calls functions when their time has come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._wake = asyncio.Event()

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call `call` after `seconds`; it must not block."""
        timer = Timer(self._clock.monotonic() + seconds, call)
        heapq.heappush(self._heap, (timer.deadline, next(self._order), timer))
        if self._heap[0][2] is timer:
            self._wake.set()
        return timer

    @property
    def next_deadline(self) -> float | None:
        """The monotonic time of the next call, or None."""
        while self._heap and self._heap[0][2].call is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    async def run(self) -> None:
        """Make the calls; never returns."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                deadline = self._fire()
                sleeper = None
                if deadline is not None:
                    sleeper = tasks.create_task(group, self._sleep(deadline), name="timers sleep")
                await self._wake.wait()
                if sleeper is not None:
                    sleeper.cancel()

    def _fire(self) -> float | None:
        now = self._clock.monotonic()
        while (deadline := self.next_deadline) is not None and deadline <= now:
            timer = heapq.heappop(self._heap)[2]
            call, timer.call = timer.call, None
            if call is not None:
                call()
        return deadline

    async def _sleep(self, deadline: float) -> None:
        await self._clock.sleep(deadline - self._clock.monotonic())
        self._wake.set()
