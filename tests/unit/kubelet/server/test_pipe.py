"""The bounded pipe."""

import asyncio

from kubewheel.kubelet.server import pipe
from kubewheel.kubelet.server.pipe import Pipe
from kubewheel.libs.tasks import create_task


async def test_carries_and_ends():
    found = Pipe()
    await found.write(b"one")
    await found.write(b"two")
    found.end()
    await found.write(b"too late")
    assert [data async for data in found] == [b"onetwo"]


async def test_a_writer_waits_for_the_reader_or_its_leaving():
    found = Pipe()
    async with asyncio.timeout(1), asyncio.TaskGroup() as group:
        writing = create_task(group, found.write(b"x" * (pipe.LIMIT + 1)), name="write")
        await asyncio.sleep(0)
        assert not writing.done()
        assert len(await anext(found)) == pipe.LIMIT + 1
        await writing
        writing = create_task(group, found.write(b"x" * (pipe.LIMIT + 1)), name="write")
        await asyncio.sleep(0)
        found.discard()
        await writing
    await found.write(b"dropped")
    assert [data async for data in found] == []
