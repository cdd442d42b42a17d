"""Sets of completion indexes, kept as intervals: a Job may have 100,000 of them. Pure."""

import bisect
from collections.abc import Iterable, Iterator

Interval = tuple[int, int]


class Indexes:
    """An immutable set of indexes."""

    __slots__ = ("intervals",)

    def __init__(self, intervals: Iterable[Interval] = ()) -> None:
        self.intervals = tuple(_merged(sorted(intervals)))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Indexes":
        """Return the set of `numbers`."""
        return cls((number, number) for number in numbers)

    @classmethod
    def parse(cls, text: str, completions: int) -> "Indexes":
        """Return the set that `text` names, below `completions`; parts that cannot be read are left out."""
        return cls(_parsed(text, completions))

    def __or__(self, other: "Indexes") -> "Indexes":
        return Indexes((*self.intervals, *other.intervals))

    def __and__(self, other: "Indexes") -> "Indexes":
        return Indexes(_common(self.intervals, other.intervals))

    def __contains__(self, number: int) -> bool:
        place = bisect.bisect_right(self.intervals, number, key=lambda interval: interval[0])
        return place > 0 and number <= self.intervals[place - 1][1]

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.intervals)

    def __str__(self) -> str:
        return ",".join(_written(first, last) for first, last in self.intervals)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Indexes) and self.intervals == other.intervals

    def __hash__(self) -> int:
        return hash(self.intervals)

    def missing(self, count: int, completions: int) -> list[int]:
        """Return the first `count` indexes below `completions` that are not in the set."""
        found: list[int] = []
        candidate = 0
        for first, last in (*self.intervals, (completions, completions)):
            found.extend(range(candidate, min(first, completions, candidate + count - len(found))))
            if len(found) >= count:
                break
            candidate = max(candidate, last + 1)
        return found


def _written(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first},{last}" if last == first + 1 else f"{first}-{last}"


def _merged(ordered: Iterable[Interval]) -> Iterator[Interval]:
    current: Interval | None = None
    for first, last in ordered:
        if current is None:
            current = first, last
        elif first <= current[1] + 1:
            current = current[0], max(current[1], last)
        else:
            yield current
            current = first, last
    if current is not None:
        yield current


def _parsed(text: str, completions: int) -> Iterator[Interval]:
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        if first.isdecimal() and (last or first).isdecimal() and int(first) < completions:
            yield int(first), min(int(last or first), completions - 1)


def _common(some: tuple[Interval, ...], others: tuple[Interval, ...]) -> Iterator[Interval]:
    one = other = 0
    while one < len(some) and other < len(others):
        first, last = max(some[one][0], others[other][0]), min(some[one][1], others[other][1])
        if first <= last:
            yield first, last
        if some[one][1] < others[other][1]:
            one += 1
        else:
            other += 1
