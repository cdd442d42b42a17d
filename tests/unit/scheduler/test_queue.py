"""Order, rest, back-off, waking."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kubewheel.libs.clock import SteppedClock
from kubewheel.reconcile.timers import Timers
from kubewheel.scheduler.plugins.plugin import Change
from kubewheel.scheduler.queue import Entry, Queue
from kubewheel.scheduler.settings import SchedulerSettings
from tests.unit.scheduler.conftest import pod

WAKES = {"Fit": frozenset({Change.POD_GONE}), "Ports": frozenset({Change.NODE_ADDED})}
FIT = frozenset({"Fit"})


class Bench:
    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.timers = Timers(self.clock)
        self.queue = Queue(self.clock, self.timers, SchedulerSettings(), WAKES)

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for _ in range(5):
            await asyncio.sleep(0)

    async def take(self) -> Entry:
        async with asyncio.timeout(1):
            return await self.queue.take()

    async def is_empty(self) -> bool:
        try:
            async with asyncio.timeout(0):
                await self.queue.take()
        except TimeoutError:
            return True
        return False


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    task = asyncio.get_running_loop().create_task(made.timers.run())
    await asyncio.sleep(0)
    yield made
    task.cancel()


async def test_priority_then_age(bench: Bench) -> None:
    for name, priority in (("a", 0), ("b", 5), ("c", 0)):
        bench.queue.add(pod(name, priority=priority))
        await bench.pass_time(1)
    assert [(await bench.take()).pod.name for _ in range(3)] == ["b", "a", "c"]


async def test_take_waits_for_a_pod(bench: Bench) -> None:
    async with asyncio.TaskGroup() as group:
        taking = group.create_task(bench.take())
        await asyncio.sleep(0)
        bench.queue.add(pod("a"))
    assert taking.result().pod.name == "a"


@pytest.mark.parametrize(("refusers", "change", "wakes"), [
    (FIT, Change.POD_GONE, True), (FIT, Change.NODE_ADDED, False),
    (frozenset({"Fit", "Ports"}), Change.NODE_ADDED, True),
])
async def test_change_wakes_those_whom_it_may_help(
    bench: Bench, refusers: frozenset[str], change: Change, wakes: bool
) -> None:
    bench.queue.add(pod("a"))
    bench.queue.refused(await bench.take(), refusers)
    await bench.pass_time(20)
    bench.queue.changed(change)
    assert await bench.is_empty() != wakes


async def test_back_off_doubles_up_to_ten_seconds(bench: Bench) -> None:
    bench.queue.add(pod("a"))
    for delay in (1, 2, 4, 8, 10, 10):
        bench.queue.refused(await bench.take(), FIT)
        bench.queue.changed(Change.POD_GONE)
        await bench.pass_time(delay - 0.1)
        assert await bench.is_empty()
        assert bench.queue.idle
        await bench.pass_time(0.2)
        assert not bench.queue.idle


async def test_nobody_rests_longer_than_five_minutes(bench: Bench) -> None:
    bench.queue.add(pod("a"))
    bench.queue.refused(await bench.take(), FIT)
    await bench.pass_time(299)
    assert await bench.is_empty()
    await bench.pass_time(2)
    assert (await bench.take()).pod.name == "a"


async def test_failure_is_tried_again_by_itself(bench: Bench) -> None:
    bench.queue.add(pod("a"))
    entry = await bench.take()
    bench.queue.placed(entry)
    assert bench.queue.idle
    bench.queue.failed(entry)
    await bench.pass_time(1)
    assert await bench.take() is entry


async def test_removed_pod_does_not_come_back(bench: Bench) -> None:
    bench.queue.add(pod("a"))
    bench.queue.add(pod("b"))
    bench.queue.remove("ns-a")
    entry = await bench.take()
    assert entry.pod.name == "b"
    bench.queue.remove("ns-b")
    bench.queue.failed(entry)
    bench.queue.refused(entry, FIT)
    await bench.pass_time(600)
    assert await bench.is_empty()
    assert len(bench.queue) == 0


async def test_change_of_the_pod_itself_wakes_it(bench: Bench) -> None:
    bench.queue.add(pod("a"))
    bench.queue.refused(await bench.take(), FIT)
    await bench.pass_time(5)
    bench.queue.add(pod("a", status={"phase": "Pending"}))
    assert await bench.is_empty()
    changed = pod("a", tolerations=[{"operator": "Exists"}])
    bench.queue.add(changed)
    assert (await bench.take()).pod is changed
