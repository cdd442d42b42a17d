"""exec, attach and port-forward of a CRI runtime: SPDY to the one-time URL that it answers with.

The runtime's streaming server asks for no proof of who calls: it must listen on the loopback address only.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from kubewheel.kubelet.runtime import NotFound, RuntimeFailure, RuntimeUnavailable, Streams, TerminalSize
from kubewheel.libs import connections, http1, spdy
from kubewheel.libs.cri import client as cri
from kubewheel.libs.http_client import HttpTransport, Unavailable
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Connection, Request, Response

COMMAND_PROTOCOL = "v4.channel.k8s.io"
FORWARD_PROTOCOL = "portforward.k8s.io"
PREFIXES = (
    "Internal error occurred: ", "error executing command in container: ", "error attaching to container: ",
)
FORWARD_PREFIX = re.compile(r"^error forwarding port \d+ to pod [^,]*, uid [^:]*: ")
Write = Callable[[bytes], Awaitable[None]]


class Calls(Protocol):
    """The runtime's CRI methods."""

    async def call(self, method: str, *, seconds: float = 120.0, **fields: Any) -> Any:
        """Call a method with fields of its request; return the answer."""
        ...


class CriStreams:
    """The Streaming part of a runtime behind CRI."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def exec(self, container_id: str, command: Sequence[str], *, tty: bool, streams: Streams) -> int:
        """Run a command with the client's streams; return its exit code."""
        flags = _flags(streams, tty=tty)
        url = await self._url("Exec", container_id=container_id, cmd=list(command), **flags)
        return await run(url, streams, tty=tty)

    async def attach(self, container_id: str, *, tty: bool, streams: Streams) -> None:
        """Join the streams of the container's first process until it ends or the client leaves."""
        url = await self._url("Attach", container_id=container_id, **_flags(streams, tty=tty))
        await run(url, streams, tty=tty)

    async def port_forward(self, sandbox_id: str, port: int, connection: Connection) -> None:
        """Carry bytes between `connection` and a port on the pod's loopback until one side closes."""
        url = await self._url("PortForward", pod_sandbox_id=sandbox_id, port=[port])
        await forward(url, port, connection)

    async def _url(self, method: str, **fields: Any) -> str:
        try:
            answer = await self._calls.call(method, **fields)
        except cri.Unavailable as error:
            raise RuntimeUnavailable(str(error)) from error
        except cri.NotFound as error:
            raise NotFound(str(error)) from error
        except cri.Failure as error:
            raise RuntimeFailure(str(error)) from error
        return str(answer.url)


def _flags(streams: Streams, *, tty: bool) -> dict[str, bool]:
    return {
        "tty": tty, "stdin": streams.stdin is not None, "stdout": streams.stdout is not None,
        "stderr": streams.stderr is not None and not tty,
    }


async def run(url: str, streams: Streams, *, tty: bool) -> int:
    """Join `streams` to the exec or attach URL; return the exit code."""
    session = spdy.Session(await _open(url, COMMAND_PROTOCOL), server=False)
    try:
        async with asyncio.TaskGroup() as group:
            receiving = create_task(group, session.run(), name="cri-receive")
            text = await _run(group, session, streams, tty=tty)
            receiving.cancel()
    except* ConnectionError as broken:
        raise RuntimeFailure(f"stream to the runtime broke off: {broken.exceptions[0]}") from broken
    finally:
        await session.close()
    return exit_code(text)


async def _run(group: asyncio.TaskGroup, session: spdy.Session, streams: Streams, *, tty: bool) -> bytes:
    """Join the streams; return what the error stream told."""
    error = await session.open({"streamtype": "error"})
    await error.write_eof()
    feeders, readers = [], []
    if streams.stdin is not None:
        stdin = await session.open({"streamtype": "stdin"})
        feeders.append(create_task(group, _feed(streams.stdin, stdin), name="cri-stdin"))
    if streams.stdout is not None:
        stdout = await session.open({"streamtype": "stdout"})
        readers.append(create_task(group, _drain(stdout, streams.stdout), name="cri-stdout"))
    if streams.stderr is not None and not tty:
        stderr = await session.open({"streamtype": "stderr"})
        readers.append(create_task(group, _drain(stderr, streams.stderr), name="cri-stderr"))
    if tty:
        resize = await session.open({"streamtype": "resize"})
        if streams.resizes is not None:
            feeders.append(create_task(group, _resize(streams.resizes, resize), name="cri-resize"))
    text = await _read_all(error)
    for reader in readers:
        await reader
    for feeder in feeders:
        feeder.cancel()
    return text


