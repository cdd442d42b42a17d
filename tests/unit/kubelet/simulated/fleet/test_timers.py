"""Many deadlines, one sleeper."""

import asyncio

from kubewheel.kubelet.simulated.fleet.timers import Timers
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.tasks import create_task


def test_keys_wake_in_order_and_once():
    clock = SteppedClock(0)
    timers = Timers(clock)
    for name, at in (("a", 3.0), ("b", 1.0), ("c", 2.0), ("a", 5.0)):
        timers.set(("n", name), at)
    timers.forget(("n", "c"))
    assert timers.take_due(4) == [("n", "b")]
    assert timers.take_due(5) == [("n", "a")]
    assert timers.next_due() is None


async def test_an_earlier_deadline_is_seen_by_a_sleeper():
    clock = SteppedClock(0)
    timers = Timers(clock)
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        waiting = create_task(group, timers.wait(), name="wait")
        await asyncio.sleep(0)
        timers.set(("n", "late"), 100)
        for _ in range(5):
            await asyncio.sleep(0)
        timers.set(("n", "early"), 10)
        for _ in range(5):
            await asyncio.sleep(0)
        clock.advance(10)
        assert await waiting == [("n", "early")]
