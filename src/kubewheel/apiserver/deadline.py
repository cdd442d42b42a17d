"""Deadlines: a write that takes too long is given up, and the client told so; reads never wait for anything.

Clients may ask for less time with the parameter `timeout`.
"""

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
        if exchange.info.is_long_running:
            return await handle(exchange)
        asked = _asked_for(exchange)
        if exchange.info.is_read:
            return await handle(exchange)
        try:
            async with asyncio.timeout(min(asked, self._seconds) if asked > 0 else self._seconds) as limit:
                return await handle(exchange)
        except TimeoutError:
            if not limit.expired():
                raise
            raise errors.timeout(MESSAGE) from None


def _asked_for(exchange: Exchange) -> float:
    """Return the seconds that the client gives us, 0 if it does not say; raise 400."""
    text = exchange.request.parameter("timeout") if exchange.request.query else ""
    if not text:
        return 0.0
    from kubewheel.libs.cel.faults import Failure  # Rarely needed.
    from kubewheel.libs.cel.library.times import parse_duration

    try:
        return parse_duration(text).total_seconds()
    except Failure as error:
        raise errors.bad_request(f"invalid timeout specified in the request URL - {error}") from None
