"""How large values can be, in numbers of 64 bits: what is larger counts as the largest."""

import math
from collections.abc import Callable
from dataclasses import dataclass

TOP = 2**64 - 1
ELEMENT, INDEX, KEY, VALUE = "@items", "@indices", "@keys", "@values"
Path = tuple[str, ...]


def add(*costs: int) -> int:
    """Return a sum."""
    return min(sum(costs), TOP)


def times(left: int, right: int) -> int:
    """Return a product."""
    return min(left * right, TOP)


def share(value: int, factor: float) -> int:
    """Return a multiple, rounded up."""
    return min(math.ceil(float(value) * factor), TOP)


@dataclass(frozen=True, slots=True)
class Size:
    """How many characters, bytes, elements or entries a value has, at least and at most."""

    low: int
    high: int

    @classmethod
    def exactly(cls, size: int) -> "Size":
        """Return a size that is known."""
        return cls(size, size)

    def plus(self, other: "Size") -> "Size":
        """Return the size of both together."""
        return Size(add(self.low, other.low), add(self.high, other.high))

    def times(self, other: "Size") -> "Size":
        """Return the size of as many values as this says, of the other size."""
        return Size(times(self.low, other.low), times(self.high, other.high))

    def union(self, other: "Size") -> "Size":
        """Return the size of a value that is one or the other."""
        return Size(min(self.low, other.low), max(self.high, other.high))

    def cost(self, factor: float) -> int:
        """Return what going through the value costs at most."""
        return share(self.high, factor)


UNKNOWN, ONE = Size(0, TOP), Size(1, 1)
SizeAt = Callable[[Path], Size | None]
"""Says how large the value at a path can be, None if nothing is known. A path is a variable, then fields, `ELEMENT`…"""
