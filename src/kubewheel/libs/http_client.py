"""HTTPS client: the `Transport` that carries requests over a socket.

Connections are kept and used again. Bodies of JSON become `Response.object` (with the bytes in `encoded`), a watch
becomes `Response.events`, other streams `Response.chunks`, an accepted upgrade `Response.connection`.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, quote_plus, urlsplit

import orjson

from kubewheel.libs import http1
from kubewheel.libs.connections import EndOfStream, SocketStream, keep_alive
from kubewheel.libs.wire import Request, Response, WatchEvent

HEAD_LIMIT = 1 << 20
LINE_LIMIT = 64 << 20  # One event of a watch.
REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))

HeaderSource = Mapping[str, str] | Callable[[], Mapping[str, str]] | Callable[[], Awaitable[Mapping[str, str]]]


class Unavailable(ConnectionError):
    """The server did not answer, or not in HTTP; says which server and why."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines in seconds."""

    connect: float = 10.0
    answer: float = 70.0  # Until the whole answer is there, or a stream's head.
    idle: float = 60.0  # Before a kept connection is too old to be trusted.


@dataclass(frozen=True, slots=True)
class _Origin:
    host: str
    port: int
    prefix: str
    socket_path: str
    host_header: str

    @classmethod
    def parse(cls, base_url: str) -> "_Origin":
        parts = urlsplit(base_url)
        if parts.scheme == "unix":
            return cls("", 0, "", parts.path, "localhost")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http, https or unix URL: {base_url!r}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return cls(parts.hostname, port, parts.path.rstrip("/"), "", parts.netloc.rpartition("@")[2])


class HttpTransport:
    """Carries requests to the server at `base_url` (http, https, or unix:///path)."""

    def __init__(
        self, base_url: str, ssl_context: ssl.SSLContext | None = None, headers: HeaderSource | None = None, *,
        timeouts: Timeouts | None = None, server_name: str = "", repeatable: frozenset[str] = REPEATABLE,
    ) -> None:
        self.base_url = base_url
        self._origin = _Origin.parse(base_url)
        self._tls = ssl_context
        if base_url.startswith("https") and ssl_context is None:
            self._tls = ssl.create_default_context()
        self._headers: HeaderSource = headers or {}
        self._timeouts = timeouts or Timeouts()
        self._server_name = server_name
        self._repeatable = repeatable
        self._idle: list[tuple[float, SocketStream]] = []
        self._open: set[SocketStream] = set()
        self._closed = False

    async def send(self, request: Request, *, stream: bool | None = None) -> Response:
        """Return the server's answer.

        `stream` asks for the body as `chunks`; by default a watch or a followed log streams and all else is read whole.
        """
        headers, body = await self._prepare(request)
        repeated = getattr(request.headers, "repeated", None)
        data = http1.encode_request_head(request.method, self._target(request), headers, repeated)
        following = [request.parameter(name) in ("1", "true") for name in ("watch", "follow")]
        reader = _AnswerReader(self, request.method, stream=any(following) if stream is None else stream)
        try:
            async with asyncio.timeout(self._timeouts.answer):
                answer = await self._exchange(request, data + body, reader)
        except TimeoutError as error:
            raise Unavailable(f"no answer from {self.base_url} in {self._timeouts.answer:g} s") from error
        except (OSError, http1.Malformed) as error:
            raise Unavailable(f"cannot {request.method} {self.base_url}{request.path}: {error}") from error
        if stream is None and following[0] and answer.chunks is not None and answer.status == 200:
            answer.events, answer.chunks = _Events(answer.chunks), None
        return answer

    async def close(self) -> None:
        """Close all connections."""
        self._closed = True
        for connection in tuple(self._open):
            connection.abort()
        self._idle.clear()

    async def _exchange(self, request: Request, data: bytes, reader: "_AnswerReader") -> Response:
        while (connection := self._kept()) is not None:
            try:
                return await self._attempt(connection, data, reader)
            except _Stale:  # The server closed it while it was idle.
                if request.method not in self._repeatable:
                    raise
        return await self._attempt(await self._connect(), data, reader)

    async def _attempt(self, connection: SocketStream, data: bytes, reader: "_AnswerReader") -> Response:
        try:
            await connection.write(data)
            return await reader.read(connection)
        except BaseException:
            self.discard(connection)
            raise

    def _kept(self) -> SocketStream | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            since, connection = self._idle.pop()
            if not connection.ended and not connection.buffer and now - since < self._timeouts.idle:
                return connection
            self.discard(connection)
        return None

    async def _connect(self) -> SocketStream:
        if self._closed:
            raise Unavailable(f"transport to {self.base_url} is closed")
        loop = asyncio.get_running_loop()
        origin = self._origin
        name = (self._server_name or origin.host or None) if self._tls else None
        async with asyncio.timeout(self._timeouts.connect):
            if origin.socket_path:
                transport, connection = await loop.create_unix_connection(SocketStream, origin.socket_path)
            else:
                transport, connection = await loop.create_connection(
                    SocketStream, origin.host, origin.port, ssl=self._tls, server_hostname=name
                )
                keep_alive(transport)
        self._open.add(connection)
        return connection

    def keep(self, connection: SocketStream) -> None:
        """Take back a connection whose answer has been read to its end."""
        if self._closed or connection.ended:
            self.discard(connection)
        else:
            self._idle.append((asyncio.get_running_loop().time(), connection))

    def discard(self, connection: SocketStream) -> None:
        """Give up a connection."""
        self._open.discard(connection)
        connection.abort()

    def release(self, connection: SocketStream) -> None:
        """Forget a connection that somebody else has taken over."""
        self._open.discard(connection)

    async def _prepare(self, request: Request) -> tuple[dict[str, str], bytes]:
        headers = {"host": self._origin.host_header}
        supplied = self._headers() if callable(self._headers) else self._headers
        if not isinstance(supplied, Mapping):
            supplied = await supplied
        headers.update({name.lower(): value for name, value in supplied.items()})
        headers.update({name.lower(): value for name, value in request.headers.items() if name.lower() != "host"})
        body = request.body
        if body is None:
            content = b""
        elif isinstance(body, bytes):
            content = body
        else:
            content = orjson.dumps(body)
            headers.setdefault("content-type", "application/json")
        headers.pop("transfer-encoding", None)
        headers.pop("content-length", None)
        if content or request.method in ("POST", "PUT", "PATCH"):
            headers["content-length"] = str(len(content))
        return headers, content

    def _target(self, request: Request) -> str:
        path = self._origin.prefix + quote(request.path, safe="/:@!$&'()*+,;=~-._")
        query = "&".join(
            f"{quote_plus(name)}={quote_plus(value)}" for name, values in request.query.items() for value in values
        )
        return f"{path}?{query}" if query else path


