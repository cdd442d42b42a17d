"""GET requests of probes and hooks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kubewheel.kubelet import http_get
from kubewheel.kubelet.targets import NoPort, Target
from tests.unit.kubelet.build import container, pod

SUBJECT = container(ports=[{"name": "web", "containerPort": 8080}])
TARGET = Target(pod(SUBJECT), SUBJECT, "c", "10.0.0.9")


@asynccontextmanager
async def serving(*answers: str) -> AsyncIterator[tuple[str, list[str]]]:
    """Answer each connection with the next of `answers`."""
    left, seen = list(answers), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(left.pop(0).encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", seen
    finally:
        server.close()


async def test_get_sends_headers_and_returns_the_code() -> None:
    action = {"httpHeaders": [{"name": "X-Mine", "value": "1"}, {"name": "Host", "value": "example.com"}]}
    async with serving("HTTP/1.1 204 No Content\r\n\r\n") as (address, seen):
        assert await http_get.get(f"{address}/ready?x=1", http_get.headers(action)) == 204
    assert seen[0].startswith("GET /ready?x=1 HTTP/1.1\r\n")
    assert "X-Mine: 1\r\n" in seen[0]
    assert seen[0].count("Host: ") == 1
    assert "Host: example.com\r\n" in seen[0]
    assert f"User-Agent: {http_get.USER_AGENT}\r\n" in seen[0]


async def test_redirects_on_the_same_host_are_followed() -> None:
    async with serving(
        "HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"
    ) as (address, seen):
        assert await http_get.get(address, []) == 200
    assert seen[1].startswith("GET /there ")


async def test_redirect_to_another_host_is_an_answer() -> None:
    async with serving("HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\n\r\n") as (address, _):
        assert await http_get.get(address, []) == 302


@pytest.mark.parametrize("answer", ["nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\n", ""])
async def test_bad_answers(answer: str) -> None:
    async with serving(answer) as (address, _):
        with pytest.raises(http_get.BadAnswer):
            await http_get.get(address, [])


@pytest.mark.parametrize(("action", "expected"), [
    ({"port": 80}, "http://10.0.0.9:80/"), ({"port": "web", "path": "x"}, "http://10.0.0.9:8080/x"),
    ({"port": "81", "scheme": "HTTPS", "host": "fd::1", "path": "/a"}, "https://[fd::1]:81/a"),
])
def test_url(action: dict[str, object], expected: str) -> None:
    assert http_get.url(TARGET, action) == expected


@pytest.mark.parametrize("port", ["none", 0, 70000])
def test_no_such_port(port: object) -> None:
    with pytest.raises(NoPort):
        http_get.url(TARGET, {"port": port})


def test_explain() -> None:
    assert http_get.explain(ConnectionRefusedError(111, "x"), "10.0.0.9", 80) == (
        "dial tcp 10.0.0.9:80: connect: connection refused"
    )
