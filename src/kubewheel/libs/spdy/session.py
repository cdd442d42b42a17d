"""SPDY/3.1 sessions: many streams over one connection, for both sides of it.

Peers of this protocol in the field (spdystream, in kubectl, containerd and the API servers) neither send WINDOW_UPDATE
nor heed it, so sending is bounded by the connection alone; receiving is bounded by not reading from it while a
stream's reader is behind.
"""

import asyncio
from collections.abc import Mapping

from kubewheel.libs.spdy.frames import MAX_DATA, Control, Data, Decoder, Encoder, Frame, ProtocolError, Reset, Type
from kubewheel.libs.wire import Connection

STREAM_BUFFER = 256 * 1024  # Bytes that wait for a stream's reader before the whole connection waits.
MAX_STREAMS = 4096


class StreamReset(ConnectionResetError):
    """The peer gave the stream up."""


class Stream:
    """One stream; a `Connection` of its own, with half-close."""

    def __init__(self, session: "Session", number: int, headers: Mapping[str, str]) -> None:
        self.number = number
        self.headers = headers
        self._session = session
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False  # The peer sends nothing more.
        self._finished = False  # We send nothing more.
        self._reset = False
        self._ignoring = False
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the peer has ended its direction."""
        return self._ended

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end of the stream."""
        while not self._chunks:
            if self._reset:
                raise StreamReset("stream reset by peer")
            if self._ended:
                return b""
            await self._wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._size = 0
        self._changed.set()
        return data

    async def write(self, data: bytes) -> None:
        """Send `data`, waiting while the connection is slow."""
        view = memoryview(data)
        for start in range(0, len(view), MAX_DATA):
            if self._finished or self._reset:
                raise StreamReset("stream closed")
            await self._session.send(Data(self.number, bytes(view[start : start + MAX_DATA])))

    async def write_eof(self) -> None:
        """Tell the peer that nothing more will be sent."""
        if not self._finished and not self._reset:
            self._finished = True
            await self._session.send(Data(self.number, b"", fin=True))
            self._session.forget_finished(self)

    async def close(self) -> None:
        """End both directions."""
        if self._finished and self._ended:
            return
        if self._ended:
            await self.write_eof()
        else:
            await self.reset()

    async def reset(self, reason: Reset = Reset.CANCEL) -> None:
        """Give the stream up."""
        if self._reset:
            return
        self._finished = True
        self.abort()
        self._session.forget(self)
        await self._session.send(Control(Type.RST_STREAM, self.number, value=reason))

    def ignore_input(self) -> None:
        """Drop what the peer sends: nobody will read it."""
        self._ignoring = True
        self._chunks.clear()
        self._size = 0
        self._changed.set()

    # Called by the session.

    @property
    def is_over(self) -> bool:
        """Whether both directions have ended."""
        return self._ended and self._finished

    async def receive(self, data: bytes, *, fin: bool) -> None:
        """Take what arrived; wait while the reader is behind."""
        if data and not self._ignoring and not self._ended:
            self._chunks.append(data)
            self._size += len(data)
        if fin:
            self._ended = True
        self._changed.set()
        while self._size > STREAM_BUFFER and not self._reset:
            await self._wait()

    def end(self) -> None:
        """Note that the peer has ended its direction."""
        self._ended = True
        self._changed.set()

    def abort(self) -> None:
        """Note that the stream is gone; what has arrived can still be read."""
        self._reset = True
        self._ended = True
        self._changed.set()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class Session:
    """One connection's streams. `run` must be running for anything to arrive."""

    def __init__(self, connection: Connection, *, server: bool) -> None:
        self._connection = connection
        self._server = server
        self._encoder = Encoder()
        self._decoder = Decoder()
        self._streams: dict[int, Stream] = {}
        self._accepted: asyncio.Queue[Stream | None] = asyncio.Queue()
        self._next = 2 if server else 1
        self._sending = asyncio.Lock()
        self.closed = False

    async def run(self) -> None:
        """Receive until the connection ends; then end every stream."""
        try:
            while not self.closed and (data := await self._connection.read()):
                for frame in self._decoder.feed(data):
                    await self._receive(frame)
        except ProtocolError:
            await self.go_away(1)
        except ConnectionError:
            pass  # The streams' readers learn of it below.
        finally:
            self.closed = True
            for stream in tuple(self._streams.values()):
                stream.abort()
            self._streams.clear()
            self._accepted.put_nowait(None)

    async def accept(self) -> Stream | None:
        """Return the next stream that the peer opened; None when the connection has ended."""
        stream = await self._accepted.get()
        if stream is None:
            self._accepted.put_nowait(None)
        return stream

    async def open(self, headers: Mapping[str, str]) -> Stream:
        """Open a stream."""
        number = self._next
        self._next += 2
        stream = Stream(self, number, dict(headers))
        self._streams[number] = stream
        await self.send(Control(Type.SYN_STREAM, number, headers=headers))
        return stream

    async def send(self, frame: Frame) -> None:
        """Send one frame."""
        async with self._sending:
            if self.closed:
                raise ConnectionResetError("session closed")
            await self._connection.write(self._encoder.encode(frame))

    async def go_away(self, status: int = 0) -> None:
        """Tell the peer that the session is over."""
        try:
            await self.send(Control(Type.GOAWAY, max(self._streams, default=0), value=status))
        except ConnectionError:
            pass  # It knows already.

    async def close(self) -> None:
        """End the session and its connection."""
        if not self.closed:
            await self.go_away()
        self.closed = True
        await self._connection.close()

    def forget(self, stream: Stream) -> None:
        """Drop a stream that is gone."""
        self._streams.pop(stream.number, None)

    def forget_finished(self, stream: Stream) -> None:
        """Drop a stream of which both directions have ended."""
        if stream.is_over:
            self.forget(stream)

    async def _receive(self, frame: Frame) -> None:
        stream = self._streams.get(frame.stream)
        if isinstance(frame, Data):
            if stream is not None:
                await stream.receive(frame.data, fin=frame.fin)
                self.forget_finished(stream)
            elif frame.data and not frame.fin:
                await self.send(Control(Type.RST_STREAM, frame.stream, value=Reset.INVALID_STREAM))
        elif frame.type == Type.SYN_STREAM:
            await self._accept(frame)
        elif frame.type == Type.PING:
            if frame.stream % 2 == self._server:  # Not the echo of a ping of ours.
                await self.send(frame)
        elif frame.type == Type.RST_STREAM and stream is not None:
            stream.abort()
            self.forget(stream)
        elif frame.type in (Type.SYN_REPLY, Type.HEADERS) and frame.fin and stream is not None:
            stream.end()
            self.forget_finished(stream)

    async def _accept(self, frame: Control) -> None:
        wrong_side = frame.stream == 0 or frame.stream % 2 != self._server
        if wrong_side or frame.stream in self._streams:
            await self.send(Control(Type.RST_STREAM, frame.stream, value=Reset.PROTOCOL_ERROR))
            return
        if len(self._streams) >= MAX_STREAMS:
            await self.send(Control(Type.RST_STREAM, frame.stream, value=Reset.REFUSED_STREAM))
            return
        stream = Stream(self, frame.stream, frame.headers)
        if frame.fin:
            stream.end()
        self._streams[frame.stream] = stream
        await self.send(Control(Type.SYN_REPLY, frame.stream))
        self._accepted.put_nowait(stream)
