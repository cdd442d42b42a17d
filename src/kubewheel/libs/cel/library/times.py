"""Timestamps and durations."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.signatures import Row

UNITS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1, "µs": 1, "μs": 1, "ns": 0.001}
_DURATION = re.compile(r"[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|μs|ns))+|[-+]?0")
_PART = re.compile(r"([\d.]+)(ms|us|µs|μs|ns|h|m|s)")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.(\d+))?(?:[Zz]|[-+]\d\d:\d\d)")
KEPT = 1024  # Texts whose meaning is remembered: those in loops come again and again.
_OFFSET = re.compile(r"([-+]?)(\d\d?):(\d\d)")


@lru_cache(maxsize=KEPT)
def parse_duration(text: str) -> timedelta:
    """Return a duration written as Go writes them."""
    if not _DURATION.fullmatch(text):
        raise Failure(f'time: invalid duration "{text}"')
    microseconds = sum(float(number) * UNITS[unit] for number, unit in _PART.findall(text))
    return timedelta(microseconds=-microseconds if text[0] == "-" else microseconds)


@lru_cache(maxsize=KEPT)
def parse_timestamp(text: str) -> datetime:
    """Return a time written as RFC 3339 says."""
    match = _TIMESTAMP.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        plain = text if not match[1] else text.replace(f".{match[1]}", f".{match[1][:6].ljust(6, '0')}", 1)
        return datetime.fromisoformat(plain.upper().replace("Z", "+00:00"))
    except ValueError:
        raise Failure(f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}"') from None


def duration_text(value: timedelta) -> str:
    """Return a duration as a number of seconds."""
    seconds = value / timedelta(seconds=1)
    return f"{int(seconds)}s" if seconds.is_integer() else f"{seconds:.9f}".rstrip("0") + "s"


def timestamp_text(value: datetime) -> str:
    """Return a time as RFC 3339 says."""
    shown = value.isoformat().replace("+00:00", "Z")
    return re.sub(r"(\.\d+?)0+(?=Z|[-+])", r"\1", shown)


def _zone(name: str) -> tzinfo:
    match = _OFFSET.fullmatch(name)
    if match:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Failure(f"unknown time zone {name}") from None


def _moment(name: str, read: Callable[[datetime], int]) -> tuple[Row, Row]:
    def call(value: datetime, zone: str = "") -> int:
        return read(value.astimezone(_zone(zone) if zone else UTC))

    return (name, "timestamp.() int", call), (name, "timestamp.(string) int", call)


def _whole(name: str, unit: timedelta) -> Row:
    return name, "duration.() int", lambda value: int(value / unit)


def _milliseconds(value: timedelta) -> Any:
    return value // timedelta(milliseconds=1) % 1000 if value >= timedelta() else -(-value // timedelta(
        milliseconds=1) % 1000)


FUNCTIONS: Sequence[Row] = (
    *_moment("getFullYear", lambda moment: moment.year), *_moment("getMonth", lambda moment: moment.month - 1),
    *_moment("getDate", lambda moment: moment.day), *_moment("getDayOfMonth", lambda moment: moment.day - 1),
    *_moment("getDayOfWeek", lambda moment: moment.isoweekday() % 7),
    *_moment("getDayOfYear", lambda moment: moment.timetuple().tm_yday - 1),
    *_moment("getHours", lambda moment: moment.hour), *_moment("getMinutes", lambda moment: moment.minute),
    *_moment("getSeconds", lambda moment: moment.second),
    *_moment("getMilliseconds", lambda moment: moment.microsecond // 1000),
    _whole("getHours", timedelta(hours=1)), _whole("getMinutes", timedelta(minutes=1)),
    _whole("getSeconds", timedelta(seconds=1)), ("getMilliseconds", "duration.() int", _milliseconds),
)
