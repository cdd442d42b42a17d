"""Streams as messages of a websocket."""

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.apiserver import log_socket
from kubewheel.libs import websocket
from kubewheel.libs.connections import connected_pair
from kubewheel.libs.websocket import WebSocket
from kubewheel.libs.wire import Request, Response


def request(*protocols: str) -> Request:
    return Request("GET", "/log", {}, websocket.request_headers(protocols))


@pytest.mark.parametrize(("offered", "chosen"), [
    pytest.param((), "", id="none"), pytest.param(("other", log_socket.BINARY), log_socket.BINARY, id="binary"),
    pytest.param((log_socket.BASE64, log_socket.BINARY), log_socket.BASE64, id="first"),
    pytest.param(("other",), "", id="unknown"),
])
def test_protocols(offered: tuple[str, ...], chosen: str) -> None:
    answer = log_socket.answer(request(*offered), Response(200, body=b"x"))
    assert answer.status == 101
    assert answer.headers.get("Sec-WebSocket-Protocol", "") == chosen


def test_other_versions_are_refused() -> None:
    asked = request()
    asked.headers["sec-websocket-version"] = "8"
    with pytest.raises(StatusError, match="unsupported websocket version") as caught:
        log_socket.answer(asked, Response(200, body=b"x"))
    assert caught.value.code == 400


@pytest.mark.parametrize(("protocol", "received"), [
    pytest.param(log_socket.BINARY, [b"", b"one", b"two"], id="binary"),
    pytest.param(log_socket.BASE64, [b"", base64.b64encode(b"one"), base64.b64encode(b"two")], id="base64"),
])
async def test_pieces_are_messages(protocol: str, received: list[bytes]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    answer = log_socket.answer(request(protocol), Response(200, chunks=pieces()))
    client, server = connected_pair()
    assert answer.upgrade is not None
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(answer.upgrade(server), name="serving")
        socket = WebSocket(client, server=False)
        told = []
        while (message := await socket.receive()) is not None:
            told.append(message.data)
        await serving
    assert told == received


async def test_a_client_that_leaves_ends_the_stream() -> None:
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            ended.set()

    answer = log_socket.answer(request(), Response(200, chunks=endless()))
    client, server = connected_pair()
    assert answer.upgrade is not None
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(answer.upgrade(server), name="serving")
        socket = WebSocket(client, server=False)
        await socket.receive()
        await socket.receive()
        await socket.close()
    assert ended.is_set()