class _Stale(EndOfStream):
    """The connection ended before the first byte of an answer."""


class _AnswerReader:
    """Reads one answer and decides what becomes of its connection."""

    def __init__(self, owner: HttpTransport, method: str, *, stream: bool) -> None:
        self._owner = owner
        self._method = method
        self._stream = stream

    async def read(self, connection: SocketStream) -> Response:
        """Return the answer that arrives on `connection`."""
        head = await self._read_head(connection)
        if head.status == 101:
            self._owner.release(connection)
            return Response(status=101, headers=head.headers, connection=connection)
        keep = http1.is_persistent(head.headers, head.minor)
        if self._method == "HEAD" or head.status in (204, 304):
            self.end(connection, keep=keep)
            return Response(status=head.status, headers=head.headers)
        length = http1.body_length(head.headers)
        if self._stream and head.status < 300:
            chunks = _Body(self, connection, length, keep=keep and length is not None)
            return Response(status=head.status, headers=head.headers, chunks=chunks)
        body = b"".join([chunk async for chunk in _read_chunks(connection, length)])
        self.end(connection, keep=keep and length is not None)
        return _with_content(Response(status=head.status, headers=head.headers), body)

    async def _read_head(self, connection: SocketStream) -> http1.ResponseHead:
        while True:
            raw = await connection.read_head(HEAD_LIMIT)
            if raw is None:
                raise _Stale("connection closed before an answer")
            head = http1.parse_response(raw)
            if head.status == 101 or head.status >= 200:
                return head

    def end(self, connection: SocketStream, *, keep: bool) -> None:
        """Keep or give up the connection of an answer that has been read."""
        if keep:
            self._owner.keep(connection)
        else:
            self._owner.discard(connection)


class _Body:
    """A streamed body; closing it early gives up its connection."""

    def __init__(self, reader: _AnswerReader, connection: SocketStream, length: int | None, *, keep: bool) -> None:
        self._reader = reader
        self._connection: SocketStream | None = connection
        self._pieces = _read_chunks(connection, length)
        self._keep = keep

    def __aiter__(self) -> "_Body":
        return self

    async def __anext__(self) -> bytes:
        if self._connection is None:
            raise StopAsyncIteration
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            self._end(keep=self._keep)
            raise
        except (http1.Malformed, ConnectionError) as error:
            self._end(keep=False)
            raise Unavailable(f"stream broke off: {error}") from error
        except BaseException:
            self._end(keep=False)
            raise

    async def aclose(self) -> None:
        """Give up the rest."""
        self._end(keep=False)
        await self._pieces.aclose()

    def _end(self, *, keep: bool) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            self._reader.end(connection, keep=keep)


async def _read_chunks(connection: SocketStream, length: int | None) -> AsyncGenerator[bytes, None]:
    """Yield the pieces of a body as they arrive."""
    if length is None:
        while data := await connection.read():
            yield data
    elif length == http1.CHUNKED:
        while size := await http1.read_chunk_size(connection):
            async for data in _read_counted(connection, size):
                yield data
            await http1.end_chunk(connection)
    else:
        async for data in _read_counted(connection, length):
            yield data


async def _read_counted(connection: SocketStream, size: int) -> AsyncIterator[bytes]:
    while size:
        data = await connection.read_some(size)
        if not data:
            raise EndOfStream(f"{size} bytes are missing")
        size -= len(data)
        yield data


def _with_content(response: Response, body: bytes) -> Response:
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            decoded: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            decoded = None
        if isinstance(decoded, dict):
            response.object, response.encoded = decoded, body
            return response
    response.body = body
    return response


async def lines(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield the lines of a stream, without their ends."""
    pending = bytearray()
    async for chunk in chunks:
        searched = len(pending)
        pending += chunk
        if pending.find(b"\n", searched) < 0:
            if len(pending) > LINE_LIMIT:
                raise Unavailable(f"a line of more than {LINE_LIMIT} bytes")
            continue
        *complete, rest = bytes(pending).split(b"\n")
        pending = bytearray(rest)
        for line in complete:
            yield line
    if pending:
        yield bytes(pending)


class _Events:
    """The events of a watch; closing it gives up its connection."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._lines = lines(chunks)

    def __aiter__(self) -> "_Events":
        return self

    async def __anext__(self) -> WatchEvent:
        while not (line := await anext(self._lines)).strip():
            pass
        try:
            event = orjson.loads(line)
            return WatchEvent(event["type"], event["object"], line + b"\n")
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Unavailable(f"not a watch event: {line[:200]!r}") from error

    async def aclose(self) -> None:
        """Give up the watch."""
        await self._lines.aclose()
        await cast(_Body, self._chunks).aclose()
