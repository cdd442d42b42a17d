"""Lines of a container's log in the CRI's form, and what of them a client sees. No I/O.

A line is `<RFC 3339 time> <stdout|stderr> <tags> <text>`; the first tag is F for a whole line, P for a part of one:
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
"""

from datetime import datetime

from kubewheel.kubelet.server.log_options import LogOptions


class LineFilter:
    """Turns raw lines into what the client asked for, until `is_full`."""

    def __init__(self, options: LogOptions) -> None:
        self._timestamps = options.timestamps
        self._stream = options.stream.encode()
        self._since = options.since
        self._left = options.limit_bytes
        self._inside: set[bytes] = set()  # Streams in the middle of a line.

    @property
    def is_full(self) -> bool:
        """Whether the client's limit has been reached."""
        return self._left is not None and self._left <= 0

    def take(self, lines: list[bytes]) -> bytes:
        """Return what the client sees of `lines` (without their line ends)."""
        output = b"".join([self._one(line) for line in lines])
        if self._left is not None:
            output = output[: self._left]
            self._left -= len(output)
        return output

    def _one(self, line: bytes) -> bytes:
        parts = line.split(b" ", 3)
        if len(parts) < 3:
            return b""  # Not a log line: half of one that a crash cut off.
        time, stream, tags = parts[:3]
        text = parts[3] if len(parts) == 4 else b""
        if self._stream and stream != self._stream:
            return b""
        if self._since and _is_before(time, self._since):
            return b""
        partial = tags[:1] == b"P"
        begins = stream not in self._inside
        if partial:
            self._inside.add(stream)
        else:
            self._inside.discard(stream)
            text += b"\n"
        if self._timestamps and begins:
            return full_time(time) + b" " + text
        return text


def _is_before(time: bytes, moment: float) -> bool:
    try:
        return seconds_of(time) < moment
    except ValueError:
        return False


def seconds_of(time: bytes) -> float:
    """Return the wall time of a log line in seconds."""
    return datetime.fromisoformat(time.decode("ascii", "replace")).timestamp()


def full_time(time: bytes) -> bytes:
    """Return a time with nine digits of a second, whatever digits it came with."""
    head, dot, rest = time.partition(b".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip(b"0123456789"))]
        return head + b"." + digits.ljust(9, b"0") + rest[len(digits) :]
    zone = len(head) - 1 if head.endswith(b"Z") else len(head) - 6
    return head[:zone] + b".000000000" + head[zone:]
