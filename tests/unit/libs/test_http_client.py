"""The client side, against the listener and against servers that misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kubewheel.libs.http_client import HttpTransport, Timeouts, Unavailable
from kubewheel.libs.http_listener import Handler, Listener
from kubewheel.libs.wire import Connection, Request, Response, WatchEvent


@asynccontextmanager
async def serving(handler: Handler, **options: object) -> AsyncIterator[HttpTransport]:
    listener = Listener()
    await listener.start(handler, host="127.0.0.1", port=0)
    transport = HttpTransport(f"http://127.0.0.1:{listener.port}/prefix", **options)  # type: ignore[arg-type]
    try:
        yield transport
    finally:
        await transport.close()
        await listener.close(grace_seconds=0.05)


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[tuple[HttpTransport, list[int]]]:
    """Serve one raw answer to each connection, then close it."""
    served = [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answers[min(served[0], len(answers) - 1)])
        served[0] += 1
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = HttpTransport(f"http://127.0.0.1:{port}", timeouts=Timeouts(answer=1))
    try:
        yield transport, served
    finally:
        await transport.close()
        server.close()


async def describe(request: Request) -> Response:
    return Response(object={"path": request.path, "query": dict(request.query), "headers": dict(request.headers),
                            "body": (request.body or b"").decode()})  # type: ignore[union-attr]


async def test_request_arrives_as_it_was_sent():
    async def token() -> dict[str, str]:
        return {"Authorization": "Bearer t"}

    async with serving(describe, headers=token) as transport:
        answer = await transport.send(
            Request("PATCH", "/a b/ü%", {"q": ["x&y", "="], "e": [""]}, {"content-type": "application/x"}, {"k": 1})
        )
    assert answer.object is not None
    assert answer.object["path"] == "/prefix/a b/ü%"
    assert answer.object["query"] == {"q": ["x&y", "="], "e": [""]}
    assert answer.object["body"] == '{"k":1}'
    assert answer.object["headers"]["authorization"] == "Bearer t"
    assert answer.object["headers"]["content-type"] == "application/x"
    assert answer.encoded is not None


async def test_connections_are_used_again():
    addresses: set[int] = set()

    async def handler(request: Request) -> Response:
        addresses.add(id(request.headers))
        return Response(body=b"x" * 100_000)

    async with serving(handler) as transport:
        for _ in range(5):
            assert (await transport.send(Request("GET", "/"))).body == b"x" * 100_000
        assert len(transport._open) == 1


async def test_watch_becomes_events():
    async def events() -> AsyncIterator[WatchEvent]:
        for number in range(3):
            yield WatchEvent("ADDED", {"n": number, "pad": "x" * 70_000})

    async def handler(_: Request) -> Response:
        return Response(events=events())

    async with serving(handler) as transport:
        answer = await transport.send(Request("GET", "/", {"watch": ["true"]}))
        assert answer.events is not None
        got = [event async for event in answer.events]
        assert [event.object["n"] for event in got] == [0, 1, 2]
        assert got[0].encoded.startswith(b'{"type":"ADDED","object":{"n":0')
        assert got[0].encoded.endswith(b"}\n")
        assert len(transport._idle) == 1  # Read to its end, the connection serves again.


async def test_closing_a_stream_early_hangs_up():
    closed = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def handler(_: Request) -> Response:
        return Response(chunks=pieces())

    async with serving(handler) as transport, asyncio.timeout(5):
        answer = await transport.send(Request("GET", "/"), stream=True)
        assert answer.chunks is not None
        await answer.chunks.aclose()  # type: ignore[attr-defined]
        await closed.wait()
        assert not transport._open


async def test_errors_of_streams_are_read_whole():
    async def handler(_: Request) -> Response:
        return Response(status=404, object={"kind": "Status"})

    async with serving(handler) as transport:
        answer = await transport.send(Request("GET", "/", {"watch": ["1"]}))
        assert (answer.status, answer.object, answer.events) == (404, {"kind": "Status"}, None)


async def test_upgrade_gives_the_connection():
    async def shout(connection: Connection) -> None:
        await connection.write(b"hello ")
        await connection.write((await connection.read()).upper())

    async def handler(request: Request) -> Response:
        return Response(status=101, headers={"Upgrade": request.headers["upgrade"]}, upgrade=shout)

    async with serving(handler) as transport:
        answer = await transport.send(Request("POST", "/", {}, {"Connection": "Upgrade", "Upgrade": "shout"}))
        assert answer.status == 101
        assert answer.connection is not None
        await answer.connection.write(b"you")
        received = b""
        while data := await answer.connection.read():
            received += data
        assert received == b"hello YOU"
        await answer.connection.close()


STALE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_connection_closed_while_idle_is_replaced(method: str):
    async with answering(STALE) as (transport, served):
        assert (await transport.send(Request("GET", "/"))).body == b"ok"
        await asyncio.sleep(0.02)
        assert (await transport.send(Request(method, "/"))).body == b"ok"
        assert served == [2]


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 OK\r\nA",
    ],
)
async def test_broken_answers_are_unavailable(answer: bytes):
    async with answering(answer) as (transport, _):
        with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1"):
            await transport.send(Request("GET", "/"))
        assert not transport._open


async def test_answer_without_length_ends_with_the_connection():
    async with answering(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nall of it") as (transport, _):
        assert (await transport.send(Request("GET", "/"))).body == b"all of it"


async def test_nobody_listens():
    transport = HttpTransport("http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="cannot GET"):
        await transport.send(Request("GET", "/"))


async def test_no_answer_in_time():
    async def handler(_: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    async with serving(handler, timeouts=Timeouts(answer=0.02)) as transport:
        with pytest.raises(Unavailable, match=r"no answer from http://127.0.0.1:\d+/prefix in 0.02 s"):
            await transport.send(Request("GET", "/"))
