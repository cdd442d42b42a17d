"""A few thousand requests that nobody sends on purpose: no 500, no traceback, no hang. `make fuzz` sends many more."""

import pytest

from tests.fuzz import __main__ as fuzz

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2])
async def test_odd_requests(seed: int) -> None:
    tally = await fuzz.run(4_000, seed)
    assert "\n".join(map(str, tally.faults[:3])) == ""
    assert tally.count >= 4_000
    assert min(tally.codes[200], tally.codes[201], tally.codes[422]) > 50, tally.codes  # Much of it gets far.


async def test_bytes_that_are_hardly_http() -> None:
    tally = await fuzz.run(0, 3, raw=600)
    assert "\n".join(map(str, tally.faults[:3])) == ""
