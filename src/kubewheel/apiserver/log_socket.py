"""A byte stream as messages of a websocket: logs, for clients that cannot read an answer while it grows."""

import asyncio
import base64
from collections.abc import AsyncIterator

from kubewheel.api import errors
from kubewheel.libs import http1, websocket
from kubewheel.libs.tasks import create_task
from kubewheel.libs.websocket import WebSocket
from kubewheel.libs.wire import Connection, Request, Response

BINARY, BASE64 = "binary.k8s.io", "base64.binary.k8s.io"


def answer(request: Request, content: Response) -> Response:
    """Return an answer that sends what `content` carries over a websocket; raise 400."""
    offered = websocket.offered_protocols(request.headers)
    protocol = next((each for each in offered if each in (BINARY, BASE64)), "")
    try:
        headers = websocket.accept_headers(request.headers, protocol)
    except http1.Malformed as error:
        raise errors.bad_request(str(error)) from error
    return Response(101, headers, upgrade=_Sender(content, is_base64=protocol == BASE64))


class _Sender:
    """Sends a stream until it ends or the client leaves."""

    def __init__(self, content: Response, *, is_base64: bool) -> None:
        self._content = content
        self._is_base64 = is_base64

    async def __call__(self, connection: Connection) -> None:
        socket = WebSocket(connection, server=True)
        try:
            async with asyncio.TaskGroup() as group:
                leaving = create_task(group, _until_closed(socket), name="log-socket-receive")
                sending = create_task(group, self._send(socket), name="log-socket-send")
                await asyncio.wait({leaving, sending}, return_when=asyncio.FIRST_COMPLETED)
                leaving.cancel()
                sending.cancel()
            await socket.close()
        except* ConnectionError:
            pass  # The client went away.
        finally:
            await connection.close()

    async def _send(self, socket: WebSocket) -> None:
        await socket.send(b"", text=self._is_base64)  # Tells the client that the stream is open.
        async for piece in _pieces(self._content):
            await socket.send(base64.b64encode(piece) if self._is_base64 else piece, text=self._is_base64)


async def _pieces(content: Response) -> AsyncIterator[bytes]:
    if content.chunks is None:
        yield content.body or b""
        return
    try:
        async for piece in content.chunks:
            yield piece
    finally:
        close = getattr(content.chunks, "aclose", None)
        if close is not None:
            await close()


async def _until_closed(socket: WebSocket) -> None:
    while await socket.receive() is not None:
        pass
