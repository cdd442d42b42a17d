"""Conversions between types."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.lexer import LARGEST, SMALLEST
from kubewheel.libs.cel.library.operators import unsigned, whole
from kubewheel.libs.cel.library.times import duration_text, parse_duration, parse_timestamp, timestamp_text
from kubewheel.libs.cel.signatures import Row, traversal
from kubewheel.libs.cel.values import TypeValue, Uint, kind_of


def _same(value: Any) -> Any:
    return value


def _int(value: Any) -> int:
    if isinstance(value, str):
        try:
            return whole(int(value, 10)) if "_" not in value and value == value.strip() else _no_number(value)
        except ValueError:
            return _no_number(value)
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, float) and not (math.isfinite(value) and SMALLEST <= value <= LARGEST):
        raise Failure("integer overflow")
    return whole(int(value))


def _no_number(value: str) -> int:
    raise Failure(f'strconv.ParseInt: parsing "{value}": invalid syntax')


def _uint(value: Any) -> Uint:
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit():
            raise Failure(f'strconv.ParseUint: parsing "{value}": invalid syntax')
        return unsigned(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise Failure("unsigned integer overflow")
    return unsigned(int(value))


def _double(value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        raise Failure(f'strconv.ParseFloat: parsing "{value}": invalid syntax') from None


def _bool(value: Any) -> bool:
    if value in ("1", "t", "T", "true", "TRUE", "True", True):
        return True
    if value in ("0", "f", "F", "false", "FALSE", "False", False):
        return False
    raise Failure(f'strconv.ParseBool: parsing "{value}": invalid syntax')


def text(value: Any) -> str:
    """Return a value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, bytes):
        return _decoded(value)
    if isinstance(value, datetime):
        return timestamp_text(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    return str(value)


def double_text(value: float) -> str:
    """Return a number as Go prints it."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Failure("invalid UTF-8 in bytes, cannot convert to string") from None


def _timestamp(value: Any) -> datetime:
    if isinstance(value, int):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            raise Failure("timestamp overflow") from None
    return parse_timestamp(value)


FUNCTIONS: Sequence[Row] = (
    ("int", "(int) int; (uint) int; (double) int; (string) int; (timestamp) int", _int),
    ("uint", "(uint) uint; (int) uint; (double) uint; (string) uint", _uint),
    ("double", "(double) double; (int) double; (uint) double; (string) double", _double),
    ("bool", "(bool) bool; (string) bool", _bool),
    ("string", "(string) string; (bool) string; (int) string; (uint) string; (double) string; (bytes) string; "
               "(timestamp) string; (duration) string", text, traversal()),
    ("bytes", "(bytes) bytes", _same), ("bytes", "(string) bytes", str.encode, traversal()),
    ("timestamp", "(timestamp) timestamp", _same), ("timestamp", "(string) timestamp; (int) timestamp", _timestamp),
    ("duration", "(duration) duration", _same), ("duration", "(string) duration", parse_duration),
    ("duration", "(int) duration", lambda seconds: timedelta(seconds=seconds)),
    ("dyn", "(A) dyn", _same), ("type", "(A) type(A)", lambda value: TypeValue(kind_of(value))),
    ("size", "(string) int; (bytes) int; (list(A)) int; (map(A, B)) int; string.() int; bytes.() int; list(A).() int; "
             "map(A, B).() int", len, lambda _: 1),
)
