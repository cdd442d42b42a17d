"""Batches: many like writes, slowly at first, so that a template that always fails costs one request, not hundreds."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from kubewheel.api.errors import StatusError
from kubewheel.libs import tasks

FIRST_BATCH = 1

T = TypeVar("T")


async def slow_start(count: int, work: Callable[[int], Awaitable[object]]) -> tuple[int, Exception | None]:
    """Call `work(0)`, … `work(count - 1)` in batches of 1, 2, 4…; after a batch with a failure stop.

    Return how many succeeded and the first failure.
    """
    done, successes, size = 0, 0, FIRST_BATCH
    while done < count:
        batch = range(done, min(done + size, count))
        failures = await together([functools.partial(work, number) for number in batch])
        successes += len(batch) - len(failures)
        if failures:
            return successes, failures[0]
        done += len(batch)
        size *= 2
    return successes, None


async def together(calls: Sequence[Callable[[], Awaitable[object]]]) -> list[Exception]:
    """Make all calls at once, wait for all of them, and return the refusals and broken connections."""
    failures: list[Exception] = []

    async def one(call: Callable[[], Awaitable[object]]) -> None:
        try:
            await call()
        except (StatusError, OSError) as error:
            failures.append(error)

    if len(calls) == 1:
        await one(calls[0])
        return failures
    async with asyncio.TaskGroup() as group:
        for call in calls:
            tasks.create_task(group, one(call), name="batch")
    return failures


async def each(items: Sequence[T], work: Callable[[T], Awaitable[object]]) -> list[Exception]:
    """Call `work` for all items at once; see `together`."""
    return await together([functools.partial(work, item) for item in items])
