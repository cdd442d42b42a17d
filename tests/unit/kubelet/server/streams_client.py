"""Clients of exec and port-forward for tests: straight to a KubeletServer, over a pair in memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from kubewheel.kubelet.server import KubeletServer
from kubewheel.libs import spdy
from kubewheel.libs.connections import connected_pair
from kubewheel.libs.tasks import create_task
from kubewheel.libs.websocket import WebSocket, request_headers
from kubewheel.libs.wire import Connection, Request, Response

SPDY = {"connection": "Upgrade", "upgrade": "SPDY/3.1"}


async def ask(
    server: KubeletServer, path: str, query: Mapping[str, list[str]] | None = None, method: str = "GET",
    **headers: str,
) -> Response:
    return await server.handle(Request(method, path, query or {}, {**headers}))


async def text(response: Response) -> str:
    if response.chunks is not None:
        return b"".join([chunk async for chunk in response.chunks]).decode()
    return (response.body or b"").decode()


@asynccontextmanager
async def upgraded(response: Response) -> AsyncIterator[Connection]:
    assert response.status == 101, response.body
    assert response.upgrade is not None
    near, far = connected_pair()

    async def serve() -> None:
        assert response.upgrade is not None
        await response.upgrade(far)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        task = create_task(group, serve(), name="serve")
        yield near
        await near.close()
        await task


@asynccontextmanager
async def websocket(
    server: KubeletServer, path: str, query: Mapping[str, list[str]], protocol: str
) -> AsyncIterator[WebSocket]:
    headers = request_headers([protocol] if protocol else [])
    response = await server.handle(Request("GET", path, query, headers))
    assert response.headers.get("Sec-WebSocket-Protocol", "") == protocol
    async with upgraded(response) as connection:
        yield WebSocket(connection, server=False)


@asynccontextmanager
async def spdy_session(
    server: KubeletServer, path: str, query: Mapping[str, list[str]], protocols: str
) -> AsyncIterator[spdy.Session]:
    headers = {**SPDY, "x-stream-protocol-version": protocols}
    async with upgraded(await server.handle(Request("POST", path, query, headers))) as connection:
        session = spdy.Session(connection, server=False)
        async with asyncio.TaskGroup() as group:
            running = create_task(group, session.run(), name="session")
            yield session
            await session.close()
            running.cancel()


async def read_all(stream: spdy.Stream) -> bytes:
    data = b""
    while piece := await stream.read():
        data += piece
    return data
