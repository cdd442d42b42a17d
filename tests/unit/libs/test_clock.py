"""Clocks that stand still until stepped."""

import asyncio

import pytest

from kubewheel.libs import clock


async def test_sleepers_wake_in_order_of_their_deadlines():
    stepped = clock.SteppedClock(start=100.0)
    woken = []

    async def sleep(seconds):
        await stepped.sleep(seconds)
        woken.append((seconds, stepped.now()))

    async with asyncio.TaskGroup() as group:
        for seconds in (3, 1, 2):
            group.create_task(sleep(seconds))
        await asyncio.sleep(0)
        assert stepped.next_deadline() == 101.0
        stepped.advance(2)
        await asyncio.sleep(0)
        assert [seconds for seconds, _ in woken] == [1, 2]
        stepped.advance(1)
    assert woken[-1] == (3, 103.0)
    assert stepped.next_deadline() is None


async def test_a_cancelled_sleeper_leaves_no_deadline():
    stepped = clock.SteppedClock()
    sleeper = asyncio.get_running_loop().create_task(stepped.sleep(5))
    await asyncio.sleep(0)
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    assert stepped.next_deadline() is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0.0, "1970-01-01T00:00:00Z", id="epoch"),
        pytest.param(1_800_000_000.9, "2027-01-15T08:00:00Z", id="cut"),
    ],
)
def test_rfc3339(seconds, text):
    assert clock.rfc3339(seconds) == text
    assert clock.parse_rfc3339(text) == int(seconds)


def test_rfc3339_micro_keeps_microseconds():
    assert clock.rfc3339_micro(1.25) == "1970-01-01T00:00:01.250000Z"


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="without zone"):
        clock.parse_rfc3339("2027-01-15T08:00:00")
