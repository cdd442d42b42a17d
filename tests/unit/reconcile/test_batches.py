"""Slow start: a batch doubles only after a batch without failure."""

import pytest

from kubewheel.api import errors
from kubewheel.reconcile import batches


@pytest.mark.parametrize(("count", "bad", "made", "tried"), [
    pytest.param(0, (), 0, 0, id="nothing"),
    pytest.param(10, (), 10, 10, id="all-well"),
    pytest.param(10, (0,), 0, 1, id="first-fails"),
    pytest.param(10, (4,), 6, 7, id="third-batch-fails"),
])
async def test_slow_start(count: int, bad: tuple[int, ...], made: int, tried: int) -> None:
    calls: list[int] = []

    async def work(number: int) -> None:
        calls.append(number)
        if number in bad:
            raise errors.forbidden("", "pods", "", "quota")

    successes, error = await batches.slow_start(count, work)
    assert (successes, len(calls)) == (made, tried)
    assert (error is not None) == bool(bad)


async def test_faults_of_ours_are_not_swallowed() -> None:
    async def work(number: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await batches.slow_start(1, work)
