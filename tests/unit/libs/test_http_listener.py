"""The listener, driven by raw bytes over a socket."""

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kubewheel.libs import tls
from kubewheel.libs.http_client import HttpTransport
from kubewheel.libs.http_listener import Handler, Limits, Listener
from kubewheel.libs.wire import Connection, Request, Response, WatchEvent


@asynccontextmanager
async def listening(handler: Handler, limits: Limits | None = None, **options: object) -> AsyncIterator[Listener]:
    listener = Listener(limits)
    await listener.start(handler, host="127.0.0.1", port=0, **options)  # type: ignore[arg-type]
    try:
        yield listener
    finally:
        await listener.close(grace_seconds=0.05)


async def talk(listener: Listener, data: bytes) -> bytes:
    """Send `data` and return all that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(data)
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


async def echo(request: Request) -> Response:
    body = request.body if isinstance(request.body, bytes) else b""
    return Response(object={"method": request.method, "path": request.path, "query": dict(request.query),
                            "body": body.decode(), "who": request.headers.get("x-who", "")})


CLOSE = b"Host: h\r\nConnection: close\r\n\r\n"


async def test_pipelined_requests_are_answered_in_order():
    async with listening(echo) as listener:
        answer = await talk(
            listener,
            b"POST /a?q=1 HTTP/1.1\r\nHost: h\r\nX-Who: me\r\nContent-Length: 2\r\n\r\nhi"
            b"POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: x\r\n\r\n"
            b"GET /c HTTP/1.1\r\n" + CLOSE,
        )
    assert b'"path":"/a","query":{"q":["1"]},"body":"hi","who":"me"' in answer
    assert b'"path":"/b","query":{},"body":"abc","who":""' in answer
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert answer.index(b"/a") < answer.index(b"/b") < answer.index(b"/c")
    assert b"Content-Type: application/json" in answer


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\nA: b\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nA: " + b"x" * 5000 + b"\r\n\r\n", b"431 Request Header Fields Too Large"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", b"501 Not Implemented"),
    ],
)
async def test_malformed_requests_are_refused(data: bytes, status: bytes):
    async with listening(echo, Limits(head_bytes=4096)) as listener:
        answer = await talk(listener, data)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 11\r\n\r\n" + b"x" * 11,
        b"Transfer-Encoding: chunked\r\n\r\nb\r\n" + b"x" * 11 + b"\r\n0\r\n\r\n",
    ],
)
async def test_a_body_above_the_limit_is_refused(head: bytes):
    def too_large(limit: int) -> Response:
        return Response(status=413, object={"limit": limit})

    async with listening(echo, max_body=10, too_large=too_large) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: h\r\n" + head)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.endswith(b'{"limit":10}')


async def test_expected_continue_is_given():
    async with listening(echo) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + CLOSE)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ok")
        assert b'"body":"ok"' in await reader.read()
        writer.close()


async def test_head_has_length_but_no_body():
    async with listening(echo) as listener:
        answer = await talk(listener, b"HEAD / HTTP/1.1\r\n" + CLOSE)
    assert b"Content-Length: " in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 3_000_000])
async def test_answers_of_any_size_arrive_whole(size: int):
    content = bytes(range(251)) * (size // 251 + 1)

    async def handler(request: Request) -> Response:
        return Response(body=content[:size])

    async with listening(handler) as listener:
        answer = await talk(listener, b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n" + CLOSE)
    heads_and_bodies = answer.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [each.partition(b"\r\n\r\n")[2] for each in heads_and_bodies] == [content[:size]] * 2


async def test_old_clients_get_streams_without_chunks():
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async def handler(_: Request) -> Response:
        return Response(chunks=pieces())

    async with listening(handler) as listener:
        answer = await talk(listener, b"GET / HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nonetwo")
    assert b"chunked" not in answer


async def test_stream_is_flushed_at_once_and_a_hang_up_ends_it():
    closed = asyncio.Event()
    proceed = asyncio.Event()

    async def events() -> AsyncIterator[WatchEvent]:
        try:
            yield WatchEvent("ADDED", {"a": 1})
            await proceed.wait()
            yield WatchEvent("DELETED", {}, b'{"type":"DELETED"}\n')
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def handler(_: Request) -> Response:
        return Response(events=events())

    async with listening(handler) as listener, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readuntil(b"\n\r\n") == b'22\r\n{"type":"ADDED","object":{"a":1}}\n\r\n'
        proceed.set()
        assert b"DELETED" in await reader.readuntil(b"\n\r\n")
        writer.close()
        await closed.wait()


async def test_hang_up_cancels_the_handler():
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def handler(_: Request) -> Response:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return Response()

    async with listening(handler) as listener, asyncio.timeout(5):
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await started.wait()
        writer.close()
        await cancelled.wait()


async def test_upgrade_keeps_early_bytes_and_half_closes():
    async def shout(connection: Connection) -> None:
        received = b""
        while data := await connection.read():
            received += data
        await connection.write(received.upper())

    async def handler(_: Request) -> Response:
        return Response(status=101, headers={"Upgrade": "shout", "Connection": "Upgrade"}, upgrade=shout)

    async with listening(handler) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nearly,")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"late")
        writer.write_eof()
        assert await reader.read() == b"EARLY,LATE"
        writer.close()


async def test_upgraded_connection_stops_a_fast_writer():
    release = asyncio.Event()
    total = 0

    async def slow(connection: Connection) -> None:
        nonlocal total
        await release.wait()
        while data := await connection.read():
            total += len(data)
        await connection.write(b"%d" % total)

    async def handler(_: Request) -> Response:
        return Response(status=101, headers={"Upgrade": "slow", "Connection": "Upgrade"}, upgrade=slow)

    async with listening(handler) as listener, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nUpgrade: slow\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        size = 32 << 20
        writer.write(b"x" * size)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await writer.drain()
        release.set()
        await writer.drain()
        writer.write_eof()
        assert await reader.read() == b"%d" % size
        writer.close()


async def test_slow_heads_are_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("kubewheel.libs.http_listener.listener.SWEEP_SECONDS", 0.01)
    async with listening(echo, Limits(head_seconds=0.02)) as listener:
        assert await talk(listener, b"GET / HTTP/1.1\r\nHost:") == b""


async def test_close_ends_streams_properly_and_waits_for_answers():
    proceed = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    async def handler(request: Request) -> Response:
        if request.path == "/stream":
            return Response(chunks=endless())
        await proceed.wait()
        return Response(body=b"done")

    listener = Listener()
    await listener.start(handler, host="127.0.0.1", port=0)
    port = listener.port
    stream, stream_writer = await asyncio.open_connection("127.0.0.1", port)
    stream_writer.write(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
    await stream.readuntil(b"first\r\n")
    plain, plain_writer = await asyncio.open_connection("127.0.0.1", listener.port)
    plain_writer.write(b"GET /plain HTTP/1.1\r\nHost: h\r\n\r\n")
    while len(listener.connections) < 2:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.close())
        assert await stream.read() == b"0\r\n\r\n"
        proceed.set()
        assert (await plain.read()).endswith(b"done")
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", port)
    stream_writer.close()
    plain_writer.close()


async def test_a_broken_handler_does_not_end_the_server():
    async def handler(request: Request) -> Response:
        if request.path == "/broken":
            raise KeyError("bug")
        return Response(body=b"fine")

    async with listening(handler) as listener:
        assert (await talk(listener, b"GET /broken HTTP/1.1\r\n" + CLOSE)).startswith(b"HTTP/1.1 500")
        assert (await talk(listener, b"GET /ok HTTP/1.1\r\n" + CLOSE)).endswith(b"fine")


async def test_client_certificate_is_optional_and_handed_on(tmp_path: Path):
    now = datetime.datetime.now(datetime.UTC)
    authority = tls.make_authority("test-ca", now, 1)
    server = tls.issue(authority, tls.Subject("server", (), ("127.0.0.1", "localhost")), now, 1)
    client = tls.issue(authority, tls.Subject("alice", ("devs",)), now, 1)
    for name, pair in (("ca", authority), ("server", server), ("client", client)):
        (tmp_path / f"{name}.crt").write_bytes(pair.certificate_pem())
        (tmp_path / f"{name}.key").write_bytes(pair.key_pem())

    def load(context: ssl.SSLContext, name: str) -> ssl.SSLContext:
        context.load_verify_locations(tmp_path / "ca.crt")
        if name:
            context.load_cert_chain(tmp_path / f"{name}.crt", tmp_path / f"{name}.key")
        return context

    accepting = load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), "server")
    accepting.verify_mode = ssl.CERT_OPTIONAL
    seen: list[bytes | None] = []

    async def handler(request: Request) -> Response:
        seen.append(request.peer_certificate)
        return Response(object={"address": request.peer_address})

    async with listening(handler, ssl_context=accepting) as listener:
        for name in ("client", ""):
            transport = HttpTransport(
                f"https://localhost:{listener.port}", load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), name)
            )
            answer = await transport.send(Request("GET", "/"))
            assert answer.object == {"address": "127.0.0.1"}
            await transport.close()
    assert seen[1] is None
    assert seen[0] is not None
    assert b"alice" in seen[0]
