"""The cluster's time: stands still until a test moves it.

Two kinds of sleepers share one time. Those of controllers, scheduler and nodes each get their own stop when time is
advanced, in the order of their deadlines. Those of housekeeping (expiring events, looking after the server's own
service) are woken at the next stop, whenever that is: a month without other work is one step, not 260,000.
"""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from kubewheel.libs.clock import Clock, RealClock, SteppedClock

__tracebackhide__ = True  # See `thread`.
ROUNDING_SECONDS = 0.001  # Moments have microseconds, the clock has more.
Settle = Callable[[], Awaitable[object]]


class Housekeeping:
    """The clock of those who can wait: the time of `clock`, without stops of its own."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return wall time."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return the same."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return at the first stop after `seconds`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now() + seconds, next(self._order), waiter))
        await waiter

    def wake(self) -> None:
        """Wake everybody whose time has come."""
        while self._sleepers and self._sleepers[0][0] <= self.now():
            waiter = heapq.heappop(self._sleepers)[2]
            if not waiter.done():
                waiter.set_result(None)


class Time:
    """What a test may do with the cluster's time."""

    def __init__(self, clock: Clock, settle: Settle) -> None:
        self.source = clock
        self._settle = settle
        self.housekeeping: Clock = Housekeeping(clock) if isinstance(clock, SteppedClock) else clock

    @property
    def is_stepped(self) -> bool:
        """Whether time moves only when `advance` is called."""
        return isinstance(self.source, SteppedClock)

    def now(self) -> datetime:
        """Return the cluster's wall time."""
        return datetime.fromtimestamp(self.source.now(), UTC)

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0, weeks: float = 0
    ) -> datetime:
        """Let time pass, timer by timer, settling after each; return the new time."""
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days, weeks=weeks)
        return await self.advance_to(self.now() + span)

    async def advance_to(self, moment: datetime) -> datetime:
        """Let time pass until `moment`."""
        end = moment.timestamp()
        if end < self.source.now() - ROUNDING_SECONDS and self.is_stepped:
            raise ValueError(f"time does not run backwards: it is {self.now()}, and {moment} was asked for")
        if isinstance(self.source, SteppedClock):
            await self._step(self.source, end)
        elif isinstance(self.source, RealClock):
            await self.source.sleep(end - self.source.now())
            await self._settle()
        return self.now()

    async def _step(self, clock: SteppedClock, end: float) -> None:
        await self._settle()
        while (deadline := clock.next_deadline()) is not None and deadline <= end:
            self.move(deadline)
            await self._settle()
        self.move(end)
        await self._settle()

    def next_deadline(self) -> float | None:
        """Return when the next sleeper wakes that has a stop of its own."""
        return self.source.next_deadline() if isinstance(self.source, SteppedClock) else None

    def move(self, moment: float) -> None:
        """Set the time to `moment` and wake who waited for it."""
        if isinstance(self.source, SteppedClock):
            self.source.advance_to(moment)
        if isinstance(self.housekeeping, Housekeeping):
            self.housekeeping.wake()
