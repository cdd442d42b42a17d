"""The work queue and its timers."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kubewheel.libs import tasks
from kubewheel.libs.clock import SteppedClock
from kubewheel.reconcile.queue import Queue
from kubewheel.reconcile.timers import Timers


@pytest.fixture
async def timers(clock: SteppedClock) -> AsyncIterator[Timers]:
    made = Timers(clock)
    async with asyncio.TaskGroup() as group:
        task = tasks.create_task(group, made.run(), name="timers")
        await settle()
        yield made
        task.cancel()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_each_key_once_in_order(timers: Timers) -> None:
    queue: Queue[str] = Queue(timers)
    for key in "abab":
        queue.add(key)
    assert [await queue.take(), await queue.take()] == ["a", "b"]
    assert len(queue) == 2
    queue.done("a")
    queue.done("b")
    assert queue.idle


async def test_key_added_during_work_comes_again_afterwards(timers: Timers) -> None:
    queue: Queue[str] = Queue(timers)
    queue.add("a")
    key = await queue.take()
    queue.add("a")
    async with asyncio.TaskGroup() as group:
        other = tasks.create_task(group, queue.take(), name="other worker")
        await settle()
        assert not other.done()
        queue.done(key)
        assert await other == "a"
    queue.done("a")
    assert queue.idle


async def test_back_off_doubles_up_to_the_limit(timers: Timers) -> None:
    queue: Queue[str] = Queue(timers)
    delays = [queue.add_failed("a") for _ in range(25)]
    assert delays[:4] == [0.005, 0.01, 0.02, 0.04]
    assert delays[-1] == 1000.0
    assert queue.retrying == 1
    queue.forget("a")
    assert queue.add_failed("a") == 0.005


async def test_earliest_delay_wins(timers: Timers, clock: SteppedClock) -> None:
    queue: Queue[str] = Queue(timers)
    queue.add_after("a", 10)
    queue.add_after("a", 2)
    queue.add_after("a", 30)
    await settle()
    assert queue.idle
    clock.advance(1.9)
    await settle()
    assert queue.idle
    clock.advance(0.2)
    await settle()
    assert await queue.take() == "a"
    queue.done("a")
    clock.advance(100)
    await settle()
    assert queue.idle


async def test_timers_fire_in_order_and_can_be_cancelled(timers: Timers, clock: SteppedClock) -> None:
    fired: list[int] = []
    timers.call_later(3, lambda: fired.append(3))
    second = timers.call_later(2, lambda: fired.append(2))
    timers.call_later(1, lambda: fired.append(1))
    await settle()
    second.cancel()
    clock.advance(1)
    await settle()
    assert fired == [1]
    assert timers.next_deadline == clock.now() + 2
    clock.advance(5)
    await settle()
    assert fired == [1, 3]
    assert timers.next_deadline is None
