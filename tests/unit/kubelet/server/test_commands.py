"""exec, attach and port-forward through every protocol that clients speak."""

import asyncio
import base64
import contextlib
import os
import struct

import orjson
import pytest

from kubewheel.kubelet.runtime import Streams
from kubewheel.libs import spdy
from kubewheel.libs.tasks import create_task
from kubewheel.libs.websocket import BinaryTunnel
from tests.unit.kubelet.server import fake_api
from tests.unit.kubelet.server.streams_client import read_all, spdy_session, websocket

EXEC = "/exec/default/web/main"
FAILING = ["sh", "-c", "echo out; echo err >&2; exit 6"]


def query(*command: str, **streams: bool) -> dict[str, list[str]]:
    return {"command": list(command), **{name: ["1"] for name, wanted in streams.items() if wanted}}


@pytest.mark.parametrize("protocol", ["v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io", ""])
async def test_websocket_exec(protocol: str):
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with websocket(server, EXEC, query(*FAILING, output=True, error=True), protocol) as client:
        received = []
        while (message := await client.receive()) is not None:
            received.append(message.data)
        assert client.close_code == 1000
    assert received[:3] == [b"\x01", b"\x01out\n", b"\x02err\n"]
    assert received[3][:1] == b"\x03"
    if protocol.startswith("v"):
        assert orjson.loads(received[3][1:])["details"]["causes"][0]["message"] == "6"
    else:
        assert received[3][1:] == b"command terminated with non-zero exit code: exit status 6"


async def test_base64_exec():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with websocket(server, EXEC, query("cat", input=True, output=True), "v4.base64.channel.k8s.io") as client:
        await client.send(b"0" + base64.b64encode(b"hello"), text=True)
        assert (await client.receive()).data == b"1"  # type: ignore[union-attr]
        answer = await client.receive()
        assert answer is not None
        assert answer.text
        assert (answer.data[:1], base64.b64decode(answer.data[1:])) == (b"1", b"hello")


async def test_stdin_ends_with_the_close_signal():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    data = os.urandom(3 << 20)
    async with websocket(server, EXEC, query("cat", input=True, output=True), "v5.channel.k8s.io") as client:
        async def send() -> None:
            for start in range(0, len(data), 30_000):
                await client.send(b"\x00" + data[start : start + 30_000])
            await client.send(b"\xff\x00")

        received = b""
        async with asyncio.TaskGroup() as group:
            create_task(group, send(), name="send")
            while (message := await client.receive()) is not None:
                if message.data[:1] == b"\x01":
                    received += message.data[1:]
    assert received == data


@pytest.mark.parametrize("protocols", ["v5.channel.k8s.io, v4.channel.k8s.io", "v3.channel.k8s.io", "channel.k8s.io"])
async def test_spdy_exec(protocols: str):
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with spdy_session(server, EXEC, query(*FAILING, output=True, error=True), protocols) as session:
        error = await session.open({"streamtype": "error"})
        stdout = await session.open({"streamtype": "stdout"})
        stderr = await session.open({"streamtype": "stderr"})
        assert await read_all(stdout) == b"out\n"
        assert await read_all(stderr) == b"err\n"
        told = await read_all(error)
    if "v4" in protocols:
        assert orjson.loads(told)["reason"] == "NonZeroExitCode"
    else:
        assert told == b"command terminated with non-zero exit code: exit status 6"


async def test_spdy_stdin_ends_with_fin():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    data = os.urandom(3 << 20)
    async with spdy_session(server, EXEC, query("cat", input=True, output=True), "v4.channel.k8s.io") as session:
        error, stdin, stdout = [await session.open({"streamtype": kind}) for kind in ("error", "stdin", "stdout")]

        async def send() -> None:
            await stdin.write(data)
            await stdin.write_eof()

        async with asyncio.TaskGroup() as group:
            create_task(group, send(), name="send")
            assert await read_all(stdout) == data
        assert orjson.loads(await read_all(error))["status"] == "Success"


async def test_a_command_that_ends_before_its_input_does():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with websocket(server, EXEC, query("true", input=True, output=True), "v5.channel.k8s.io") as client:
        async def send() -> None:
            with contextlib.suppress(ConnectionError):  # The server hangs up once it has told the end.
                for _ in range(100):
                    await client.send(b"\x00" + b"x" * 30_000)

        async with asyncio.TaskGroup() as group:
            create_task(group, send(), name="send")
            received = [message.data async for message in _messages(client)]
    assert orjson.loads(received[-1][1:])["status"] == "Success"


async def _messages(client):  # type: ignore[no-untyped-def]
    while (message := await client.receive()) is not None:
        yield message


