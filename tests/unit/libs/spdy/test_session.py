"""SPDY sessions: streams between two sides over a pair in memory."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kubewheel.libs.connections import connected_pair
from kubewheel.libs.spdy import Session, Stream, StreamReset
from kubewheel.libs.spdy.frames import Control, Data, Decoder, Encoder, Type
from kubewheel.libs.tasks import create_task


@asynccontextmanager
async def sessions() -> AsyncIterator[tuple[Session, Session]]:
    left, right = connected_pair()
    client, server = Session(left, server=False), Session(right, server=True)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = [create_task(group, each.run(), name="session") for each in (client, server)]
        yield client, server
        await client.close()
        await server.close()
        for task in running:
            task.cancel()


async def read_all(stream: Stream) -> bytes:
    data = b""
    while piece := await stream.read():
        data += piece
    return data


async def accepted(session: Session) -> Stream:
    stream = await session.accept()
    assert stream is not None
    return stream


async def test_streams_carry_headers_and_data_both_ways():
    async with sessions() as (client, server):
        data = os.urandom(3 << 20)
        for number in (1, 3):
            near = await client.open({"streamType": "data", "Port": str(number)})
            far = await accepted(server)
            assert (far.number, far.headers) == (number, {"streamtype": "data", "port": str(number)})
            async with asyncio.TaskGroup() as group:
                sending = create_task(group, near.write(data), name="send")
                sending.add_done_callback(lambda _, near=near: create_task(group, near.write_eof(), name="eof"))
                assert await read_all(far) == data
            await far.write(b"back")
            await far.write_eof()
            assert await read_all(near) == b"back"


async def test_server_opens_streams_with_even_numbers():
    async with sessions() as (client, server):
        await server.open({"a": "b"})
        assert (await accepted(client)).number == 2


async def test_reset_ends_the_peers_stream_after_what_arrived():
    async with sessions() as (client, server):
        near = await client.open({})
        await near.write(b"last words")
        await near.reset()
        far = await accepted(server)
        assert await far.read() == b"last words"
        with pytest.raises(StreamReset):
            await far.read()
        with pytest.raises(StreamReset):
            await far.write(b"x")
        await far.write_eof()  # Nobody to tell: no error.


async def test_a_slow_reader_stops_the_sender():
    async with sessions() as (client, server):
        near = await client.open({})
        far = await accepted(server)
        async with asyncio.TaskGroup() as group:
            sending = create_task(group, near.write(b"x" * (4 << 20)), name="send")
            for _ in range(50):
                await asyncio.sleep(0)
            assert not sending.done()
            far.ignore_input()
            await sending


async def test_the_end_of_the_connection_ends_everything():
    async with sessions() as (client, server):
        near = await client.open({})
        far = await accepted(server)
        await client.close()
        with pytest.raises(StreamReset):
            await far.read()
        assert await server.accept() is None
        assert await server.accept() is None
        with pytest.raises(ConnectionError):
            await near.write(b"x")


async def test_pings_are_answered_once():
    left, right = connected_pair()
    server = Session(right, server=True)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = create_task(group, server.run(), name="session")
        encoder, decoder = Encoder(), Decoder()
        await left.write(encoder.encode(Control(Type.PING, 2)) + encoder.encode(Control(Type.PING, 7)))
        assert list(decoder.feed(await left.read())) == [Control(Type.PING, 7)]
        running.cancel()


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (Control(Type.SYN_STREAM, 2), Control(Type.RST_STREAM, 2, value=1)),
        (Data(9, b"x"), Control(Type.RST_STREAM, 9, value=2)),
    ],
)
async def test_faulty_streams_are_reset(frame: Control | Data, answer: Control):
    left, right = connected_pair()
    server = Session(right, server=True)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = create_task(group, server.run(), name="session")
        await left.write(Encoder().encode(frame))
        assert list(Decoder().feed(await left.read())) == [answer]
        running.cancel()


async def test_a_broken_peer_is_told_to_go_away():
    left, right = connected_pair()
    server = Session(right, server=True)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        create_task(group, server.run(), name="session")
        await left.write(b"\x80\x02\x00\x01\x00\x00\x00\x00")
        assert list(Decoder().feed(await left.read())) == [Control(Type.GOAWAY, 0, value=1)]
        assert await server.accept() is None


async def test_finished_streams_are_forgotten():
    async with sessions() as (client, server):
        near = await client.open({})
        far = await accepted(server)
        await near.write_eof()
        await far.write_eof()
        assert await near.read() == await far.read() == b""
        await asyncio.sleep(0)
        assert not client._streams
        assert not server._streams
