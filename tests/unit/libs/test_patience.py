"""Work that may not keep a thread which serves others."""

import asyncio
import threading
import time

import pytest

from kubewheel.libs.patience import SECONDS, Lengthy, Patience, unhurried


def work(patience: Patience) -> str:
    begun = time.thread_time()
    while time.thread_time() - begun < SECONDS * 1.5:
        patience.turn()
    return threading.current_thread().name


def test_a_thread_of_its_own_has_time() -> None:
    assert work(Patience()) == threading.main_thread().name


async def test_a_thread_with_a_loop_has_not() -> None:
    begun = time.thread_time()
    with pytest.raises(Lengthy):
        work(Patience())
    assert time.thread_time() - begun < SECONDS * 1.4


async def test_work_is_begun_anew_elsewhere() -> None:
    assert await unhurried(lambda: work(Patience())) != threading.current_thread().name
    assert await unhurried(lambda: threading.current_thread().name) == threading.current_thread().name


async def test_failures_come_through() -> None:
    def fail() -> None:
        work(Patience())
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await asyncio.wait_for(unhurried(fail), 10)
