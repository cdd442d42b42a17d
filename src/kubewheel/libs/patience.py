"""How long work may keep its thread: whoever serves others in between must get their turn.

An evaluation of an expression that takes longer in a thread with an event loop ends with `Lengthy`, and is begun anew
in a thread of its own. That changes nothing about what it comes to: costs limit evaluations, in both.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

SECONDS = 0.05
TURNS = 16  # Between two looks at the clock.
Result = TypeVar("Result")


class Lengthy(Exception):
    """The work takes longer than others may have to wait."""


class Patience:
    """Counts turns of loops, and looks at the clock now and then."""

    __slots__ = ("_left", "_until")

    def __init__(self) -> None:
        self._left = TURNS
        self._until: float | None = None

    def turn(self) -> None:
        """Count a turn; raise Lengthy."""
        self._left -= 1
        if self._left:
            return
        self._left = TURNS
        if self._until is None:
            self._until = _limit()
        elif time.thread_time() > self._until:
            raise Lengthy


def _limit() -> float:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return float("inf")
    return time.thread_time() + SECONDS


async def unhurried(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, which can be done anew: here if it is quick, in a thread of its own if not."""
    try:
        return work()
    except Lengthy:
        return await asyncio.to_thread(work)
