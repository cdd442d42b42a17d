"""One client's connection: requests in, answers out, and the take-over of an upgraded one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import orjson

from kubewheel.libs import http1
from kubewheel.libs.connections import SocketStream, keep_alive
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Request, Response, WatchEvent

Handler = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)

BODYLESS = (204, 304)
NEVER = float("inf")
PIECE_BYTES = 64 * 1024  # Of large answers.


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask of the listener; times in seconds."""

    head_bytes: int = 1 << 20  # As much as upstream's server takes.
    head_seconds: float = 32.0
    body_seconds: float = 60.0
    send_seconds: float = 600.0  # For taking an answer that is not a stream.
    idle_seconds: float = 120.0  # Clients of upstream's library give up idle connections after 90.
    handshake_seconds: float = 10.0
    linger_seconds: float = 30.0  # For an upgrade's handler once its client is gone.
    discard_bytes: int = 16 << 20  # Of a refused body, so that the client gets to read the refusal.


class Owner(Protocol):
    """What a connection asks of its listener."""

    limits: Limits
    closing: bool

    def arrive(self, connection: "ServerConnection") -> None:
        """Count a new connection."""
        ...

    def depart(self, connection: "ServerConnection") -> None:
        """Forget a connection that has ended."""
        ...

    def date(self) -> str:
        """Return the time as HTTP writes it."""
        ...


@dataclass(frozen=True, slots=True)
class Site:
    """What all connections of a listener share."""

    listener: Owner
    handler: Handler
    group: asyncio.TaskGroup
    max_body: int
    too_large: Callable[[int], Response]


class _TooLarge(Exception):
    """The request's body is larger than the site takes."""


