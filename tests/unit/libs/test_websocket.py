"""Websockets: both sides over a pair in memory, and bytes that break the protocol."""

import asyncio
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubewheel.libs import http1, websocket
from kubewheel.libs.connections import MemoryConnection, connected_pair
from kubewheel.libs.websocket import BinaryTunnel, Broken, Message, WebSocket


def pair() -> tuple[WebSocket, WebSocket]:
    left, right = connected_pair()
    return WebSocket(left, server=False), WebSocket(right, server=True)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
async def test_messages_of_every_length_arrive(size: int):
    client, server = pair()
    data = os.urandom(size)
    for sender, receiver in ((client, server), (server, client)):
        async with asyncio.TaskGroup() as group:
            group.create_task(sender.send(data, text=False))
            assert await receiver.receive() == Message(data)


async def test_text_is_marked():
    client, server = pair()
    await client.send(b"hello", text=True)
    assert await server.receive() == Message(b"hello", text=True)


async def test_ping_is_answered_between_messages():
    client, server = pair()
    await client.ping()
    await client.send(b"x")
    assert await server.receive() == Message(b"x")
    await server.send(b"y")
    assert await client.receive() == Message(b"y")


async def test_close_is_answered():
    client, server = pair()
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        group.create_task(client.close())
        assert await server.receive() is None
        assert server.close_code == 1000
        await server.close()


def frame(first: int, data: bytes, *, masked: bool = True) -> bytes:
    mask = b"abcd" if masked else b""
    body = websocket.apply_mask(data, mask) if masked else data
    return bytes((first, (0x80 if masked else 0) | len(data))) + mask + body


async def test_fragments_are_joined_and_control_frames_may_come_between():
    left, right = connected_pair()
    server = WebSocket(right, server=True)
    await left.write(frame(0x01, b"one ") + frame(0x89, b"ping") + frame(0x00, b"two ") + frame(0x80, b"three"))
    assert await server.receive() == Message(b"one two three", text=True)
    assert await left.read() == b"\x8a\x04ping"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(0x82, b"x", masked=False), 1002), (frame(0xC2, b"x"), 1002), (frame(0x80, b"x"), 1002),
        (frame(0x02, b"x") + frame(0x82, b"y"), 1002), (frame(0x09, b"x"), 1002), (frame(0x83, b"x"), 1002),
        (b"\x82\xff" + (1 << 40).to_bytes(8, "big"), 1009), (frame(0x02, b"x" * 60) + frame(0x80, b"x" * 60), 1009),
    ],
)
async def test_faults_close_the_connection(data: bytes, code: int):
    left, right = connected_pair()
    server = WebSocket(right, server=True, max_message=100)
    await left.write(data)
    with pytest.raises(Broken):
        await server.receive()
    answer = await left.read()
    assert answer[0] == 0x88
    assert int.from_bytes(answer[2:4], "big") == code


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_messages_or_faults(data: bytes):
    async def feed() -> None:
        left, right = connected_pair()
        server = WebSocket(right, server=True)
        await left.write(data)
        await left.write_eof()
        try:
            while await server.receive() is not None:
                pass
        except Broken:
            pass

    asyncio.run(feed())


@given(st.binary(max_size=100), st.binary(min_size=4, max_size=4))
def test_masking_twice_gives_the_data_back(data: bytes, mask: bytes):
    masked = websocket.apply_mask(data, mask)
    assert masked == bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    assert websocket.apply_mask(masked, mask) == data


def test_handshake():
    # The key and answer of RFC 6455, section 1.3.
    headers = {"connection": "keep-alive, Upgrade", "upgrade": "WebSocket", "sec-websocket-version": "13",
               "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol": "a, b"}
    assert websocket.is_upgrade(headers)
    assert websocket.offered_protocols(headers) == ["a", "b"]
    answer = websocket.accept_headers(headers, "b")
    assert answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert answer["Sec-WebSocket-Protocol"] == "b"
    with pytest.raises(http1.Malformed):
        websocket.accept_headers({**headers, "sec-websocket-version": "8"}, "")
    with pytest.raises(http1.Malformed):
        websocket.accept_headers({**headers, "sec-websocket-key": ""}, "")


def test_client_checks_the_answer():
    request = websocket.request_headers(["a"])
    answer = {name.lower(): value for name, value in websocket.accept_headers(request, "a").items()}
    assert websocket.is_accepted(request, answer)
    assert not websocket.is_accepted(request, {"sec-websocket-accept": "x"})


async def test_tunnel_is_a_byte_stream():
    client, server = pair()
    left, right = BinaryTunnel(client), BinaryTunnel(server)
    await left.write(b"one")
    await left.write(b"two")
    assert await right.read() + await right.read() == b"onetwo"
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        group.create_task(left.close())
        assert await right.read() == b""
        await right.close()


async def test_end_without_close_ends_reading():
    left, right = connected_pair()
    await left.write(b"\x82")
    await left.close()
    assert await WebSocket(right, server=True).receive() is None
    assert isinstance(left, MemoryConnection)
