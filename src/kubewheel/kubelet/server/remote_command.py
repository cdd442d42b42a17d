"""exec and attach: what the client asked for, and how the end of a command is told, whatever protocol carries it.

`spdy_command` and `websocket_command` end the client's protocol and hand `Streams` to a `Run`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from kubewheel.kubelet.runtime import RuntimeFailure, RuntimeUnavailable, Streams, TerminalSize
from kubewheel.libs.wire import Request

STREAM_SECONDS = 30.0  # For a client to open the streams that it asked for.
FAREWELL_SECONDS = 5.0  # For a client to close after it was told the outcome.
GREETING_SECONDS = 0.1  # For a client with a terminal to tell its size before a short command is over.
MAX_RESIZES = 16  # Terminal sizes that wait for the runtime; older ones give way.

FAILURES = (RuntimeFailure, RuntimeUnavailable, OSError)

Run = Callable[[Streams], Awaitable[int]]

log = logging.getLogger(__name__)


class Refused(Exception):
    """The request cannot be served; `status` is what the client gets."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which streams the client asked for."""

    stdin: bool = False
    stdout: bool = False
    stderr: bool = False
    tty: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command to be run for a client; `doing` begins the message of a failure, e.g. "error executing command"."""

    wanted: Wanted
    run: Run
    doing: str


def parse_wanted(request: Request) -> Wanted:
    """Return what the query asks for, by the node's names (input, output, error) or the API's."""

    def asked(*names: str) -> bool:
        return any(request.parameter(name) in ("1", "true") for name in names)

    tty = asked("tty")
    stderr = asked("error", "stderr") and not tty  # A terminal has one output.
    wanted = Wanted(asked("input", "stdin"), asked("output", "stdout"), stderr, tty)
    if not (wanted.stdin or wanted.stdout or wanted.stderr):
        raise Refused(400, "you must specify at least 1 of stdin, stdout, stderr")
    return wanted


SUCCESS: Mapping[str, Any] = {"metadata": {}, "status": "Success"}


def exited(code: int) -> Mapping[str, Any]:
    """Return the Status that tells a command's exit code."""
    if code == 0:
        return SUCCESS
    return {
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def failed(message: str) -> Mapping[str, Any]:
    """Return the Status that tells why a command could not run to its end."""
    return {
        "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
        "message": f"Internal error occurred: {message}", "details": {"causes": [{"message": message}]},
    }


async def outcome(command: Command, streams: Streams) -> Mapping[str, Any]:
    """Run the command; return the Status that tells how it ended."""
    try:
        return exited(await command.run(streams))
    except FAILURES as error:
        return failed(f"{command.doing}: {error}")
    except ExceptionGroup as errors:  # The runtime's streams are carried by a group of tasks.
        known, unknown = errors.split(FAILURES)
        if known is None or unknown is not None:
            raise
        return failed(f"{command.doing}: {_first(known)}")


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def encode_outcome(status: Mapping[str, Any], *, as_text: bool) -> bytes:
    """Return what is written to the error stream: JSON since v4, before that a text and nothing on success."""
    if not as_text:
        return orjson.dumps(status)
    return b"" if status["status"] == "Success" else str(status["message"]).encode()


class Resizes:
    """Collects the sizes of the client's terminal from a stream of JSON objects."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[TerminalSize] = asyncio.Queue(MAX_RESIZES)
        self.seen = asyncio.Event()  # The client has told its size.
        self._pending = b""

    def feed(self, data: bytes) -> None:
        """Take what arrived; what is no size is ignored."""
        *complete, self._pending = (self._pending + data).replace(b"}", b"}\n").split(b"\n")
        if len(self._pending) > 4096:
            self._pending = b""
        for text in complete:
            if text.strip():
                self._take(text)

    async def wait_seen(self) -> None:
        """Wait a moment for the first size: clients complain when a command is over before they could tell it."""
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                await self.seen.wait()
        except TimeoutError:
            pass  # Not every client has a size.

    def _take(self, text: bytes) -> None:
        try:
            size = orjson.loads(text)
            found = TerminalSize(int(size["Width"]), int(size["Height"]))
        except (ValueError, KeyError, TypeError):
            log.debug("not a terminal size", extra={"text": text})
            return
        self.seen.set()
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(found)
