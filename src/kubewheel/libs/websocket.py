"""WebSocket (RFC 6455) on an upgraded connection, for both sides of it."""

import asyncio
import base64
import hashlib
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from kubewheel.libs import http1
from kubewheel.libs.wire import Connection

MAX_MESSAGE = 16 << 20
CLOSE_SECONDS = 5.0  # How long the peer may take to answer our close.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3.


class Opcode(IntEnum):
    """What a frame carries."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class CloseCode(IntEnum):
    """Why a connection is closed."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011


class Broken(ConnectionError):
    """The peer broke the protocol; `code` is what it is told."""

    def __init__(self, message: str, code: CloseCode = CloseCode.PROTOCOL_ERROR) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message."""

    data: bytes
    text: bool = False


def is_upgrade(headers: Mapping[str, str]) -> bool:
    """Tell whether a request asks for a websocket."""
    return headers.get("upgrade", "").lower() == "websocket" and "upgrade" in headers.get("connection", "").lower()


def offered_protocols(headers: Mapping[str, str]) -> list[str]:
    """Return the subprotocols that the client offers, best first."""
    return http1.header_tokens(headers, "sec-websocket-protocol")


def accept_headers(headers: Mapping[str, str], protocol: str) -> dict[str, str]:
    """Return the headers of the answer that accepts an upgrade; raise Malformed if the request is none."""
    key = headers.get("sec-websocket-key", "")
    if headers.get("sec-websocket-version", "") != "13":
        raise http1.Malformed("unsupported websocket version", 426)
    if not key:
        raise http1.Malformed("missing Sec-WebSocket-Key header")
    answer = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": _accept(key)}
    if protocol:
        answer["Sec-WebSocket-Protocol"] = protocol
    return answer


def request_headers(protocols: Sequence[str]) -> dict[str, str]:
    """Return the headers of a request that asks for a websocket."""
    headers = {
        "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
        "sec-websocket-key": base64.b64encode(os.urandom(16)).decode(),
    }
    if protocols:
        headers["sec-websocket-protocol"] = ", ".join(protocols)
    return headers


def is_accepted(request: Mapping[str, str], answer: Mapping[str, str]) -> bool:
    """Tell whether `answer` accepts the upgrade that `request` asked for."""
    return answer.get("sec-websocket-accept") == _accept(request["sec-websocket-key"])


def _accept(key: str) -> str:
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


class WebSocket:
    """One side of a websocket; reading answers pings and the peer's close."""

    def __init__(self, connection: Connection, *, server: bool, max_message: int = MAX_MESSAGE) -> None:
        self._connection = connection
        self._server = server
        self._max_message = max_message
        self._buffer = bytearray()
        self._sending = asyncio.Lock()
        self._parts: list[bytes] = []
        self._kind = Opcode.CONTINUATION  # Of the message whose parts are being collected.
        self._close_sent = False
        self.close_received = False
        self.close_code: int | None = None

    async def receive(self) -> Message | None:
        """Return the next message; None when the peer has closed."""
        while not self.close_received:
            try:
                frame = await self._read_frame()
                message = None if frame is None else await self._take(*frame)
            except Broken as error:
                await self.send_close(error.code, str(error))
                raise
            if frame is None:
                return None
            if message is not None:
                return message
        return None

    async def send(self, data: bytes, *, text: bool = False) -> None:
        """Send one message."""
        await self._send(Opcode.TEXT if text else Opcode.BINARY, data)

    async def ping(self) -> None:
        """Send a ping."""
        await self._send(Opcode.PING, b"")

    async def close(self, code: CloseCode = CloseCode.NORMAL, reason: str = "") -> None:
        """Close: tell the peer, give it time to answer, end the connection."""
        try:
            await self.send_close(code, reason)
            async with asyncio.timeout(CLOSE_SECONDS):
                while await self.receive() is not None:
                    pass
        except (TimeoutError, ConnectionError):
            pass  # The connection ends in any case.
        finally:
            await self._connection.close()

    async def send_close(self, code: CloseCode = CloseCode.NORMAL, reason: str = "") -> None:
        """Tell the peer that nothing more will be sent; its answer ends `receive`."""
        if not self._close_sent:
            self._close_sent = True
            try:
                await self._send(Opcode.CLOSE, struct.pack(">H", code) + reason.encode()[:120])
            except ConnectionError:
                pass  # Nobody is left to be told.

    async def _send(self, opcode: Opcode, data: bytes) -> None:
        head = bytearray((0x80 | opcode,))
        mask_bit = 0 if self._server else 0x80
        size = len(data)
        if size < 126:
            head.append(mask_bit | size)
        elif size < 1 << 16:
            head += struct.pack(">BH", mask_bit | 126, size)
        else:
            head += struct.pack(">BQ", mask_bit | 127, size)
        if mask_bit:
            mask = os.urandom(4)
            head += mask
            data = apply_mask(data, mask)
        async with self._sending:
            await self._connection.write(bytes(head) + data)

    async def _take(self, opcode: int, data: bytes, fin: bool) -> Message | None:
        """Act on one frame; return the message that it completes."""
        if opcode in (Opcode.CLOSE, Opcode.PING, Opcode.PONG):
            if not fin or len(data) > 125:
                raise Broken("control frame fragmented or too long")
            await self._control(opcode, data)
            return None
        if opcode == Opcode.CONTINUATION:
            if self._kind == Opcode.CONTINUATION:
                raise Broken("continuation of nothing")
        elif opcode in (Opcode.TEXT, Opcode.BINARY):
            if self._kind != Opcode.CONTINUATION:
                raise Broken("message inside another")
            self._kind = Opcode(opcode)
        else:
            raise Broken(f"unknown opcode {opcode}")
        self._parts.append(data)
        if sum(map(len, self._parts)) > self._max_message:
            raise Broken("message too big", CloseCode.TOO_BIG)
        if not fin:
            return None
        message = Message(b"".join(self._parts), text=self._kind == Opcode.TEXT)
        self._parts.clear()
        self._kind = Opcode.CONTINUATION
        return message

    async def _control(self, opcode: int, data: bytes) -> None:
        if opcode == Opcode.PING:
            await self._send(Opcode.PONG, data)
        elif opcode == Opcode.CLOSE:
            self.close_received = True
            self.close_code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else None
            await self.send_close(CloseCode.NORMAL, "")

    async def _read_frame(self) -> tuple[int, bytes, bool] | None:
        """Return opcode, payload and whether the message ends; None at the end of the connection."""
        if not await self._fill(2):
            return None
        first, second = self._buffer[0], self._buffer[1]
        if first & 0x70:
            raise Broken("reserved bits set")
        if bool(second & 0x80) != self._server:
            raise Broken("frame masked by the wrong side")
        size = second & 0x7F
        start = 2
        if size >= 126:
            start += 2 if size == 126 else 8
            if not await self._fill(start):
                return None
            size = int.from_bytes(self._buffer[2:start], "big")
        if size > self._max_message:
            raise Broken("message too big", CloseCode.TOO_BIG)
        mask_size = 4 if self._server else 0
        if not await self._fill(start + mask_size + size):
            return None
        data = bytes(self._buffer[start + mask_size : start + mask_size + size])
        if mask_size:
            data = apply_mask(data, bytes(self._buffer[start : start + 4]))
        del self._buffer[: start + mask_size + size]
        return first & 0x0F, data, bool(first & 0x80)

    async def _fill(self, size: int) -> bool:
        while len(self._buffer) < size:
            data = await self._connection.read()
            if not data:
                return False
            self._buffer += data
        return True


def apply_mask(data: bytes, mask: bytes) -> bytes:
    """Return `data` with each byte combined with the mask's in turn; twice gives the data back."""
    size = len(data)
    if not size:
        return data
    whole = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(whole, "little")).to_bytes(size, "little")


class BinaryTunnel:
    """A byte stream carried in binary messages: a `Connection` on top of a websocket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end."""
        while (message := await self._socket.receive()) is not None:
            if message.data:
                return message.data
        return b""

    async def write(self, data: bytes) -> None:
        """Send `data` as one message."""
        await self._socket.send(data)

    async def close(self) -> None:
        """Close the websocket."""
        await self._socket.close()
