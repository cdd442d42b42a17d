"""The official Python client's streams against the node's server, behind a tiny API server."""

import asyncio
import select
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.unit.kubelet.server import fake_api

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]

T = TypeVar("T")


async def with_client(work: Callable[[Any], T]) -> T:
    """Run `work` with the client's CoreV1Api in a thread of its own."""
    kubernetes = pytest.importorskip("kubernetes")
    async with fake_api.serving(fake_api.make_pod()) as port:

        def run() -> T:
            configuration = kubernetes.client.Configuration(host=f"http://127.0.0.1:{port}")
            with kubernetes.client.ApiClient(configuration) as client:
                return work(kubernetes.client.CoreV1Api(client))

        async with asyncio.timeout(20):
            return await asyncio.to_thread(run)


def open_exec(api: Any, command: list[str], **options: Any) -> Any:
    from kubernetes.stream import stream

    chosen = {"stdin": False, "stdout": True, "stderr": True, "tty": False, **options}
    return stream(api.connect_get_namespaced_pod_exec, "web", "default", command=command, **chosen)


async def test_output_as_text():
    assert await with_client(lambda api: open_exec(api, ["sh", "-c", "echo hello; hostname"])) == "hello\nweb\n"


async def test_exit_code_and_input():
    def work(api: Any) -> tuple[str, str, int]:
        process = open_exec(api, ["sh"], stdin=True, _preload_content=False)
        process.write_stdin("echo $COLOR\necho err >&2\nexit 5\n")
        process.run_forever(timeout=10)
        found = process.read_stdout(), process.read_stderr(), process.returncode
        process.close()
        return found

    assert await with_client(work) == ("blue\n", "err\n", 5)


async def test_port_forward():
    def work(api: Any) -> bytes:
        from kubernetes.stream import portforward

        forwarded = portforward(api.connect_get_namespaced_pod_portforward, "web", "default", ports="8080")
        connection = forwarded.socket(8080)
        connection.setblocking(True)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while not received.endswith(b"web\n") and select.select([connection], [], [], 5)[0]:
            received += connection.recv(1024)
        assert forwarded.error(8080) is None
        connection.close()
        return received

    assert (await with_client(work)).startswith(b"HTTP/1.1 200 OK")
