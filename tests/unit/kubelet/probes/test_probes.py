"""Each kind of probe against something that answers."""

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc
import grpc.aio
import pytest

from kubewheel.kubelet import runtime as r
from kubewheel.kubelet.probes import grpc as grpc_probe
from kubewheel.kubelet.probes import kinds
from kubewheel.kubelet.probes.kinds import Check, Result
from kubewheel.kubelet.targets import Target
from kubewheel.libs.clock import SteppedClock
from tests.component.kubelet.scripted import ScriptedRuntime
from tests.unit.kubelet.build import container, pod

SUBJECT = container()


class Runtime(ScriptedRuntime):
    def __init__(self, outcome: Any) -> None:
        super().__init__(SteppedClock())
        self.outcome = outcome

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome  # type: ignore[no-any-return]


async def probe(field: str, action: dict[str, Any], outcome: Any = None, seconds: float = 1.0) -> Result:
    target = Target(pod(SUBJECT), SUBJECT, "c", "127.0.0.1")
    return await kinds.run(Check(target, action, seconds, Runtime(outcome)), field)


@pytest.mark.parametrize(("outcome", "expected"), [
    ((0, b"fine", b""), Result(True, "fine")), ((1, b"out", b"err"), Result(False, "outerr")),
    (r.ExecTimeout("x"), Result(False, 'command timed out: "cat /x" timed out after 1s')),
    (r.RuntimeFailure("no such file"), Result(False, "no such file")),
    (r.RuntimeUnavailable("down"), Result(False, "down", error=True)),
])
async def test_exec(outcome: Any, expected: Result) -> None:
    assert await probe("exec", {"command": ["cat", "/x"]}, outcome) == expected


async def serve_http(code: int) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {code} X\r\n\r\n".encode())
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


@pytest.mark.parametrize(("code", "expected"), [
    (200, Result(True)), (399, Result(True)), (400, Result(False, "HTTP probe failed with statuscode: 400")),
])
async def test_http_get(code: int, expected: Result) -> None:
    server = await serve_http(code)
    async with server:
        assert await probe("httpGet", {"port": server.sockets[0].getsockname()[1]}) == expected


async def free_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    return int(port)


async def test_refused_connections() -> None:
    port = await free_port()
    refused = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert await probe("httpGet", {"port": port}) == Result(False, f'Get "http://127.0.0.1:{port}/": {refused}')
    assert await probe("tcpSocket", {"port": port}) == Result(False, refused)


async def test_silent_server() -> None:
    held: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await probe("tcpSocket", {"port": port}) == Result(True)
        found = await probe("httpGet", {"port": port}, seconds=0.02)
        for writer in held:
            writer.close()  # From Python 3.12 on a server waits for its connections.
    text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    assert found == Result(False, f'Get "http://127.0.0.1:{port}/": {text}')


@pytest.mark.parametrize(("status", "expected"), [
    (1, Result(True)), (2, Result(False, 'service unhealthy (responded with "NOT_SERVING")')),
])
async def test_grpc(status: int, expected: Result) -> None:
    asked: list[bytes] = []

    async def check(request: bytes, context: Any) -> bytes:
        asked.append(request)
        return b"\x08" + bytes([status])

    class Handler(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            return grpc.unary_unary_rpc_method_handler(check) if details.method == grpc_probe.METHOD else None

    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        assert await probe("grpc", {"port": port, "service": "db"}) == expected
    finally:
        await server.stop(0)
    assert asked == [b"\x0a\x02db"]


async def test_grpc_without_health_service() -> None:
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        found = await probe("grpc", {"port": port})
    finally:
        await server.stop(0)
    assert found.output.startswith("error: this server does not implement the grpc health protocol")


async def test_unknown_kind_and_port_are_errors() -> None:
    assert (await probe("", {})).error
    assert (await probe("httpGet", {"port": "none"})).error
    assert kinds.action_of({"tcpSocket": {"port": 1}, "periodSeconds": 1}) == ("tcpSocket", {"port": 1})
    assert kinds.action_of({}) == ("", {})
