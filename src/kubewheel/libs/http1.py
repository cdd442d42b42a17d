"""HTTP/1.1 on the wire: heads and chunked bodies, parsed strictly, for both sides of a connection.

What two readers could understand differently (obsolete folding, both lengths at once, odd line ends) is refused rather
than guessed: https://www.rfc-editor.org/rfc/rfc9112#section-11.2.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote, unquote_plus

MAX_CHUNK_LINE = 4096  # Chunk size line with extensions.


class Malformed(ValueError):
    """The peer broke the protocol; `status` is what a server answers."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Headers(dict[str, str]):
    """Headers with lower-case names; the values of a repeated one are joined by commas and kept apart in `repeated`."""

    __slots__ = ("repeated",)

    def __init__(self, values: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(values)
        self.repeated: dict[str, list[str]] | None = None


def header_values(headers: Mapping[str, str], name: str) -> list[str]:
    """Return each value that header `name` (lower case) was sent with, one to a header line."""
    repeated = getattr(headers, "repeated", None)
    if repeated and name in repeated:
        return list(repeated[name])
    value = headers.get(name)
    return [] if value is None else [value]


def header_tokens(headers: Mapping[str, str], name: str) -> list[str]:
    """Return the comma-separated members of header `name` over all its lines."""
    return [token.strip() for value in header_values(headers, name) for token in value.split(",") if token.strip()]


_HEADER_BLOCK = re.compile(rb"(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00\r\n]*)*")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([!-~\x80-\xff]+) HTTP/1\.([01])")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: ([^\x00\r\n]*))?")
_SINGLE = ("content-length", "host", "transfer-encoding", "content-type", "authorization")


def parse_headers(block: bytes) -> Headers:
    """Return the headers of `block`, each line of which begins with CR LF."""
    if not _HEADER_BLOCK.fullmatch(block):
        raise Malformed("malformed header")
    headers = Headers()
    for line in block.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        name = name.lower()
        value = value.strip(" \t")
        if name in headers:
            _repeat(headers, name, value)
        else:
            headers[name] = value
    return headers


def _repeat(headers: Headers, name: str, value: str) -> None:
    if name in _SINGLE:
        raise Malformed(f"repeated header {name}")
    if headers.repeated is None:
        headers.repeated = {}
    headers.repeated.setdefault(name, [headers[name]]).append(value)
    headers[name] += ("; " if name == "cookie" else ", ") + value


@dataclass(slots=True)
class RequestHead:
    """Request line and headers; `raw_path` and `raw_query` as sent."""

    method: str
    raw_path: str
    raw_query: str
    headers: Headers
    minor: int  # 0 or 1 of HTTP/1.x

    @property
    def keep_alive(self) -> bool:
        """Whether the client expects to use the connection again."""
        return is_persistent(self.headers, self.minor)


def is_persistent(headers: Headers, minor: int) -> bool:
    """Tell whether a message with `headers` leaves its connection open."""
    connection = headers.get("connection")
    if connection is None:
        return minor == 1
    tokens = [token.strip() for token in connection.lower().split(",")]
    return "close" not in tokens if minor == 1 else "keep-alive" in tokens


def parse_request_line(line: bytes) -> tuple[str, str, str, int]:
    """Return method, path, query and minor version."""
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise Malformed("malformed request line")
    method, target, minor = match.groups()
    text = target.decode("latin-1")
    if not text.startswith("/") and text != "*":
        text = _strip_origin(text)
    path, _, query = text.partition("?")
    return method.decode("ascii"), path, query, 1 if minor == b"1" else 0


