"""Plays what clients of simulated containers see: commands, attached terminals, ports, logs."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kubewheel.kubelet.runtime import RuntimeFailure, Streams
from kubewheel.kubelet.server.log_lines import LineFilter
from kubewheel.kubelet.server.log_options import LogOptions
from kubewheel.kubelet.simulated import behaviour, shell
from kubewheel.kubelet.simulated.behaviour import Answer, Behaviour
from kubewheel.libs import http1
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Connection, Object

IsRunning = Callable[[], Awaitable[bool]]

POLL_SECONDS = 0.2
MAX_TICKS = 100_000
MISSING_PROGRAM = (
    'failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: '
    'exec: "{name}": executable file not found in $PATH'
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One container, as far as its clients can see it; `ended_at` 0.0 while it runs."""

    pod: Object
    spec: Mapping[str, Any]
    behaviour: Behaviour
    started_at: float
    ended_at: float = 0.0


def world(scene: Scene, clock: Clock) -> shell.World:
    """Return what commands in the container can see."""
    hostname = scene.pod["spec"].get("hostname") or scene.pod["metadata"]["name"]
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": hostname, "HOME": "/root",
    }
    environment |= behaviour.environment(scene.pod, scene.spec)
    return shell.World(hostname, environment, clock.now)


async def execute(scene: Scene, command: Sequence[str], clock: Clock, streams: Streams) -> int:
    """Play a command; return its exit code."""
    answer = _answer(scene.behaviour, command)
    if answer is not None:
        await _write(streams, 1, answer.stdout.encode())
        await _write(streams, 2, answer.stderr.encode())
        return answer.code
    name = command[0].rpartition("/")[2] if command else ""
    if name not in shell.COMMANDS and name not in shell.SHELLS:
        raise RuntimeFailure(MISSING_PROGRAM.format(name=command[0] if command else ""))
    return await _play(shell.run(command, world(scene, clock)), clock, streams)


def _answer(told: Behaviour, command: Sequence[str]) -> Answer | None:
    found = told.answer(command) if told.answer is not None else None
    return found if found is not None else told.answers.get(" ".join(command))


async def _play(program: shell.Program, clock: Clock, streams: Streams) -> int:
    reply = b""
    while True:
        try:
            action = program.send(reply) if reply else next(program)
        except StopIteration as stop:
            return int(stop.value or 0)
        except shell.Unknown:
            await _write(streams, 2, b"sh: syntax not simulated\n")
            return 2
        reply = b""
        if isinstance(action, shell.Output):
            await _write(streams, action.channel, action.data)
        elif isinstance(action, shell.Sleep):
            await clock.sleep(action.seconds)
        elif streams.stdin is not None:
            reply = await anext(streams.stdin, b"")


async def _write(streams: Streams, channel: int, data: bytes) -> None:
    target = streams.stdout if channel == 1 or streams.stderr is None else streams.stderr
    if target is not None and data:
        await target(data)


async def attach(scene: Scene, streams: Streams, is_running: IsRunning, clock: Clock) -> None:
    """Answer what the client types with itself, as a terminal would, until it or the container ends."""
    if streams.stdin is not None:
        async for data in streams.stdin:
            await _write(streams, 1, data)
        return
    async for chunk in read_log(scene, LogOptions(follow=True, tail_lines=0), is_running, clock):
        await _write(streams, 1, chunk)


async def port_forward(pod: Object, port: int, connection: Connection) -> None:
    """Answer HTTP requests with a page that names the pod, and anything else with itself."""
    opened = {
        int(each["containerPort"]) for spec in pod["spec"].get("containers") or () for each in spec.get("ports") or ()
    }
    if opened and port not in opened:
        raise RuntimeFailure(f"failed to connect to localhost:{port} inside the pod: connection refused")
    data = await connection.read()
    if data[:5] in (b"GET /", b"HEAD "):
        body = f"{pod['metadata']['name']}\n".encode()
        headers = {"Content-Type": "text/plain", "Content-Length": str(len(body)), "Connection": "close"}
        await connection.write(http1.encode_response_head(200, headers) + (body if data[:3] == b"GET" else b""))
        await connection.close()
        return
    while data:
        await connection.write(data)
        data = await connection.read()
    await connection.close()


# Logs.


def _lines(scene: Scene) -> Iterator[tuple[float, str, str]]:
    """Yield moment, stream and text of every line that the container ever logs."""
    for after, stream, text in scene.behaviour.log:
        yield scene.started_at + after, stream, text
    if scene.behaviour.log_every > 0:
        for number in range(1, MAX_TICKS):
            yield scene.started_at + number * scene.behaviour.log_every, "stdout", f"tick {number}"


def _raw(moment: float, stream: str, text: str) -> bytes:
    time = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    return f"{time} {stream} F {text}".encode()


async def read_log(
    scene: Scene, options: LogOptions, is_running: IsRunning, clock: Clock
) -> AsyncIterator[bytes]:
    """Yield what a client sees of the container's log; when following, until the container has ended."""
    shown = LineFilter(options)
    coming = _lines(scene)
    held: tuple[float, str, str] | None = next(coming, None)
    begun = False
    while not shown.is_full:
        running = await is_running()
        now = clock.now() if running else scene.ended_at or clock.now()
        due = []
        while held is not None and held[0] <= now:
            due.append(_raw(*held))
            held = next(coming, None)
        if not begun and options.tail_lines is not None:
            due = due[len(due) - min(len(due), options.tail_lines) :]
        begun = True
        if text := shown.take(due):
            yield text
        if not options.follow or not running:
            return
        await clock.sleep(POLL_SECONDS)


def window(scene: Scene, limit: int = 1000) -> list[bytes]:
    """Return the first lines of the container's log in the CRI's form."""
    return [_raw(*line) for line in itertools.islice(_lines(scene), limit)]
