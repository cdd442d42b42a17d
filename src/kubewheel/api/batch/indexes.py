"""Sets of completion indexes in their short notation: `1,3-5,7`."""

import json
from collections.abc import Iterator


def parse(text: str, completions: int) -> list[tuple[int, int]]:
    """Return the intervals that `text` names; raise ValueError with the reason if it cannot be read."""
    found: list[tuple[int, int]] = []
    for part in text.split(",") if text else ():
        interval = _interval(part, completions)
        if found and found[-1][1] >= interval[0]:
            raise ValueError(f"non-increasing order, previous: {found[-1][1]}, current: {interval[0]}")
        found.append(interval)
    return found


def count(intervals: list[tuple[int, int]]) -> int:
    """Return how many indexes `intervals` hold."""
    return sum(last - first + 1 for first, last in intervals)


def first_common(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> int | None:
    """Return the first index that both sides hold, None if there is none."""
    return next(_common(some, others), None)


def _common(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> Iterator[int]:
    for first, last in some:
        for other_first, other_last in others:
            if first <= other_last and other_first <= last:
                yield max(first, other_first)


def _interval(text: str, completions: int) -> tuple[int, int]:
    limits = text.split("-")
    if len(limits) > 2:
        raise ValueError(
            f"the fragment {json.dumps(text)} violates the requirement that an index interval can have at most two "
            "parts separated by '-'"
        )
    first = _index(limits[0])
    if first >= completions:
        raise ValueError(f"too large index: {json.dumps(limits[0])}")
    if len(limits) == 1:
        return first, first
    last = _index(limits[1])
    if last >= completions:
        raise ValueError(f"too large index: {json.dumps(limits[1])}")
    if first >= last:
        raise ValueError(f"non-increasing order, previous: {first}, current: {last}")
    return first, last


def _index(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"cannot convert string to integer for index: {json.dumps(text)}")
    return int(text)
