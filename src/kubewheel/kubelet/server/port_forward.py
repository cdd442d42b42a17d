"""Port-forward: pairs of a data and an error stream, over SPDY (plain or inside a websocket) or old websocket channels.

Each pair is one connection to a port of the pod; failures are told on its error stream and end that pair alone.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from kubewheel.kubelet.runtime import RuntimeFailure, RuntimeUnavailable
from kubewheel.kubelet.server import remote_command
from kubewheel.kubelet.server.pipe import Pipe
from kubewheel.kubelet.server.remote_command import Refused
from kubewheel.kubelet.server.websocket_command import Channels
from kubewheel.libs import spdy
from kubewheel.libs.tasks import create_task
from kubewheel.libs.websocket import BinaryTunnel, WebSocket
from kubewheel.libs.wire import Connection, Request

PROTOCOL = "portforward.k8s.io"
TUNNEL = "SPDY/3.1+portforward.k8s.io"
WEBSOCKET_PROTOCOLS = (TUNNEL, "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "")

Forward = Callable[[int, Connection], Awaitable[None]]


async def serve_spdy(connection: Connection, forward: Forward, about: str) -> None:
    """Forward every pair of streams that the client opens; `about` names the pod in messages."""
    session = spdy.Session(connection, server=True)
    try:
        async with asyncio.TaskGroup() as group:
            create_task(group, session.run(), name="spdy-receive")
            await _Pairs(group, forward, about).accept_all(session)
    finally:
        await session.close()


async def serve_tunnel(connection: Connection, forward: Forward, about: str) -> None:
    """Forward over SPDY inside a websocket."""
    await serve_spdy(BinaryTunnel(WebSocket(connection, server=True)), forward, about)


class _Pairs:
    """Matches streams to pairs by their request ids."""

    def __init__(self, group: asyncio.TaskGroup, forward: Forward, about: str) -> None:
        self._group = group
        self._forward = forward
        self._about = about
        self._waiting: dict[str, dict[str, spdy.Stream]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def accept_all(self, session: spdy.Session) -> None:
        """Take streams until the client is gone, then end what still runs."""
        while (stream := await session.accept()) is not None:
            try:
                await self._take(stream)
            except ConnectionError:
                pass  # The end of the session is seen by `accept`.
        for task in self._running:
            task.cancel()

    async def _take(self, stream: spdy.Stream) -> None:
        kind = stream.headers.get("streamtype", "")
        port = parse_port(stream.headers.get("port", ""))
        if port is None or kind not in ("data", "error"):
            await stream.reset(spdy.frames.Reset.REFUSED_STREAM)
            return
        # Clients that send no id open the error stream, then the data stream, each side with odd numbers.
        number = stream.number - 2 if kind == "data" else stream.number
        key = stream.headers.get("requestid") or str(number)
        pair = self._waiting.setdefault(key, {})
        if kind in pair:
            await stream.reset()
            return
        pair[kind] = stream
        if len(pair) == 1:
            self._start(self._expire(key, pair), "port-forward pair")
        else:
            del self._waiting[key]
            self._start(self._carry(port, pair["data"], pair["error"]), f"port-forward {port}")

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = create_task(self._group, work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _expire(self, key: str, pair: dict[str, spdy.Stream]) -> None:
        await asyncio.sleep(remote_command.STREAM_SECONDS)
        if self._waiting.get(key) is pair:
            del self._waiting[key]
            for stream in pair.values():
                await stream.reset()

    async def _carry(self, port: int, data: spdy.Stream, error: spdy.Stream) -> None:
        error.ignore_input()
        try:
            message = await _forward(self._forward, port, data, self._about)
            if message:
                await error.write(message)
            await error.write_eof()
            await data.write_eof()
        except ConnectionError:
            pass  # The client has left.


async def _forward(forward: Forward, port: int, connection: Connection, about: str) -> bytes:
    """Carry one connection; return what went wrong, or nothing."""
    try:
        await forward(port, connection)
    except (RuntimeFailure, RuntimeUnavailable, OSError) as error:
        return f"error forwarding port {port} to {about}: {error}".encode()
    return b""


def parse_port(text: str) -> int | None:
    """Return the port number that `text` is, or None."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        return None
    port = int(text)
    return port if 0 < port < 65536 else None


def requested_ports(request: Request) -> list[int]:
    """Return the ports that the query of an old websocket request names."""
    texts = [part for name in ("port", "ports") for text in request.query.get(name, []) for part in text.split(",")]
    if not texts:
        raise Refused(400, 'query parameter "port" is required')
    ports = []
    for text in texts:
        port = parse_port(text)
        if port is None:
            raise Refused(400, f'unable to parse "{text}" as a port')
        ports.append(port)
    return ports


class _Channel:
    """One data channel as a connection."""

    def __init__(self, channels: Channels, number: int) -> None:
        self.incoming = Pipe()
        self._channels = channels
        self._number = number

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end."""
        return await anext(self.incoming, b"")

    async def write(self, data: bytes) -> None:
        """Send `data`."""
        await self._channels.send_all(self._number, data)

    async def write_eof(self) -> None:
        """Do nothing: channels have no end of their own."""

    async def close(self) -> None:
        """Stop reading."""
        self.incoming.discard()


async def serve_channels(
    connection: Connection, protocol: str, ports: Sequence[int], forward: Forward, about: str
) -> None:
    """Forward each of `ports` on a pair of channels: 2i carries data, 2i+1 errors; both begin with the port."""
    channels = Channels(WebSocket(connection, server=True), protocol)
    ends = [_Channel(channels, 2 * index) for index in range(len(ports))]

    async def carry(index: int, port: int) -> None:
        message = await _forward(forward, port, ends[index], about)
        if message:
            await channels.send(2 * index + 1, message)

    async def carry_all() -> None:
        async with asyncio.TaskGroup() as carriers:
            for index, port in enumerate(ports):
                create_task(carriers, carry(index, port), name=f"port-forward {port}")

    try:
        for index, port in enumerate(ports):
            await channels.send(2 * index, struct.pack("<H", port))
            await channels.send(2 * index + 1, struct.pack("<H", port))
        async with asyncio.TaskGroup() as group:
            receiving = create_task(group, _receive(channels, ends), name="websocket-receive")
            carrying = create_task(group, carry_all(), name="port-forwards")
            await asyncio.wait({receiving, carrying}, return_when=asyncio.FIRST_COMPLETED)
            if carrying.done():
                await channels.socket.send_close()
                await asyncio.wait({receiving}, timeout=remote_command.FAREWELL_SECONDS)
            carrying.cancel()
            receiving.cancel()
    except* ConnectionError:
        pass  # The client has left.
    finally:
        await connection.close()


async def _receive(channels: Channels, ends: Sequence[_Channel]) -> None:
    try:
        while (received := await channels.receive()) is not None:
            number, data, _ = received
            if number % 2 == 0 and number // 2 < len(ends):
                await ends[number // 2].incoming.write(data)
    except ConnectionError:
        pass  # The client has left.
    finally:
        for end in ends:
            end.incoming.end()
