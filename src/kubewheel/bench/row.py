"""What a row is, and what it comes to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubewheel.bench.clusters import Bench


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `upstream` is what its servers did beside it; `anchor` what they did on another machine."""

    name: str
    value: float
    unit: str
    anchor: float | None = None
    upstream: float | None = None
    more_is_better: bool = True

    @property
    def ratio(self) -> float | None:
        """How many times better than upstream."""
        other = self.upstream if self.upstream is not None else self.anchor
        if not other or not self.value:
            return None
        return self.value / other if self.more_is_better else other / self.value

    def __str__(self) -> str:
        text = f"{self.name} {number(self.value)}{self.unit}"
        if self.ratio is None:
            return text
        return f"{text} ({self.ratio:.1f}x {'upstream here' if self.upstream is not None else 'the anchor'})"


def number(value: float) -> str:
    """Return a value with as many digits as mean something."""
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `measure` raises Skipped where it cannot run."""

    numbers: tuple[str, ...]
    aim: str
    measure: "Callable[[Bench], Awaitable[list[Figure]]]"
    work: str = field(default="")


class Skipped(Exception):
    """The row cannot be measured here; the message says why."""
