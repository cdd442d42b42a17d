"""The CRI client against a gRPC server on a socket of the test's own."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from kubewheel.libs.cri import client as cri


@asynccontextmanager
async def serving(answer: Callable[[str, bytes, Any], Any]) -> AsyncIterator[cri.Client]:
    """Serve every method with `answer(method, request, context)`."""

    class Handler(grpc.GenericRpcHandler):
        def service(self, details: Any) -> Any:
            method = details.method.rpartition("/")[2]

            async def call(request: bytes, context: Any) -> bytes:
                return bytes(await answer(method, request, context))

            async def stream(request: bytes, context: Any) -> AsyncIterator[bytes]:
                for each in await answer(method, request, context):
                    yield each

            if method == "Subscribe":
                return grpc.unary_stream_rpc_method_handler(stream)
            return grpc.unary_unary_rpc_method_handler(call)

    with tempfile.TemporaryDirectory(prefix="kwt") as directory:
        socket = str(Path(directory, "s"))
        server = grpc.aio.server()
        server.add_generic_rpc_handlers((Handler(),))
        server.add_insecure_port(f"unix://{socket}")
        await server.start()
        found = cri.Client(socket)
        try:
            yield found
        finally:
            await found.close()
            await server.stop(0)


async def test_call_sends_fields_and_returns_the_reply() -> None:
    async def answer(method: str, request: bytes, context: Any) -> bytes:
        assert method == "ExecSync"
        sent = cri.message_class("runtime.v1.ExecSyncRequest").FromString(request)
        assert (sent.container_id, list(sent.cmd), sent.timeout) == ("c", ["ls"], 3)
        return bytes(cri.message_class("runtime.v1.ExecSyncResponse")(stdout=b"x", exit_code=2).SerializeToString())

    async with serving(answer) as client:
        reply = await client.call("ExecSync", seconds=5, container_id="c", cmd=["ls"], timeout=3)
    assert (reply.stdout, reply.exit_code) == (b"x", 2)


@pytest.mark.parametrize(("code", "text", "expected"), [
    (grpc.StatusCode.NOT_FOUND, "no such container", cri.NotFound),
    (grpc.StatusCode.DEADLINE_EXCEEDED, "too slow", cri.DeadlineExceeded),
    (grpc.StatusCode.UNAVAILABLE, "closed", cri.Unavailable),
    (grpc.StatusCode.UNKNOWN, "server is not initialized yet", cri.Unavailable),
    (grpc.StatusCode.UNKNOWN, "it broke", cri.Failure),
])
async def test_errors(code: grpc.StatusCode, text: str, expected: type[cri.Failure]) -> None:
    async def answer(method: str, request: bytes, context: Any) -> bytes:
        await context.abort(code, text)
        return b""

    async with serving(answer) as client:
        with pytest.raises(cri.Failure) as caught:
            await client.call("Version", seconds=5)
    assert type(caught.value) is expected
    assert str(caught.value) == text


async def test_nobody_there() -> None:
    client = cri.Client("/nonexistent/socket")
    with pytest.raises(cri.Unavailable):
        await client.call("Version", seconds=2)
    await client.close()


async def test_task_events_leave_out_processes_inside() -> None:
    envelope, event = (cri.message_class(f"{cri.EVENTS}.{name}") for name in ("Envelope", "TaskEvent"))

    async def answer(method: str, request: bytes, context: Any) -> list[bytes]:
        sent = cri.message_class(f"{cri.EVENTS}.SubscribeRequest").FromString(request)
        assert list(sent.filters) == ['namespace==k8s.io,topic=="/tasks/exit"']
        tasks = [event(container_id="a", id="a"), event(container_id="b", id="exec-1"), event(container_id="c")]
        return [
            envelope(topic="/tasks/exit", event={"value": each.SerializeToString()}).SerializeToString()
            for each in tasks
        ]

    async with serving(answer) as client:
        found = [each async for each in client.task_events(["/tasks/exit"])]
    assert found == [("/tasks/exit", "a"), ("/tasks/exit", "c")]
