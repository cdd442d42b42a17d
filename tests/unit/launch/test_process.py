"""The event loop of a process."""

import asyncio
import os
import signal

from kubewheel.launch import process


def test_a_signal_ends_the_work_in_order():
    ended = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(True)

    process.run_until_signal(work(), "work")
    assert ended == [True]


def test_work_may_end_by_itself():
    async def work() -> None:
        await asyncio.sleep(0)

    process.run_until_signal(work(), "work")
