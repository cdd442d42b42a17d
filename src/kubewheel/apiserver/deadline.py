"""Deadlines: a write that takes too long is given up, and the client told so; reads never wait for anything."""

import asyncio

from kubewheel.api import errors
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.libs.wire import Response

MESSAGE = "request did not complete within the allotted timeout"


class Deadline:
    """Gives requests at most so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Pass the request on; raise 504 when its time is over."""
        if exchange.info.is_read or exchange.info.is_long_running:
            return await handle(exchange)
        try:
            async with asyncio.timeout(self._seconds) as limit:
                return await handle(exchange)
        except TimeoutError:
            if not limit.expired():
                raise
            raise errors.timeout(MESSAGE) from None