def _strip_origin(target: str) -> str:
    """Return the path of a target in absolute form."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise Malformed("malformed request target")
    _, slash, path = rest.partition("/")
    return slash + path or "/"


@dataclass(slots=True)
class ResponseHead:
    """Status line and headers."""

    status: int
    headers: Headers
    minor: int


def parse_response(head: bytes) -> ResponseHead:
    """Return status and headers of a response head (without its final empty line)."""
    end = head.find(b"\r\n")
    line = head if end < 0 else head[:end]
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise Malformed("malformed status line")
    return ResponseHead(int(match.group(2)), parse_headers(b"" if end < 0 else head[end:]), int(match.group(1)))


def decode_path(raw: str) -> str:
    """Return the percent-decoded path (UTF-8)."""
    if raw.isascii():
        return unquote(raw) if "%" in raw else raw
    return unquote(raw.encode("latin-1").decode("utf-8", "replace"))


def decode_query(raw: str) -> dict[str, list[str]]:
    """Return the decoded values of each query parameter, in order; one without `=` has the value ""."""
    values: dict[str, list[str]] = {}
    if not raw:
        return values
    if not raw.isascii():
        raw = raw.encode("latin-1").decode("utf-8", "replace")
    escaped = "%" in raw or "+" in raw
    for part in raw.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if escaped:
            name, value = unquote_plus(name), unquote_plus(value)
        values.setdefault(name, []).append(value)
    return values


CHUNKED = -1


def body_length(headers: Mapping[str, str]) -> int | None:
    """Return the length that `headers` give the body: a number, CHUNKED, or None when they give none."""
    coding = headers.get("transfer-encoding")
    length = headers.get("content-length")
    if coding is not None:
        if length is not None:
            raise Malformed("both Content-Length and Transfer-Encoding")
        if coding.lower() != "chunked":
            raise Malformed(f"unsupported transfer encoding {coding!r}", 501)
        return CHUNKED
    if length is None:
        return None
    if not (length.isascii() and length.isdigit() and len(length) <= 18):
        raise Malformed("malformed Content-Length")
    return int(length)


class ByteSource(Protocol):
    """Where the reader of a body takes its bytes from."""

    async def read_line(self, limit: int) -> bytes:
        """Return the bytes up to the next CR LF, without it."""
        ...

    async def read_exactly(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        ...

    async def read_some(self, limit: int) -> bytes:
        """Return between one and `limit` bytes, none at the end."""
        ...


_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\x00\r\n]*)?")


async def read_chunk_size(source: ByteSource) -> int:
    """Return the size of the next chunk; after 0 the trailer has been read too."""
    match = _CHUNK_LINE.fullmatch(await source.read_line(MAX_CHUNK_LINE))
    if match is None:
        raise Malformed("malformed chunk size")
    size = int(match.group(1), 16)
    if size == 0:
        while await source.read_line(MAX_CHUNK_LINE):
            pass  # Trailer fields are read and ignored.
    return size


async def end_chunk(source: ByteSource) -> None:
    """Read the line end that follows a chunk's data."""
    if await source.read_exactly(2) != b"\r\n":
        raise Malformed("chunk longer than announced")


REASONS = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES = {code: f"HTTP/1.1 {code} {phrase}\r\n" for code, phrase in REASONS.items()}


def encode_response_head(status: int, headers: Mapping[str, str]) -> bytes:
    """Return a response head; line ends inside values become spaces."""
    line = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"
    return _encode(line, headers)


def encode_request_head(
    method: str, target: str, headers: Mapping[str, str], repeated: Mapping[str, list[str]] | None = None
) -> bytes:
    """Return a request head; line ends inside values become spaces. `repeated` headers have a line for each value."""
    line = f"{method} {target} HTTP/1.1\r\n"
    if repeated:
        lines = [f"{_one_line(name)}: {_one_line(value)}\r\n" for name, values in repeated.items() for value in values]
        line += "".join(lines)
        headers = {name: value for name, value in headers.items() if name not in repeated}
    return _encode(line, headers)


def _encode(line: str, headers: Mapping[str, str]) -> bytes:
    text = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if text.count("\n") != len(headers) or text.count("\r") != len(headers):
        text = "".join([f"{_one_line(name)}: {_one_line(value)}\r\n" for name, value in headers.items()])
    return f"{line}{text}\r\n".encode("utf-8", "replace")


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
