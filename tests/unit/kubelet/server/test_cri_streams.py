"""The client of a CRI runtime's streaming server, against our own server of the same protocols."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from kubewheel.kubelet.runtime import NotFound, RuntimeFailure, RuntimeUnavailable, Streams, TerminalSize
from kubewheel.kubelet.server import cri_streams, remote_command
from kubewheel.kubelet.server.cri_streams import CriStreams
from kubewheel.libs.connections import connected_pair
from kubewheel.libs.cri import client as cri
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.tasks import create_task
from tests.unit.kubelet.server import fake_api


class Calls:
    """Answers Exec, Attach and PortForward with URLs of a KubeletServer."""

    def __init__(self, base: str) -> None:
        self._base = base

    async def call(self, method: str, *, seconds: float = 1.0, **fields: Any) -> Any:
        if fields.get("container_id") == "nosuch":
            raise cri.NotFound("no such container")
        flags = {"stdin": "input", "stdout": "output", "stderr": "error", "tty": "tty"}
        wanted = [(theirs, "1") for ours, theirs in flags.items() if fields.get(ours)]
        query = urlencode(wanted + [("command", word) for word in fields.get("cmd", ())])
        path = {"Exec": "/exec/default/web/main", "Attach": "/attach/default/web/main",
                "PortForward": "/portForward/default/web"}[method]
        return SimpleNamespace(url=f"{self._base}{path}?{query}")


@asynccontextmanager
async def serving() -> AsyncIterator[CriStreams]:
    server, _ = await fake_api.make_server(fake_api.make_pod())
    listener = Listener()
    await listener.start(server.handle, host="127.0.0.1", port=0)
    try:
        async with asyncio.timeout(10):
            yield CriStreams(Calls(f"http://127.0.0.1:{listener.port}"))
    finally:
        await listener.close(grace_seconds=0.1)


class Sink:
    """Collects output, and gives input."""

    def __init__(self, *chunks: bytes, tty: bool = False) -> None:
        self.stdout, self.stderr = bytearray(), bytearray()
        self._chunks = chunks
        self.streams = Streams(self._input() if chunks else None, self._out, None if tty else self._err)

    async def _input(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk

    async def _out(self, data: bytes) -> None:
        self.stdout += data

    async def _err(self, data: bytes) -> None:
        self.stderr += data


async def test_exec_tells_output_and_exit_code():
    async with serving() as streams:
        sink = Sink()
        command = ["sh", "-c", "echo out; echo err >&2; exit 6"]
        assert await streams.exec("c", command, tty=False, streams=sink.streams) == 6
        assert (bytes(sink.stdout), bytes(sink.stderr)) == (b"out\n", b"err\n")


async def test_stdin_ends():
    async with serving() as streams:
        data = os.urandom(3 << 20)
        sink = Sink(data[:100], data[100:])
        assert await streams.exec("c", ["cat"], tty=False, streams=sink.streams) == 0
        assert bytes(sink.stdout) == data


async def test_a_terminal_has_sizes_and_one_output():
    async with serving() as streams:
        sink = Sink(b"echo hi\rexit 3\r", tty=True)
        sink.streams.resizes = asyncio.Queue()
        sink.streams.resizes.put_nowait(TerminalSize(80, 24))
        assert await streams.exec("c", ["sh"], tty=True, streams=sink.streams) == 3
        assert bytes(sink.stdout) == b"hi\n"


async def test_attach_ends_with_its_input():
    async with serving() as streams:
        sink = Sink(b"typed")
        await streams.attach("c", tty=False, streams=sink.streams)
        assert bytes(sink.stdout) == b"typed"


async def test_failures_are_told():
    async with serving() as streams:
        with pytest.raises(RuntimeFailure, match=r"^failed to exec in container: OCI"):
            await streams.exec("c", ["nosuch"], tty=False, streams=Sink().streams)
        with pytest.raises(NotFound, match="no such container"):
            await streams.exec("nosuch", ["true"], tty=False, streams=Sink().streams)


async def test_port_forward():
    async with serving() as streams:
        near, far = connected_pair()
        async with asyncio.TaskGroup() as group:
            create_task(group, streams.port_forward("s", 8080, far), name="forward")
            await near.write(b"hello")
            assert await near.read() == b"hello"
            await near.write_eof()
            assert await near.read() == b""
            await near.close()
        near, far = connected_pair()
        with pytest.raises(RuntimeFailure, match=r"^failed to connect to localhost:9999 inside the pod: "):
            await streams.port_forward("s", 9999, far)


async def test_nobody_serves():
    with pytest.raises(RuntimeUnavailable):
        await cri_streams.run("http://127.0.0.1:1/exec/token", Sink().streams, tty=False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"metadata":{},"status":"Success"}', 0),
        (orjson.dumps(remote_command.exited(6)), 6),
    ],
)
def test_exit_codes(text: bytes, code: int):
    assert cri_streams.exit_code(text) == code


@pytest.mark.parametrize("text", [b"", b"not json", b'{"status":"Failure","message":"broken"}'])
def test_other_ends_are_failures(text: bytes):
    with pytest.raises(RuntimeFailure):
        cri_streams.exit_code(text)