class ServerConnection(SocketStream):
    """One client's connection and the task that serves it."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.deadline = NEVER
        self._site = site
        self._limits = site.listener.limits
        self._task: asyncio.Task[None] | None = None
        self._idle = True  # Between requests.
        self._answered = False  # The answer to the request has begun.
        self._streaming = False
        self._upgraded = False
        self._peer_certificate: bytes | None = None
        self._peer_address = ""
        self._last_block = b""
        self._last_headers = http1.Headers()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._site.listener.closing:
            self.abort()
            return
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self._peer_certificate = tls.getpeercert(binary_form=True)
        peer = transport.get_extra_info("peername")
        self._peer_address = str(peer[0]) if isinstance(peer, tuple) else ""
        keep_alive(transport)
        self._site.listener.arrive(self)
        self._task = create_task(self._site.group, self._serve(), name=f"http {self._peer_address}")

    def eof_received(self) -> bool:
        if not self._idle and not self._upgraded:
            self.stop()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._upgraded:  # Its handler sees the end of the stream, and gets time to act on it.
            self.deadline = self.loop.time() + self._limits.linger_seconds
        elif not self._idle:
            self.stop()

    def stop(self) -> None:
        """End the connection's task."""
        if self._task is not None:
            self._task.cancel()

    def retire(self) -> None:
        """End the connection once its request is answered; a stream or an upgrade is ended at once."""
        if self._idle or self._streaming or self._upgraded:
            self.stop()

    def expire(self) -> None:
        """End the connection because its client let the deadline pass."""
        self.deadline = NEVER
        self.stop()

    async def _serve(self) -> None:
        try:
            while await self._exchange():
                pass
        except http1.Malformed as error:
            await self._refuse(error.status, str(error))
        except (ConnectionError, TimeoutError):
            pass  # The client is gone: nobody is left to be told.
        except Exception:  # The outermost border: one broken request must not end the server.
            log.exception("request failed", extra={"peer": self._peer_address})
            await self._refuse(500, "internal error")
        finally:
            self._site.listener.depart(self)
            if self.transport is not None:
                self.transport.close()

    async def _exchange(self) -> bool:
        """Serve one request; tell whether another may follow."""
        loop = self.loop
        self._idle = True
        self._answered = False
        self.deadline = loop.time() + (self._limits.idle_seconds if self._last_block else self._limits.head_seconds)
        if not self.buffer:
            if self._site.listener.closing or self.ended:
                return False
            await self.more()
            self.deadline = loop.time() + self._limits.head_seconds
        raw = await self.read_head(self._limits.head_bytes)
        if raw is None:
            return False
        raw = raw.lstrip(b"\r\n")
        if not raw:
            return True
        head = self._parse(raw)
        try:
            body = await self._read_body(head)
        except _TooLarge:
            await self._respond(head, self._site.too_large(self._site.max_body), keep_alive=False)
            await self._discard()
            return False
        self.deadline = NEVER
        self._idle = False
        if self.ended:
            return False
        return await self._handle(head, body)

    def _parse(self, raw: bytes) -> http1.RequestHead:
        end = raw.find(b"\r\n")
        line, block = (raw, b"") if end < 0 else (raw[:end], raw[end:])
        method, path, query, minor = http1.parse_request_line(line)
        # Most clients send the same headers with each request of a connection.
        if block != self._last_block or not block:
            self._last_headers = http1.parse_headers(block)
            self._last_block = block or b"\r\n"
            if minor == 1 and "host" not in self._last_headers:
                self._last_block = b"\r\n"
                raise http1.Malformed("missing Host header")
        return http1.RequestHead(method, path, query, self._last_headers, minor)

    async def _read_body(self, head: http1.RequestHead) -> bytes | None:
        headers = head.headers
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return None
        length = http1.body_length(headers)
        if length == 0 or length is None:
            return None
        limit = self._site.max_body
        if length > limit:
            raise _TooLarge
        if headers.get("expect", "").lower() == "100-continue" and not self.buffer:
            await self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.deadline = self.loop.time() + self._limits.body_seconds
        if length != http1.CHUNKED:
            return await self.read_exactly(length)
        body = bytearray()
        while size := await http1.read_chunk_size(self):
            if len(body) + size > limit:
                raise _TooLarge
            body += await self.read_exactly(size)
            await http1.end_chunk(self)
        return bytes(body)

    async def _discard(self) -> None:
        """Read away what the client still sends, so that closing does not destroy the answer on its way."""
        self.deadline = self.loop.time() + self._limits.idle_seconds
        left = self._limits.discard_bytes
        while left > 0 and (data := await self.read_some(1 << 20)):
            left -= len(data)

    async def _handle(self, head: http1.RequestHead, body: bytes | None) -> bool:
        raw_path, raw_query = head.raw_path, head.raw_query
        request = Request(
            head.method, raw_path if raw_path.isascii() and "%" not in raw_path else http1.decode_path(raw_path),
            http1.decode_query(raw_query) if raw_query else {}, head.headers, body,
            None, self._peer_certificate, self._peer_address,
        )
        response = await self._site.handler(request)
        self._answered = True
        if response.upgrade is not None:
            await self._upgrade(response)
            return False
        keep_alive = head.keep_alive and not self._site.listener.closing
        return await self._respond(head, response, keep_alive=keep_alive)

    async def _upgrade(self, response: Response) -> None:
        assert response.upgrade is not None
        self._upgraded = True
        await self.write(http1.encode_response_head(response.status, response.headers))
        await response.upgrade(self)

    async def _respond(self, head: http1.RequestHead, response: Response, *, keep_alive: bool) -> bool:
        headers = {name: value for name, value in response.headers.items() if name.lower() not in _OURS}
        headers["Date"] = self._site.listener.date()
        chunks = _chunks(response)
        if chunks is not None:
            return await self._stream(head, response, headers, chunks, keep_alive=keep_alive)
        content = _content(response)
        if response.status not in BODYLESS:
            headers["Content-Length"] = str(len(content))
        if response.object is not None or response.encoded is not None:
            _default_type(headers)
        if not keep_alive:
            headers["Connection"] = "close"
        elif head.minor == 0:
            headers["Connection"] = "keep-alive"
        data = http1.encode_response_head(response.status, headers)
        self.deadline = self.loop.time() + self._limits.send_seconds
        if head.method == "HEAD" or response.status in BODYLESS:
            content = b""
        if len(content) <= PIECE_BYTES:
            await self.write(data + content)
        else:
            await self._send_large(data, content)
        return keep_alive

    async def _send_large(self, head: bytes, content: bytes) -> None:
        """Send an answer piece by piece: encryption then needs little memory, and others are served in between."""
        await self.write(head)
        for start in range(0, len(content), PIECE_BYTES):
            await self.write(content[start:start + PIECE_BYTES])

    async def _stream(
        self, head: http1.RequestHead, response: Response, headers: dict[str, str], chunks: AsyncIterator[bytes],
        *, keep_alive: bool,
    ) -> bool:
        chunked = head.minor == 1
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
        if not (keep_alive and chunked):
            headers["Connection"] = "close"
        if response.events is not None:
            _default_type(headers)
        self._streaming = True
        try:
            await self.write(http1.encode_response_head(response.status, headers))
            if head.method != "HEAD":
                await self._send_chunks(chunks, chunked=chunked)
        finally:
            self._streaming = False
            # The source itself: a generator around it that never started would not close it.
            await _close_source(response.events or response.chunks)
        return keep_alive and chunked

    async def _send_chunks(self, chunks: AsyncIterator[bytes], *, chunked: bool) -> None:
        try:
            async for chunk in chunks:
                if not chunk:
                    continue  # An empty chunk would end the stream.
                await self.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
        except asyncio.CancelledError:
            # A stream that the server ends ends properly; one whose client is gone has nobody to tell.
            if chunked and self._site.listener.closing and self.transport is not None and not self.lost:
                self.transport.write(b"0\r\n\r\n")
            raise
        if chunked:
            await self.write(b"0\r\n\r\n")

    async def _refuse(self, status: int, reason: str) -> None:
        if self.lost or self._answered:
            return
        body = f"{status} {http1.REASONS.get(status, '')}: {reason}\n".encode()
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), "Connection": "close"}
        try:
            await self.write(http1.encode_response_head(status, headers) + body)
        except ConnectionError:
            pass


_OURS = frozenset(("connection", "content-length", "date", "transfer-encoding"))


def _content(response: Response) -> bytes:
    if response.encoded is not None:
        return response.encoded
    if response.object is not None:
        return orjson.dumps(response.object)
    return response.body or b""


def _chunks(response: Response) -> AsyncIterator[bytes] | None:
    if response.chunks is not None:
        return response.chunks
    return None if response.events is None else _lines(response.events)


def _default_type(headers: dict[str, str]) -> None:
    if "Content-Type" not in headers and "content-type" not in headers:
        headers["Content-Type"] = "application/json"


async def _lines(events: AsyncIterator[WatchEvent]) -> AsyncIterator[bytes]:
    """Yield each event as the line that goes over the wire."""
    async for event in events:
        line = event.encoded or orjson.dumps({"type": event.type, "object": event.object})
        yield line if line.endswith(b"\n") else line + b"\n"


async def _close_source(source: object) -> None:
    close = getattr(source, "aclose", None)
    if close is not None:
        await close()
