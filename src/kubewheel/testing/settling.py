"""Settling: waits until nothing is left to do, and says what keeps the cluster busy when that does not happen.

Everything in the cluster is driven by events of one loop. It has settled once no queue holds work, no request is
under way, and for some turns of the loop nobody has woken: a change travels from a write through watch and cache to
a queue in fewer turns than that.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kubewheel.testing.clock import Time

QUIET_TURNS = 40
PATIENCE_SECONDS = 0.5  # Of the cluster's time: enough for the first new tries of what was refused.
EAGER_TURNS = 5000  # After so many turns the loop is left to others now and then.
PAUSE_SECONDS = 0.001

Busy = Callable[[], Mapping[str, int]]
Quiet = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Report:
    """What settling came to. `busy` is empty when all is done; `retrying` counts keys that failed the last time."""

    revision: int = 0
    busy: Mapping[str, int] = field(default_factory=dict)
    retrying: int = 0
    failing: Mapping[str, str] = field(default_factory=dict)  # By controller and key: what these keys failed with.
    next_deadline: float | None = None  # The wall time at which something happens by itself.

    @property
    def has_settled(self) -> bool:
        """Whether nothing was left to do."""
        return not self.busy


class NotSettled(AssertionError):
    """The cluster is still at work; `report` says where."""

    def __init__(self, report: Report, seconds: float) -> None:
        listed = ", ".join(f"{name}: {count}" for name, count in report.busy.items()) or "no component, yet tasks wake"
        failing = "".join(f"\n  failing: {name}: {text}" for name, text in report.failing.items())
        super().__init__(f"the cluster has not settled within {seconds:g} s; still at work: {listed}{failing}")
        self.report = report


class Settler:
    """Settles one cluster. `busy` names who has work; `quiet` is for how many real seconds no client has asked."""

    def __init__(self, busy: Busy, quiet: Quiet, report: Callable[[Mapping[str, int]], Report]) -> None:
        self._busy = busy
        self._quiet = quiet
        self._report = report

    async def settle(self, time: Time, patience: float, seconds: float, quiet_seconds: float = 0.0) -> Report:
        """Return once all is done, with time moved by at most `patience` for new tries; raise NotSettled."""
        try:
            async with asyncio.timeout(seconds):
                horizon = time.source.now() + patience
                await self._calm(time, quiet_seconds)
                while (deadline := time.next_deadline()) is not None and deadline < horizon:
                    time.move(deadline)
                    await self._calm(time, quiet_seconds)
        except TimeoutError:
            raise NotSettled(self._report(self._busy() or self._asking(quiet_seconds)), seconds) from None
        return self._report({})

    def _asking(self, quiet_seconds: float) -> Mapping[str, int]:
        return {"clients that go on asking": 1} if self._quiet() < quiet_seconds else {}

    async def _calm(self, time: Time, quiet_seconds: float) -> None:
        calm = turns = 0
        began = asyncio.get_running_loop().time()
        while calm < QUIET_TURNS:
            # In real time work may be on its way through sockets: look less often.
            await asyncio.sleep(PAUSE_SECONDS if turns > EAGER_TURNS or not time.is_stepped else 0)
            turns += 1
            waited = asyncio.get_running_loop().time() - began
            is_calm = not self._busy() and min(self._quiet(), waited) >= quiet_seconds
            calm = calm + 1 if is_calm else 0
            if quiet_seconds and not is_calm:
                await asyncio.sleep(PAUSE_SECONDS)
