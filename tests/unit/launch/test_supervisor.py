"""Components that fail are started again."""

import asyncio
import itertools

from kubewheel.launch.supervisor import RUNNING, Supervisor
from kubewheel.libs.clock import SteppedClock


async def _turns(count=10):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_failing_component_comes_back_later_each_time():
    clock, starts = SteppedClock(), []

    async def fails():
        starts.append(clock.now())
        raise OSError("no")

    async with asyncio.TaskGroup() as group:
        watched = group.create_task(_supervise(clock, fails, starts))
        await _turns()
        for _ in range(3):
            clock.advance_to(clock.next_deadline())
            await _turns()
        watched.cancel()
    waits = [round(later - earlier, 1) for earlier, later in itertools.pairwise(starts)]
    assert waits == [0.2, 1.0, 5.0]


async def _supervise(clock, component, starts):
    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(group, clock)
        supervisor.keep("part", component)
        await asyncio.get_running_loop().create_future()


async def test_states_say_how_it_is():
    clock = SteppedClock()
    gate = asyncio.Event()

    async def runs_then_fails():
        await gate.wait()
        raise ValueError("broken")

    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(group, clock)
        supervisor.keep("part", runs_then_fails)
        await _turns()
        assert supervisor.states == {"part": RUNNING}
        supervisor.changed.clear()
        gate.set()
        await _turns()
        assert supervisor.states == {"part": "failed: ValueError: broken"}
        assert supervisor.changed.is_set()
        for task in asyncio.all_tasks():
            if task.get_name() == "part":
                task.cancel()
