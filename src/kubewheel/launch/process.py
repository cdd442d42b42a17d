"""The event loop of a process: the fastest there is, ended by a signal."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

LOG_FORMAT = "%(asctime)s %(levelname).1s %(name)s: %(message)s"


def run_until_signal(work: Coroutine[Any, Any, None], name: str) -> None:
    """Run `work` until it ends, or until SIGTERM or SIGINT cancels it."""
    # Long-lived objects make up most of the heap; looking through them for cycles often is wasted time.
    gc.set_threshold(20_000, 20, 50)
    try:
        import uvloop
    except ImportError:
        runner = asyncio.Runner()
    else:
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)

    async def all_of_it() -> None:
        loop = asyncio.get_running_loop()
        await _until_signal(loop.create_task(work, name=name))

    with runner:
        runner.run(all_of_it())


async def _until_signal(work: asyncio.Task[None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    with suppress(asyncio.CancelledError):
        await work
