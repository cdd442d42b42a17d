"""What part of a container's log a request asks for."""

from dataclasses import dataclass, replace

from kubewheel.kubelet.server.remote_command import Refused
from kubewheel.libs import clock as clocks
from kubewheel.libs.wire import Request

UNREADABLE = '{"message": "Unable to decode query."}'
INVALID = '{"message": "Invalid request."}'
STREAMS = {"": "", "All": "", "Stdout": "stdout", "Stderr": "stderr"}


@dataclass(frozen=True, slots=True)
class LogOptions:
    """The part, and the form. `since` is wall time in seconds, 0.0 for all; `stream` stdout, stderr, or "" for both."""

    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail_lines: int | None = None
    limit_bytes: int | None = None
    since: float = 0.0
    stream: str = ""


def parse(request: Request, now: float) -> LogOptions:
    """Return the options of a request; raise Refused for those that make no sense."""
    tail = request.parameter("tail") or request.parameter("tailLines")
    tail_lines = None if tail in ("", "all") else _number(tail)
    limit_text, seconds_text = request.parameter("limitBytes"), request.parameter("sinceSeconds")
    limit_bytes = _number(limit_text) if limit_text else None
    seconds = _number(seconds_text) if seconds_text else None
    moment = request.parameter("sinceTime")
    stream = request.parameter("stream")
    negative = (tail_lines or 0) < 0 or (limit_bytes is not None and limit_bytes < 1)
    if negative or (seconds is not None and (seconds < 1 or moment)):
        raise Refused(422, INVALID)
    if stream not in STREAMS or (STREAMS[stream] and tail_lines is not None):
        raise Refused(422, INVALID)
    options = LogOptions(
        _flag(request, "follow"), _flag(request, "previous"), _flag(request, "timestamps"), tail_lines, limit_bytes,
        stream=STREAMS[stream],
    )
    if seconds is not None:
        return replace(options, since=now - seconds)
    return replace(options, since=_moment(moment)) if moment else options


def _flag(request: Request, name: str) -> bool:
    values = request.query.get(name)
    # A parameter without a value counts as set, as upstream's decoder has it.
    return values is not None and bool(values) and values[0].lower() not in ("false", "0", "f")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Refused(400, UNREADABLE) from error


def _moment(text: str) -> float:
    try:
        return clocks.parse_rfc3339(text)
    except ValueError as error:
        raise Refused(400, UNREADABLE) from error