def exit_code(text: bytes) -> int:
    """Return the exit code that the error stream tells; raise RuntimeFailure with its message otherwise."""
    if not text:
        raise RuntimeFailure("the runtime ended the stream without saying how the command ended")
    try:
        status: Mapping[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RuntimeFailure(text.decode("utf-8", "replace")) from error
    if status.get("status") == "Success":
        return 0
    if status.get("reason") == "NonZeroExitCode":
        causes = (status.get("details") or {}).get("causes") or []
        for cause in causes:
            if cause.get("reason") == "ExitCode":
                return int(cause["message"])
    message = str(status.get("message") or "unknown failure")
    for prefix in PREFIXES:  # The node's server puts them there itself.
        message = message.removeprefix(prefix)
    raise RuntimeFailure(message)


async def _feed(source: AsyncIterator[bytes], target: spdy.Stream) -> None:
    try:
        async for data in source:
            await target.write(data)
        await target.write_eof()
    except ConnectionError:
        pass  # The command has closed its input or ended; its outcome tells.


async def _drain(source: spdy.Stream, write: Write) -> None:
    async for data in _pieces(source):
        await write(data)


async def _resize(sizes: asyncio.Queue[TerminalSize], target: spdy.Stream) -> None:
    try:
        while True:
            size = await sizes.get()
            await target.write(orjson.dumps({"Width": size.width, "Height": size.height}) + b"\n")
    except ConnectionError:
        pass  # The command has ended.


async def forward(url: str, port: int, connection: Connection) -> None:
    """Carry one connection over the port-forward URL."""
    session = spdy.Session(await _open(url, FORWARD_PROTOCOL), server=False)
    try:
        async with asyncio.TaskGroup() as group:
            receiving = create_task(group, session.run(), name="cri-receive")
            headers = {"port": str(port), "requestid": "0"}
            error = await session.open({"streamtype": "error", **headers})
            await error.write_eof()
            data = await session.open({"streamtype": "data", **headers})
            telling = create_task(group, _read_all(error), name="cri-error")
            await _carry(connection, data, telling)
            message = telling.result() if telling.done() else b""
            telling.cancel()
            receiving.cancel()
    except* ConnectionError as broken:
        raise RuntimeFailure(f"stream to the runtime broke off: {broken.exceptions[0]}") from broken
    finally:
        await session.close()
    if message:
        raise RuntimeFailure(FORWARD_PREFIX.sub("", message.decode("utf-8", "replace")))


async def _carry(connection: Connection, data: spdy.Stream, telling: asyncio.Task[bytes]) -> None:
    async def splice() -> None:
        await connections.splice(connection, data)

    async with asyncio.TaskGroup() as group:
        splicing = create_task(group, splice(), name="cri-splice")
        await asyncio.wait({splicing, telling}, return_when=asyncio.FIRST_COMPLETED)
        if telling.done() and telling.result():
            splicing.cancel()  # Refused: there is nobody to talk to.
        elif not telling.done() and splicing.done():
            await asyncio.wait({telling}, timeout=1.0)


async def _read_all(stream: spdy.Stream) -> bytes:
    return b"".join([data async for data in _pieces(stream)])


async def _pieces(stream: spdy.Stream) -> AsyncIterator[bytes]:
    try:
        while data := await stream.read():
            yield data
    except ConnectionError:
        return  # Runtimes end a command's streams by resetting them; the outcome tells whether all went well.


async def _open(url: str, protocol: str) -> Connection:
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    transport = HttpTransport(base)
    headers = {"connection": "Upgrade", "upgrade": spdy.UPGRADE, "x-stream-protocol-version": protocol}
    try:
        answer = await transport.send(Request("POST", parts.path, http1.decode_query(parts.query), headers))
    except Unavailable as error:
        raise RuntimeUnavailable(f"the runtime's streaming server does not answer: {error}") from error
    if answer.connection is None:
        await transport.close()
        raise RuntimeFailure(f"the runtime refused the stream: {answer.status} {_text(answer)}")
    return answer.connection


def _text(answer: Response) -> str:
    return (answer.encoded or answer.body or b"").decode("utf-8", "replace").strip()
