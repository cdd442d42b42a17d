"""SPDY/3.1 frames: bytes to values and back, header blocks included. No I/O.

Format: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ (2.6 control frames, 2.6.10 header block).
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

VERSION = 3
FIN = 0x01
MAX_HEADER_BYTES = 256 * 1024  # Decompressed; a small frame could otherwise unfold into gigabytes.
MAX_DATA = 64 * 1024  # Of one data frame that is sent: streams that share a connection take turns.

_WORDS = """
options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow
authorization cache-control connection content-base content-encoding content-language content-length content-location
content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match
if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range
referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get
status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin
"""
_TAIL = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def _prefixed(text: str) -> bytes:
    data = text.encode("latin-1")
    return struct.pack(">I", len(data)) + data


DICTIONARY = b"".join(_prefixed(word.replace("_", " ")) for word in _WORDS.split()) + _TAIL.encode("ascii")
"""What both sides' compressors have seen before the first header (section 2.6.10.1)."""


class ProtocolError(ValueError):
    """The peer sent what SPDY/3.1 does not allow."""


class Type(IntEnum):
    """Control frame types."""

    SYN_STREAM = 1
    SYN_REPLY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    HEADERS = 8
    WINDOW_UPDATE = 9


class Reset(IntEnum):
    """Reasons of RST_STREAM."""

    PROTOCOL_ERROR = 1
    INVALID_STREAM = 2
    REFUSED_STREAM = 3
    CANCEL = 5
    STREAM_IN_USE = 8


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes of a stream."""

    stream: int
    data: bytes
    fin: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A control frame. `value` is the status of RST_STREAM and GOAWAY, or the delta of WINDOW_UPDATE."""

    type: int
    stream: int = 0  # For PING its id, for GOAWAY the last good stream.
    fin: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    value: int = 0


Frame = Data | Control


class Encoder:
    """Turns frames into bytes; holds one direction's header compressor, so the order of calls is the order sent."""

    def __init__(self) -> None:
        self._zlib = zlib.compressobj(zdict=DICTIONARY)

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of `frame`."""
        if isinstance(frame, Data):
            return struct.pack(">II", frame.stream, (FIN if frame.fin else 0) << 24 | len(frame.data)) + frame.data
        return struct.pack(
            ">HHI", 0x8000 | VERSION, frame.type, (FIN if frame.fin else 0) << 24 | len(payload := self._payload(frame))
        ) + payload

    def _payload(self, frame: Control) -> bytes:
        match frame.type:
            case Type.SYN_STREAM:
                return struct.pack(">IIH", frame.stream, 0, 0) + self._block(frame.headers)
            case Type.SYN_REPLY | Type.HEADERS:
                return struct.pack(">I", frame.stream) + self._block(frame.headers)
            case Type.RST_STREAM | Type.GOAWAY | Type.WINDOW_UPDATE:
                return struct.pack(">II", frame.stream, frame.value)
            case Type.PING:
                return struct.pack(">I", frame.stream)
        raise ProtocolError(f"cannot send frames of type {frame.type}")

    def _block(self, headers: Mapping[str, str]) -> bytes:
        plain = struct.pack(">I", len(headers)) + b"".join(
            _prefixed(name.lower()) + _prefixed(value) for name, value in headers.items()
        )
        return self._zlib.compress(plain) + self._zlib.flush(zlib.Z_SYNC_FLUSH)


class Decoder:
    """Turns bytes, in pieces of any size, into frames."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(zdict=DICTIONARY)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that `data` completes."""
        buffer = self._buffer
        buffer += data
        offset = 0
        try:
            while len(buffer) - offset >= 8:
                first, second = struct.unpack_from(">II", buffer, offset)
                end = offset + 8 + (second & 0xFFFFFF)
                if len(buffer) < end:
                    return
                payload = bytes(buffer[offset + 8 : end])
                offset = end
                frame = self._frame(first, second >> 24, payload)
                if frame is not None:
                    yield frame
        finally:
            del buffer[:offset]

    def _frame(self, first: int, flags: int, payload: bytes) -> Frame | None:
        fin = bool(flags & FIN)
        if not first & 0x80000000:
            return Data(first, payload, fin)
        if first >> 16 & 0x7FFF != VERSION:
            raise ProtocolError(f"SPDY version {first >> 16 & 0x7FFF}")
        try:
            return self._control(first & 0xFFFF, payload, fin=fin)
        except struct.error as error:
            raise ProtocolError("truncated control frame") from error

    def _control(self, kind: int, payload: bytes, *, fin: bool) -> Control | None:
        match kind:
            case Type.SYN_STREAM:
                (stream,) = struct.unpack_from(">I", payload)
                return Control(kind, stream & 0x7FFFFFFF, fin, self._headers(payload[10:]))
            case Type.SYN_REPLY | Type.HEADERS:
                (stream,) = struct.unpack_from(">I", payload)
                return Control(kind, stream & 0x7FFFFFFF, fin, self._headers(payload[4:]))
            case Type.RST_STREAM | Type.GOAWAY | Type.WINDOW_UPDATE:
                stream, value = struct.unpack_from(">II", payload)
                return Control(kind, stream & 0x7FFFFFFF, value=value)
            case Type.PING:
                return Control(kind, *struct.unpack_from(">I", payload))
        return None  # SETTINGS and unknown types ask for nothing.

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            plain = self._zlib.decompress(block, MAX_HEADER_BYTES)
        except zlib.error as error:
            raise ProtocolError(f"header block: {error}") from error
        if self._zlib.unconsumed_tail:
            raise ProtocolError("header block too large")
        (count,) = struct.unpack_from(">I", plain)
        offset = 4
        headers: dict[str, str] = {}
        for _ in range(count):
            name, offset = _take(plain, offset)
            value, offset = _take(plain, offset)
            headers[name.lower()] = value
        return headers


def _take(plain: bytes, offset: int) -> tuple[str, int]:
    (size,) = struct.unpack_from(">I", plain, offset)
    end = offset + 4 + size
    if end > len(plain):
        raise ProtocolError("header longer than its block")
    return plain[offset + 4 : end].decode("latin-1"), end