async def test_terminal_sizes_reach_a_command_with_a_terminal():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    wanted = query("sh", input=True, output=True, error=True, tty=True)
    async with spdy_session(server, EXEC, wanted, "v4.channel.k8s.io") as session:
        error, stdin, stdout, resize = [
            await session.open({"streamtype": kind}) for kind in ("error", "stdin", "stdout", "resize")
        ]
        await resize.write(b'{"Width":80,"Height":24}\n')
        await stdin.write(b"echo hi\rexit 3\r")
        assert await read_all(stdout) == b"hi\n"
        assert orjson.loads(await read_all(error))["details"]["causes"][0]["message"] == "3"


async def test_the_client_leaves_and_the_command_ends():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with websocket(server, EXEC, query("sleep", "1000", output=True), "v5.channel.k8s.io") as client:
        await client.receive()
    # Leaving the block waits for the server's side.


async def test_attach_answers_and_ends():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    wanted = query(input=True, output=True)
    async with websocket(server, "/attach/default/web/main", wanted, "v5.channel.k8s.io") as client:
        await client.send(b"\x00typed")
        await client.receive()
        assert (await client.receive()).data == b"\x01typed"  # type: ignore[union-attr]
        await client.send(b"\xff\x00")
        assert orjson.loads((await client.receive()).data[1:])["status"] == "Success"  # type: ignore[union-attr]


async def test_attach_without_a_terminal_to_a_container_that_has_one():
    pod = fake_api.make_pod()
    pod["spec"]["containers"][0]["tty"] = True
    server, runtime = await fake_api.make_server(pod)
    seen = []

    async def attach(container_id: str, *, tty: bool, streams: Streams) -> None:
        seen.append((tty, streams.stdout is not None, streams.stderr is not None))

    runtime.attach = attach  # type: ignore[method-assign]
    wanted = query(output=True, error=True)
    async with websocket(server, "/attach/default/web/main", wanted, "v5.channel.k8s.io") as client:
        while await client.receive() is not None:
            pass
    assert seen == [(True, True, False)]


async def test_unknown_programs_are_told():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with websocket(server, EXEC, query("nosuch", output=True), "v4.channel.k8s.io") as client:
        await client.receive()
        status = orjson.loads((await client.receive()).data[1:])  # type: ignore[union-attr]
    assert status["reason"] == "InternalError"
    assert 'exec: "nosuch": executable file not found in $PATH' in status["message"]


async def forward(session: spdy.Session, number: int, port: int, data: bytes) -> tuple[bytes, bytes]:
    headers = {"port": str(port), "requestid": str(number)}
    error = await session.open({"streamtype": "error", **headers})
    stream = await session.open({"streamtype": "data", **headers})
    await error.write_eof()

    async def send() -> None:
        await stream.write(data)
        await stream.write_eof()

    async with asyncio.TaskGroup() as group:
        create_task(group, send(), name="send")
        return await read_all(stream), await read_all(error)


async def test_port_forward_carries_connections_side_by_side():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with spdy_session(server, "/portForward/default/web", {}, "portforward.k8s.io") as session:
        sent = [os.urandom(100_000) for _ in range(8)]
        async with asyncio.TaskGroup() as group:
            tasks = [
                create_task(group, forward(session, number, 8080, data), name="f") for number, data in enumerate(sent)
            ]
        assert [task.result() for task in tasks] == [(data, b"") for data in sent]
        data, error = await forward(session, 99, 9999, b"x")
        assert data == b""
        assert error.startswith(b"error forwarding port 9999 to pod ")
        assert error.endswith(b"failed to connect to localhost:9999 inside the pod: connection refused")
        assert await forward(session, 100, 8080, b"still works") == (b"still works", b"")


async def test_port_forward_refuses_faulty_streams():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with spdy_session(server, "/portForward/default/web", {}, "portforward.k8s.io") as session:
        for kind, port in (("data", ""), ("odd", "80"), ("data", "0"), ("data", "65536")):
            stream = await session.open({"streamtype": kind, "port": port})
            with pytest.raises(spdy.StreamReset):
                await stream.read()


async def test_port_forward_in_a_tunnel():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    async with websocket(server, "/portForward/default/web", {}, "SPDY/3.1+portforward.k8s.io") as client:
        session = spdy.Session(BinaryTunnel(client), server=False)
        async with asyncio.TaskGroup() as group:
            running = create_task(group, session.run(), name="session")
            assert await forward(session, 0, 8080, b"tunnelled") == (b"tunnelled", b"")
            running.cancel()


async def test_port_forward_on_channels():
    server, _ = await fake_api.make_server(fake_api.make_pod())
    wanted = {"port": ["8080", "9999"]}
    async with websocket(server, "/portForward/default/web", wanted, "v4.channel.k8s.io") as client:
        begins = [(await client.receive()).data for _ in range(4)]  # type: ignore[union-attr]
        assert begins == [bytes((channel,)) + struct.pack("<H", port)
                          for channel, port in ((0, 8080), (1, 8080), (2, 9999), (3, 9999))]
        assert (await client.receive()).data.startswith(b"\x03error forwarding port 9999")  # type: ignore[union-attr]
        await client.send(b"\x00ping")
        assert (await client.receive()).data == b"\x00ping"  # type: ignore[union-attr]
