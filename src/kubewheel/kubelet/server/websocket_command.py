"""exec and attach over a websocket: the first byte of each message is its channel.

Channels: 0 stdin, 1 stdout, 2 stderr, 3 error, 4 terminal sizes. v5 adds a message that closes a channel (0xff and the
channel), without which standard input has no end.
"""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kubewheel.kubelet.runtime import Streams
from kubewheel.kubelet.server import remote_command
from kubewheel.kubelet.server.pipe import Pipe
from kubewheel.kubelet.server.remote_command import Command
from kubewheel.libs.tasks import create_task
from kubewheel.libs.websocket import Message, WebSocket
from kubewheel.libs.wire import Connection

PROTOCOLS = (
    "v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io", "",
)
BASE64 = ("v4.base64.channel.k8s.io", "base64.channel.k8s.io")
AS_TEXT = ("channel.k8s.io", "base64.channel.k8s.io", "")
WITH_CLOSE = "v5.channel.k8s.io"
STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
CLOSE = 0xFF
PIECE = 32 * 1024
QUIET_SECONDS, QUIET_TRIES = 0.02, 50


class Channels:
    """Numbered byte streams on one websocket, binary or base64."""

    def __init__(self, socket: WebSocket, protocol: str) -> None:
        self.socket = socket
        self._base64 = protocol in BASE64
        self._with_close = protocol == WITH_CLOSE

    async def send(self, channel: int, data: bytes) -> None:
        """Send `data` on `channel`."""
        if self._base64:
            await self.socket.send(b"%d" % channel + base64.b64encode(data), text=True)
        else:
            await self.socket.send(bytes((channel,)) + data)

    async def send_all(self, channel: int, data: bytes) -> None:
        """Send `data` in pieces: streams take turns."""
        for start in range(0, len(data), PIECE):
            await self.send(channel, data[start : start + PIECE])

    async def receive(self) -> tuple[int, bytes, bool] | None:
        """Return the next message's channel and data, and whether it closes the channel; None at the end."""
        while (message := await self.socket.receive()) is not None:
            if not message.data:
                continue
            channel, data = self._decode(message)
            if channel == CLOSE and self._with_close and data:
                return data[0], b"", True
            return channel, data, False
        return None

    def _decode(self, message: Message) -> tuple[int, bytes]:
        if not self._base64:
            return message.data[0], message.data[1:]
        try:
            return message.data[0] - ord("0"), base64.b64decode(message.data[1:])
        except (ValueError, binascii.Error):
            return message.data[0] - ord("0"), b""


async def serve(connection: Connection, protocol: str, command: Command) -> None:
    """Run `command` for the client behind `connection`."""
    channels = Channels(WebSocket(connection, server=True), protocol)
    wanted = command.wanted
    stdin, resizes = Pipe(), remote_command.Resizes()
    handed = Streams(
        stdin=stdin if wanted.stdin else None,
        stdout=_writer(channels, STDOUT) if wanted.stdout else None,
        stderr=_writer(channels, STDERR) if wanted.stderr else None,
        resizes=resizes.queue if wanted.tty else None,
    )
    if not wanted.stdin:
        stdin.discard()
    first = STDOUT if wanted.stdout else STDERR if wanted.stderr else ERROR
    try:
        await channels.send(first, b"")  # Clients take the first message as the sign that the command is connected.
        async with asyncio.TaskGroup() as group:
            receiving = create_task(group, _receive(channels, stdin, resizes), name="websocket-receive")
            running = create_task(group, remote_command.outcome(command, handed), name="command")
            await asyncio.wait({running, receiving}, return_when=asyncio.FIRST_COMPLETED)
            stdin.discard()
            if running.done():
                if wanted.tty:
                    await resizes.wait_seen()
                if wanted.stdin:
                    await _wait_quiet(stdin)
                await _farewell(channels, receiving, running.result(), as_text=protocol in AS_TEXT)
            else:
                running.cancel()  # The client is gone.
            receiving.cancel()
    except* ConnectionError:
        pass  # The client went away while it was being told.
    finally:
        await connection.close()


def _writer(channels: Channels, channel: int) -> Callable[[bytes], Awaitable[None]]:
    async def write(data: bytes) -> None:
        await channels.send_all(channel, data)

    return write


async def _receive(channels: Channels, stdin: Pipe, resizes: remote_command.Resizes) -> None:
    try:
        while (received := await channels.receive()) is not None:
            channel, data, closes = received
            if channel == STDIN:
                await stdin.write(data)
                if closes:
                    stdin.end()
            elif channel == RESIZE:
                resizes.feed(data)
    except ConnectionError:
        pass  # Broken or closed: either way the client sends nothing more.
    finally:
        stdin.end()


async def _wait_quiet(stdin: Pipe) -> None:
    """Wait a moment until the client pauses in sending: it complains when a close meets its input under way."""
    for _ in range(QUIET_TRIES):
        before = stdin.received
        if stdin.has_ended:
            return
        await asyncio.sleep(QUIET_SECONDS)
        if stdin.received == before:
            return


async def _farewell(
    channels: Channels, receiving: asyncio.Task[None], status: Mapping[str, Any], *, as_text: bool
) -> None:
    """Tell the client how it ended, and let it close first: closing on what it still sends would lose the news."""
    text = remote_command.encode_outcome(status, as_text=as_text)
    if text:
        await channels.send(ERROR, text)
    await channels.socket.send_close()
    await asyncio.wait({receiving}, timeout=remote_command.FAREWELL_SECONDS)
