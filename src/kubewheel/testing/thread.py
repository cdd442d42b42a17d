"""A thread with an event loop: where a cluster lives whose users are synchronous, or have a loop of their own."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from kubewheel.api.errors import StatusError
from kubewheel.testing.settling import NotSettled

__tracebackhide__ = True  # Of pytest: what is wrong with a test is in the test.
ANSWERS = (StatusError, NotSettled)
T = TypeVar("T")


class LoopThread:
    """An event loop in a thread of its own, from `start` to `stop`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        # A daemon: a test run that is interrupted must be able to end.
        self._thread = threading.Thread(target=self._run, name="kubewheel", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the loop runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    def stop(self) -> None:
        """End loop and thread; repeatable."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def submit(self, work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
        """Start `work` on the loop."""
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("the cluster does not run: it has not been started yet, or has been stopped")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` comes to; raise RuntimeError in the thread itself, which would wait for ever."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the cluster's own thread cannot wait for the cluster: scripts and conditions decide by "
                               "what they are given")
        future = self.submit(work)
        try:
            concurrent.futures.wait((future,))
        except BaseException:  # The test was interrupted.
            future.cancel()
            raise
        error = future.exception()
        if isinstance(error, ANSWERS):
            raise error.with_traceback(None)  # How the cluster came to its answer is none of the test's business.
        if error is not None:
            raise error
        return future.result()

    def call(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Return what a plain function returns that must run on the loop."""

        async def called() -> T:
            return function(*arguments, **named)

        return self.wait(called())
