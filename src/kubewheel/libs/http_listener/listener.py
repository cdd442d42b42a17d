"""The listener: its socket, its deadlines, its end."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from email.utils import formatdate

from kubewheel.libs.http_listener.connection import Handler, Limits, ServerConnection, Site
from kubewheel.libs.wire import Response

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0


def plain_too_large(limit: int) -> Response:
    """Return a 413 in plain text."""
    return Response(status=413, body=f"request body is larger than {limit} bytes\n".encode())


class Listener:
    """Listens on one address."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.connections: set[ServerConnection] = set()
        self.closing = False
        self._server: asyncio.Server | None = None
        self._scope = AsyncExitStack()
        self._sweeper: asyncio.TimerHandle | None = None
        self._date = (0, "")
        self._departed = asyncio.Event()

    async def start(
        self, handler: Handler, *, host: str | list[str], port: int, ssl_context: ssl.SSLContext | None = None,
        max_body: int = 3 * 1024 * 1024, too_large: Callable[[int], Response] = plain_too_large,
    ) -> None:
        """Listen on `host` and `port` (0: any free one) and answer with `handler` until `close`."""
        loop = asyncio.get_running_loop()
        # The group spans start to close: connections come from the event loop, not from a task that could hold it.
        group = await self._scope.enter_async_context(asyncio.TaskGroup())
        site = Site(self, handler, group, max_body, too_large)
        handshake = self.limits.handshake_seconds if ssl_context else None
        try:
            self._server = await loop.create_server(
                lambda: ServerConnection(site), host, port, ssl=ssl_context, backlog=1024,
                ssl_handshake_timeout=handshake,
            )
        except BaseException:
            await self._scope.aclose()
            raise
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._server is not None, "not started"
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, grace_seconds: float = 5.0) -> None:
        """Stop listening, end streams, and close every connection once its request is answered or grace is over."""
        self.closing = True
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.retire()
        try:
            async with asyncio.timeout(grace_seconds):
                while self.connections:
                    self._departed.clear()
                    await self._departed.wait()
        except TimeoutError:
            log.warning("requests cut off", extra={"count": len(self.connections)})
        for connection in tuple(self.connections):
            connection.stop()
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self._scope.aclose()

    def arrive(self, connection: ServerConnection) -> None:
        """Count a new connection."""
        self.connections.add(connection)

    def depart(self, connection: ServerConnection) -> None:
        """Forget a connection that has ended."""
        self.connections.discard(connection)
        self._departed.set()

    def date(self) -> str:
        """Return the time as HTTP writes it."""
        now = int(time.time())
        if now != self._date[0]:
            self._date = (now, formatdate(now, usegmt=True))
        return self._date[1]

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in tuple(self.connections):
            if connection.deadline < now:
                connection.expire()
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)
