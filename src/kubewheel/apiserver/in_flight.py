"""Limits without priorities: no more requests at once than the settings allow; more are told to come back.

Requests that last as long as their client wants, and those of the server's own process, are not counted.
"""

from collections.abc import Iterator

from kubewheel.api import errors
from kubewheel.apiserver.authz.authorizer import MASTERS
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.libs.wire import Response

RETRY_SECONDS = 1


class MaxInFlight:
    """Counts requests in flight, reads and writes apart."""

    def __init__(self, max_reads: int, max_writes: int) -> None:
        self.reads = 0
        self.writes = 0
        self._max_reads = max_reads
        self._max_writes = max_writes

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Let the request pass, or refuse it with 429."""
        info = exchange.info
        if exchange.in_memory or info.is_long_running or MASTERS in exchange.identity.groups:
            return await handle(exchange)
        return await (self._read(exchange, handle) if info.is_read else self._write(exchange, handle))

    def lines(self) -> Iterator[str]:
        """Yield metrics of its own: none."""
        yield from ()

    async def _read(self, exchange: Exchange, handle: Handler) -> Response:
        if self.reads >= self._max_reads > 0:
            raise too_many()
        self.reads += 1
        try:
            return await handle(exchange)
        finally:
            self.reads -= 1

    async def _write(self, exchange: Exchange, handle: Handler) -> Response:
        if self.writes >= self._max_writes > 0:
            raise too_many()
        self.writes += 1
        try:
            return await handle(exchange)
        finally:
            self.writes -= 1


def too_many() -> errors.StatusError:
    """Return the 429 that sends a client away for a moment."""
    return errors.too_many_requests("Too many requests, please try again later.", RETRY_SECONDS)
