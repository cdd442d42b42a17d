"""Keeps components running: one that fails is started again, the others go on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from kubewheel.libs import tasks
from kubewheel.libs.clock import Clock

DELAYS_SECONDS = (0.2, 1.0, 5.0, 15.0, 30.0)
STEADY_SECONDS = 60.0  # Who ran this long starts over with the shortest delay.
RUNNING = "running"
log = logging.getLogger(__name__)


class Supervisor:
    """Runs components in `group`; `states` says of each by name how it is, `changed` is set when that changes."""

    def __init__(self, group: asyncio.TaskGroup, clock: Clock) -> None:
        self._group = group
        self._clock = clock
        self.states: dict[str, str] = {}
        self.changed = asyncio.Event()

    def keep(self, name: str, component: Callable[[], Awaitable[None]]) -> None:
        """Run `component` for ever; whatever it raises is logged once and followed by a new start after a delay."""
        tasks.create_task(self._group, self._keep(name, component), name=name)

    async def _keep(self, name: str, component: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while True:
            started = self._clock.monotonic()
            self._say(name, RUNNING)
            reason = "ended by itself"
            try:
                await component()
                log.error("%s ended by itself, starting it again", name)
            except Exception as error:
                reason = _reason(error)
                log.exception("%s failed, starting it again", name)
            if self._clock.monotonic() - started > STEADY_SECONDS:
                failures = 0
            self._say(name, f"failed: {reason}")
            await self._clock.sleep(DELAYS_SECONDS[min(failures, len(DELAYS_SECONDS) - 1)])
            failures += 1

    def _say(self, name: str, state: str) -> None:
        if self.states.get(name) != state:
            self.states[name] = state
            self.changed.set()


async def keep_one(name: str, component: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Run one component for ever, started again whenever it fails."""
    async with asyncio.TaskGroup() as group:
        Supervisor(group, clock).keep(name, component)


def _reason(error: BaseException) -> str:
    """Return the first plain error in a group of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
