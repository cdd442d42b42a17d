"""exec and attach over SPDY: one stream each for error, stdin, stdout, stderr and terminal sizes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from kubewheel.kubelet.runtime import Streams
from kubewheel.kubelet.server import remote_command
from kubewheel.kubelet.server.remote_command import Command, Wanted
from kubewheel.libs import spdy
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Connection

# Best last, as far as the server cares; the client's order decides.
PROTOCOLS = ("channel.k8s.io", "v2.channel.k8s.io", "v3.channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io")
WITH_RESIZE = PROTOCOLS[2:]
WITH_STATUS = PROTOCOLS[3:]


async def serve(connection: Connection, protocol: str, command: Command) -> None:
    """Run `command` for the client behind `connection`."""
    session = spdy.Session(connection, server=True)
    try:
        async with asyncio.TaskGroup() as group:
            receiving = create_task(group, session.run(), name="spdy-receive")
            streams = await _accept(session, _expected(command.wanted, protocol))
            if streams is not None:
                await _run(group, receiving, streams, protocol, command)
            receiving.cancel()
    finally:
        await session.close()


def _expected(wanted: Wanted, protocol: str) -> set[str]:
    expected = {"error"}
    expected |= {name for name in ("stdin", "stdout", "stderr") if getattr(wanted, name)}
    if wanted.tty and protocol in WITH_RESIZE:
        expected.add("resize")
    return expected


async def _accept(session: spdy.Session, expected: set[str]) -> dict[str, spdy.Stream] | None:
    """Return the expected streams by type; None if the client does not open them."""
    streams: dict[str, spdy.Stream] = {}
    try:
        async with asyncio.timeout(remote_command.STREAM_SECONDS):
            while expected - streams.keys():
                stream = await session.accept()
                if stream is None:
                    return None
                kind = stream.headers.get("streamtype", "")
                if kind not in expected or kind in streams:
                    await stream.reset()
                    continue
                streams[kind] = stream
    except (TimeoutError, ConnectionError):
        return None
    return streams


async def _run(
    group: asyncio.TaskGroup, receiving: asyncio.Task[None], streams: dict[str, spdy.Stream], protocol: str,
    command: Command,
) -> None:
    resizes = remote_command.Resizes()
    if "resize" in streams:
        sizes = create_task(group, _read_sizes(streams["resize"], resizes), name="spdy-resize")
    for name in ("error", "stdout", "stderr"):
        if name in streams:
            streams[name].ignore_input()
    handed = Streams(
        stdin=_chunks(streams["stdin"]) if "stdin" in streams else None,
        stdout=streams["stdout"].write if "stdout" in streams else None,
        stderr=streams["stderr"].write if "stderr" in streams else None,
        resizes=resizes.queue if "resize" in streams else None,
    )
    running = create_task(group, remote_command.outcome(command, handed), name="command")
    await asyncio.wait({running, receiving}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        await _farewell(receiving, streams, running.result(), as_text=protocol not in WITH_STATUS)
    else:
        running.cancel()  # The client is gone.
    if "resize" in streams:
        sizes.cancel()


async def _farewell(
    receiving: asyncio.Task[None], streams: dict[str, spdy.Stream], status: Mapping[str, Any], *, as_text: bool
) -> None:
    """Tell the client how it ended, and let it close first: closing on what it still sends would lose the news."""
    if "stdin" in streams:
        streams["stdin"].ignore_input()
    try:
        text = remote_command.encode_outcome(status, as_text=as_text)
        if text:
            await streams["error"].write(text)
        for stream in streams.values():
            await stream.write_eof()
    except ConnectionError:
        return  # Nobody is left to be told.
    await asyncio.wait({receiving}, timeout=remote_command.FAREWELL_SECONDS)


async def _chunks(stream: spdy.Stream) -> AsyncIterator[bytes]:
    try:
        while data := await stream.read():
            yield data
    except ConnectionError:
        return  # A client that went away sends nothing more either.


async def _read_sizes(stream: spdy.Stream, resizes: remote_command.Resizes) -> None:
    async for data in _chunks(stream):
        resizes.feed(data)
