"""Reads a container's log file: its tail, and what is added while a client follows, across rotations."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from kubewheel.kubelet.server.log_lines import LineFilter
from kubewheel.kubelet.server.log_options import LogOptions
from kubewheel.libs.clock import Clock

BLOCK = 64 * 1024
POLL_SECONDS = 0.1  # Between looks at a file that is followed.
CHECK_SECONDS = 0.5  # Between looks at whether the container still runs.

IsRunning = Callable[[], Awaitable[bool]]


class LogFile:
    """One open log file, read by whole lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._pending = b""

    def seek_tail(self, lines: int) -> None:
        """Go to the begin of the last `lines` lines."""
        self._file.seek(_tail_start(self._file.fileno(), lines))

    def read_lines(self) -> list[bytes]:
        """Return the whole lines of the next block; nothing at the end of what is written."""
        while True:
            block = self._file.read(BLOCK)
            if not block:
                return []
            *lines, self._pending = (self._pending + block).split(b"\n")
            if lines:
                return lines

    def remainder(self) -> list[bytes]:
        """Return the line without end that the file ends with."""
        rest, self._pending = self._pending, b""
        return [rest] if rest else []

    def is_replaced(self, path: Path) -> bool:
        """Tell whether `path` is another file by now; a missing one is about to be."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self._file.fileno())
        return (found.st_ino, found.st_dev) != (mine.st_ino, mine.st_dev)

    def rewind_if_truncated(self) -> None:
        """Begin anew if the file has been emptied."""
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            self._file.seek(0)
            self._pending = b""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _tail_start(descriptor: int, lines: int) -> int:
    """Return the offset of the last `lines` lines of a file."""
    end = os.fstat(descriptor).st_size
    if lines <= 0:
        return end
    missing = lines
    position = end
    first = True
    while position > 0:
        start = max(0, position - BLOCK)
        block = os.pread(descriptor, position - start, start)
        if first and block.endswith(b"\n"):
            missing += 1  # The end of the last line begins no other line.
        first = False
        found = block.count(b"\n")
        if found >= missing:
            offset = len(block)
            for _ in range(missing):
                offset = block.rindex(b"\n", 0, offset)
            return start + offset + 1
        missing -= found
        position = start
    return 0


def newest(path: Path) -> Path:
    """Return `path`, or while a rotation is under way the file that it was until now."""
    if path.exists():
        return path
    rotated = sorted(each for each in path.parent.glob(f"{path.name}.*") if not each.name.endswith((".gz", ".tmp")))
    return rotated[-1] if rotated else path


async def read(path: Path, options: LogOptions, is_running: IsRunning, clock: Clock) -> AsyncIterator[bytes]:
    """Yield what the client sees of the log at `path`; when following, until the container has ended."""
    lines = LineFilter(options)
    reader = _Reader(path, clock, is_running)
    try:
        if options.tail_lines is not None:
            reader.log.seek_tail(options.tail_lines)
        while not lines.is_full:
            raw = reader.log.read_lines()
            if raw:
                if output := lines.take(raw):
                    yield output
            elif not (options.follow and await reader.wait()):
                break
        if not lines.is_full and (rest := lines.take(reader.log.remainder())):
            yield rest
    finally:
        reader.log.close()


class _Reader:
    """The file that is read at the moment, and what comes after it."""

    def __init__(self, path: Path, clock: Clock, is_running: IsRunning) -> None:
        self.log = LogFile(newest(path))
        self._path = path
        self._clock = clock
        self._is_running = is_running
        self._replaced = False
        self._ended = False
        self._checked = clock.monotonic()

    async def wait(self) -> bool:
        """Wait until more may have been written; False when the container has ended and nothing more will come."""
        if self._replaced:
            self.log.close()
            self.log = LogFile(self._path)
            self._replaced = False
            return True
        if self._ended:
            return False
        # Each verdict is followed by one more look at the file: what was written before it is read before it counts.
        self._replaced = self.log.is_replaced(self._path)
        self.log.rewind_if_truncated()
        await self._clock.sleep(POLL_SECONDS)
        if not self._replaced and self._clock.monotonic() - self._checked >= CHECK_SECONDS:
            self._checked = self._clock.monotonic()
            self._ended = not await self._is_running()
        return True
