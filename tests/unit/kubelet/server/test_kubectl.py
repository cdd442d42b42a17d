"""The real kubectl against the node's server, behind a tiny API server."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.unit.kubelet.server import fake_api

KUBECTL = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which("kubectl")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(KUBECTL is None, reason="no kubectl")]


class Kubectl:
    """Runs kubectl against the server on a port."""

    def __init__(self, port: int, home: Path) -> None:
        self._port = port
        self._environment = {**os.environ, "HOME": str(home), "KUBECONFIG": str(home / "none")}

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        assert KUBECTL is not None
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            KUBECTL, "--server", f"http://127.0.0.1:{self._port}", *arguments, stdin=pipe, stdout=pipe, stderr=pipe,
            env=self._environment,
        )

    async def run(self, *arguments: str, given: bytes = b"") -> tuple[int | None, bytes, bytes]:
        process = await self.start(*arguments)
        try:
            async with asyncio.timeout(20):
                stdout, stderr = await process.communicate(given)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode, stdout, stderr


@pytest.fixture(params=["websocket", "spdy"])
def remote_protocol(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    wanted = "true" if request.param == "websocket" else "false"
    monkeypatch.setenv("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", wanted)
    monkeypatch.setenv("KUBECTL_PORT_FORWARD_WEBSOCKETS", wanted)
    return str(request.param)


async def test_commands(remote_protocol: str, tmp_path: Path):
    async with fake_api.serving(fake_api.make_pod(log="one\ntwo")) as port:
        kubectl = Kubectl(port, tmp_path)
        script = "echo out; echo err >&2; exit 6"
        assert await kubectl.run("exec", "web", "--", "sh", "-c", script) == (
            6, b"out\n", b"err\ncommand terminated with exit code 6\n",
        )
        data = os.urandom(3 << 20)
        assert await kubectl.run("exec", "-i", "web", "--", "cat", given=data) == (0, data, b"")
        assert await kubectl.run("exec", "-i", "web", "--", "true", given=data) == (0, b"", b"")
        assert (await kubectl.run("attach", "-i", "web", given=b"typed\n"))[:2] == (0, b"typed\n")
        code, _, stderr = await kubectl.run("exec", "web", "--", "nosuch")
        assert code == 1
        assert b'exec: "nosuch": executable file not found' in stderr
        assert await kubectl.run("logs", "web", "--tail=1") == (0, b"two\n", b"")


async def test_port_forward(remote_protocol: str, tmp_path: Path):
    async with fake_api.serving(fake_api.make_pod()) as port:
        process = await Kubectl(port, tmp_path).start("port-forward", "pod/web", ":8080")
        assert process.stdout is not None
        try:
            async with asyncio.timeout(20):
                told = (await process.stdout.readline()).decode()
                local = int(told.split(" -> ")[0].rpartition(":")[2])
                data = [os.urandom(200_000) for _ in range(6)]
                answers = await asyncio.gather(*[_echo(local, each) for each in data])
            assert answers == data
        finally:
            process.kill()
            await process.wait()


async def _echo(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    writer.write_eof()
    received = await reader.read()
    writer.close()
    return received
