"""Byte streams: over a socket, and as a connected pair in memory; and the splice of two of them.

`SocketStream` is what both sides of HTTP read from and what an upgraded request takes over: bytes that arrived early
stay in its buffer, a full buffer stops the socket, a slow peer stops `write`.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from kubewheel.libs.http1 import Malformed
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Connection

HIGH_WATER = 256 * 1024  # Bytes buffered for a reader before the socket is stopped.
CLOSE_SECONDS = 5.0  # How long `close` waits for the last bytes to leave.


class EndOfStream(ConnectionError):
    """The peer ended the stream in the middle of something."""


class HalfClosable(Protocol):
    """A connection whose sending direction can be closed alone."""

    async def write_eof(self) -> None:
        """Tell the peer that nothing more will be sent."""
        ...


class SocketStream(asyncio.Protocol):
    """A connection over a socket (TCP, TLS, Unix)."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.ended = False  # The peer sends nothing more.
        self.lost = False  # The socket is gone.
        self.error: Exception | None = None
        self._wanted = HIGH_WATER
        self._paused = False
        self._stalled = False
        self._waiter: asyncio.Future[None] | None = None
        self._drained: list[asyncio.Future[None]] = []
        self._gone: list[asyncio.Future[None]] = []

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if len(self.buffer) > self._wanted and not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        return not self._is_tls()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = self.lost = True
        self.error = exc
        self._wake()
        for future in (*self._drained, *self._gone):
            if not future.done():
                future.set_result(None)
        self._drained.clear()
        self._gone.clear()

    def pause_writing(self) -> None:
        self._stalled = True

    def resume_writing(self) -> None:
        self._stalled = False
        for future in self._drained:
            if not future.done():
                future.set_result(None)
        self._drained.clear()

    def _is_tls(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is not None

    def _wake(self) -> None:
        if self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None

    # Reading.

    async def more(self) -> None:
        """Wait until the buffer has grown or the stream has ended."""
        if self._paused and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()
        self._waiter = waiter = self.loop.create_future()
        await waiter

    async def read_head(self, limit: int) -> bytes | None:
        """Return the bytes before the next empty line, which is dropped; None at the end of the stream."""
        searched = 0
        buffer = self.buffer
        while True:
            end = buffer.find(b"\r\n\r\n", max(0, searched - 3))
            if end > limit or (end < 0 and len(buffer) > limit):
                raise Malformed("head too large", 431)
            if end >= 0:
                head = bytes(buffer[:end])
                del buffer[: end + 4]
                return head
            searched = len(buffer)
            if self.ended:
                return None
            await self.more()

    async def read_line(self, limit: int) -> bytes:
        """Return the bytes up to the next CR LF, without it."""
        while (end := self.buffer.find(b"\r\n")) < 0:
            if len(self.buffer) > limit:
                raise Malformed("line too long")
            if self.ended:
                raise EndOfStream("connection closed inside a line")
            await self.more()
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        return line

    async def read_exactly(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        self._wanted = max(HIGH_WATER, size)
        try:
            while len(self.buffer) < size:
                if self.ended:
                    raise EndOfStream(f"connection closed {size - len(self.buffer)} bytes early")
                await self.more()
        finally:
            self._wanted = HIGH_WATER
        return self._take(size)

    async def read_some(self, limit: int) -> bytes:
        """Return between one and `limit` bytes, none at the end of the stream."""
        while not self.buffer:
            if self.ended:
                if self.error is not None:
                    raise EndOfStream(str(self.error)) from self.error
                return b""
            await self.more()
        return self._take(limit)

    def _take(self, size: int) -> bytes:
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    # Connection.

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end of the stream."""
        return await self.read_some(HIGH_WATER)

    async def write(self, data: bytes) -> None:
        """Send `data`, waiting while the peer is slow."""
        if self.lost or self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("connection lost")
        self.transport.write(data)
        if self._stalled:
            await self.drain()

    async def drain(self) -> None:
        """Wait until the peer has taken enough of what was written."""
        if self._stalled and not self.lost:
            future = self.loop.create_future()
            self._drained.append(future)
            await future
        if self.lost:
            raise ConnectionResetError("connection lost")

    @property
    def stalled(self) -> bool:
        """Whether the peer is behind in reading."""
        return self._stalled

    async def write_eof(self) -> None:
        """Tell the peer that nothing more will be sent; TLS has no half-close, so there both directions close."""
        if self.transport is None or self.lost:
            return
        if self.transport.can_write_eof():
            try:
                self.transport.write_eof()
            except OSError as error:  # The peer is gone already, which the event loop has yet to find out.
                raise ConnectionResetError(str(error)) from error
        else:
            await self.close()

    async def close(self) -> None:
        """Send what was written, then close both directions."""
        if self.transport is None or self.lost:
            return
        self.transport.close()
        gone = self.loop.create_future()
        self._gone.append(gone)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await gone
        except TimeoutError:
            self.abort()

    def abort(self) -> None:
        """Close at once; what was written may be lost."""
        if self.transport is not None and not self.lost:
            self.transport.abort()


def keep_alive(transport: asyncio.BaseTransport) -> None:
    """Have the system find out when the peer has vanished without a word."""
    peer = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class MemoryConnection:
    """One end of a pair in memory, with the same back-pressure and half-close as a socket."""

    def __init__(self, limit: int = HIGH_WATER) -> None:
        self._limit = limit
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._changed = asyncio.Event()
        self.peer: MemoryConnection = self

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end of the stream."""
        while not self._chunks:
            if self._ended:
                return b""
            await self._wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._notify()
        return data

    async def write(self, data: bytes) -> None:
        """Send `data`, waiting while the peer is slow."""
        peer = self.peer
        if peer._ended:
            raise ConnectionResetError("connection closed")
        if not data:
            return
        peer._chunks.append(bytes(data))
        peer._size += len(data)
        peer._notify()
        while peer._size > peer._limit and not peer._ended:
            await peer._wait()

    async def write_eof(self) -> None:
        """Tell the peer that nothing more will be sent."""
        self.peer._ended = True
        self.peer._notify()

    async def close(self) -> None:
        """Close both directions."""
        await self.write_eof()
        self._ended = True
        self._notify()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _notify(self) -> None:
        self._changed.set()


def connected_pair() -> tuple[MemoryConnection, MemoryConnection]:
    """Return two connections: what is written to one is read from the other."""
    left, right = MemoryConnection(), MemoryConnection()
    left.peer, right.peer = right, left
    return left, right


async def half_close(connection: Connection) -> None:
    """End the sending direction of `connection`, or all of it where the two are one."""
    end: Callable[[], Awaitable[None]] = getattr(connection, "write_eof", connection.close)
    await end()


async def splice(left: Connection, right: Connection) -> None:
    """Copy both ways until both directions have ended, then close both connections."""

    async def copy(source: Connection, target: Connection) -> None:
        try:
            while data := await source.read():
                await target.write(data)
            await half_close(target)
        except ConnectionError:
            await left.close()  # A broken direction ends the other one too.
            await right.close()

    try:
        async with asyncio.TaskGroup() as group:
            create_task(group, copy(left, right), name="splice-out")
            create_task(group, copy(right, left), name="splice-back")
    finally:
        await left.close()
        await right.close()
