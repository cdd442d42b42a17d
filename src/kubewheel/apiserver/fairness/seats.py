"""Seats: how many requests a priority level may have in the works, and who lends to whom.

Every level keeps a least number of seats for itself. What it would have beyond them, by its share, lies in one pool:
whoever needs it takes it. A seat that becomes free goes first to the waiting level that has the least of its share, so
that lenders get back what they lent as soon as they need it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kubewheel.libs.wire import Object

EXEMPT = "Exempt"
DEFAULT_SHARES = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers of seats of one level: its share, what it never lends, what it may have with what it borrows."""

    nominal: int
    least: int
    most: int


def share(levels: Mapping[str, Object], total: int) -> dict[str, Limits]:
    """Return what each level has of `total` seats, by the specs of all levels."""
    parts = {name: _part(spec) for name, spec in levels.items()}
    whole = sum(int(part.get("nominalConcurrencyShares", DEFAULT_SHARES)) for part in parts.values())
    return {name: _limits(part, whole, total) for name, part in parts.items()}


def _part(spec: Object) -> Mapping[str, Any]:
    if spec.get("type") == EXEMPT:
        return {"nominalConcurrencyShares": 0, **(spec.get("exempt") or {})}
    return spec.get("limited") or {}


def _limits(part: Mapping[str, Any], whole: int, total: int) -> Limits:
    shares = int(part.get("nominalConcurrencyShares", DEFAULT_SHARES))
    nominal = math.ceil(total * shares / whole) if whole else 0
    least = nominal - _percent(nominal, int(part.get("lendablePercent") or 0))
    borrowing = part.get("borrowingLimitPercent")
    most = total if borrowing is None else nominal + _percent(nominal, int(borrowing))
    return Limits(nominal, least, max(nominal, most))


def _percent(seats: int, percent: int) -> int:
    """Return so many percent of `seats`; halves are rounded up."""
    return (seats * percent + 50) // 100


class Hungry(Protocol):
    """A level that has requests waiting."""

    limits: Limits
    in_use: int

    def feed(self) -> None:
        """Let requests in for which there is room."""
        ...


class Pool:
    """The seats that are lent and borrowed, and the levels that wait for any."""

    def __init__(self) -> None:
        self.size = 0
        self.used = 0
        self._hungry: dict[Hungry, None] = {}

    def resize(self, limits: Iterable[Limits]) -> None:
        """Set the size: what all levels would have beyond what they keep."""
        self.size = sum(each.nominal - each.least for each in limits)

    def want(self, level: Hungry, *, waits: bool) -> None:
        """Remember whether `level` has requests waiting."""
        if waits:
            self._hungry[level] = None
        else:
            self._hungry.pop(level, None)

    def feed(self) -> None:
        """Give room to those who wait, first to who has the least of its share."""
        if self._hungry:
            for level in sorted(self._hungry, key=_fullness):
                level.feed()


def _fullness(level: Hungry) -> float:
    return level.in_use / max(1, level.limits.nominal)
