"""Connections: pairs in memory, half-close, back-pressure, splicing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kubewheel.libs.connections import MemoryConnection, connected_pair, splice
from kubewheel.libs.tasks import create_task


async def read_all(connection: MemoryConnection) -> bytes:
    data = b""
    while piece := await connection.read():
        data += piece
    return data


async def test_pair_carries_both_ways_and_ends():
    left, right = connected_pair()
    await left.write(b"one")
    await left.write(b"two")
    await left.write_eof()
    await right.write(b"back")
    assert await read_all(right) == b"onetwo"
    assert await left.read() == b"back"
    await right.close()
    assert await left.read() == b""


async def test_write_waits_for_a_slow_reader():
    left, right = connected_pair()
    async with asyncio.TaskGroup() as group:
        writer = create_task(group, left.write(b"x" * 300_000), name="writer")
        for _ in range(5):
            await asyncio.sleep(0)
        assert not writer.done()
        assert len(await right.read()) == 300_000
        await writer


async def test_write_after_the_reader_left_fails():
    left, right = connected_pair()
    await right.close()
    with pytest.raises(ConnectionResetError):
        await left.write(b"x")


async def test_splice_keeps_the_other_direction_open_after_half_close():
    client, front = connected_pair()
    back, server = connected_pair()

    async def answer() -> None:
        question = await read_all(server)
        await server.write(question.upper())
        await server.close()

    async with asyncio.TaskGroup() as group:
        create_task(group, splice(front, back), name="splice")
        create_task(group, answer(), name="answer")
        await client.write(b"question")
        await client.write_eof()
        assert await read_all(client) == b"QUESTION"


async def _client_breaks(client: MemoryConnection, server: MemoryConnection) -> bytes:
    await client.close()
    return await server.read()


async def _server_breaks(client: MemoryConnection, server: MemoryConnection) -> bytes:
    await server.close()
    return await client.read()


@pytest.mark.parametrize("act", [_client_breaks, _server_breaks])
async def test_splice_ends_with_either_side(act: Callable[..., Awaitable[bytes]]):
    client, front = connected_pair()
    back, server = connected_pair()
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        task = create_task(group, splice(front, back), name="splice")
        assert await act(client, server) == b""
        await client.close()
        await server.close()
        await task
