"""Strings."""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.library.conversions import double_text, text
from kubewheel.libs.cel.signatures import Row, traversal
from kubewheel.libs.cel.values import Opaque, TypeValue, weigh

MOST_DIGITS = 1000
_CLAUSE = re.compile(r"%(?:%|(?:\.(\d+))?(.))", re.DOTALL)
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_QUOTED = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"',
}
_QUOTES = str.maketrans(_QUOTED)


def _char_at(value: str, index: int) -> str:
    if not 0 <= index <= len(value):
        raise Failure(f"index out of range: {index}")
    return value[index:index + 1]


def _index_of(value: str, wanted: str, start: int = 0) -> int:
    if not 0 <= start <= len(value):
        raise Failure(f"index out of range: {start}")
    return value.find(wanted, start)


def _last_index_of(value: str, wanted: str, last: int | None = None) -> int:
    if last is None:
        return value.rfind(wanted)
    if not 0 <= last <= len(value):
        raise Failure(f"index out of range: {last}")
    return value.rfind(wanted, 0, last + len(wanted))


def _substring(value: str, start: int, end: int | None = None) -> str:
    if end is None:
        if not 0 <= start <= len(value):
            raise Failure(f"index out of range: {start}")
        return value[start:]
    if start > end:
        raise Failure(f"invalid substring range. start: {start}, end: {end}")
    for place in (start, end):
        if not 0 <= place <= len(value):
            raise Failure(f"index out of range: {place}")
    return value[start:end]


def _replace(value: str, old: str, new: str, count: int = -1) -> str:
    return value.replace(old, new, max(count, -1))


def _replace_cost(value: str, old: str, new: str, *_: Any) -> int:
    """Return the cost of reading what is replaced and writing the result."""
    count = value.count(old)
    return math.ceil((len(value) * 2 + count * max(len(new) - len(old), 0)) * 0.1)


def _split(value: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if not separator:
        return list(value) if not 0 < limit < len(value) else [*value[:limit - 1], value[limit - 1:]]
    return value.split(separator, -1 if limit < 0 else limit - 1)


def _join(values: list[Any], separator: str = "") -> str:
    if not all(isinstance(each, str) for each in values):
        raise Failure("no such overload")
    return separator.join(values)


def _join_cost(values: list[Any], separator: str = "") -> int:
    total = sum(len(each) for each in values if isinstance(each, str))
    return math.ceil((total + len(values) * len(separator)) * 0.2)


def shown(value: Any) -> str:
    """Return a value as %s shows it."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{shown(key)}: {shown(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, TypeValue):
        return value.name
    if isinstance(value, Opaque):
        raise Failure("error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles,"
                      f" maps, lists, types, durations, and timestamps, was given {value.kind}")
    return text(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Failure("error during formatting: only integers, uints, and doubles are allowed")
    return value


def _hexadecimal(value: Any) -> str:
    if isinstance(value, str | bytes):
        return (value.encode() if isinstance(value, str) else value).hex()
    return f"{_whole(value):x}"


def _decimal(value: Any) -> str:
    return double_text(value) if isinstance(value, float) else str(_whole(value))


def _binary(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else f"{_whole(value):b}"


_CONVERSIONS: Mapping[str, Callable[[Any], str]] = {
    "s": shown, "d": _decimal, "b": _binary, "o": lambda value: f"{_whole(value):o}", "x": _hexadecimal,
    "X": lambda value: _hexadecimal(value).upper(),
}


def _float(value: Any, precision: str | None, clause: str) -> str:
    digits = int(precision or 6)
    if digits > MOST_DIGITS:
        raise Failure(f"error while parsing precision: precision {digits} exceeds maximum of {MOST_DIGITS}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Failure("error during formatting: fixed-point clause can only be used on doubles")
    number = float(value)
    return f"{number:.{digits}{clause}}" if math.isfinite(number) else double_text(number).lstrip("+")


def _format(template: str, values: list[Any]) -> str:
    given = iter(values)
    used = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal used
        if match[0] == "%%":
            return "%"
        clause = match[2]
        if clause not in _CONVERSIONS and clause not in "fe":
            raise Failure(f'could not parse formatting clause: unrecognized formatting clause "{clause}"')
        try:
            value = next(given)
        except StopIteration:
            raise Failure(f"index {used} out of range") from None
        used += 1
        return _float(value, match[1], clause) if clause in "fe" else _CONVERSIONS[clause](value)

    made = _CLAUSE.sub(replaced, template)
    if used != len(values):
        raise Failure(f"too many arguments supplied to string.format (expected {used}, got {len(values)})")
    return made


def _format_cost(template: str, values: list[Any]) -> int:
    return math.ceil((len(template) + weigh(values)) * 0.1)


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except binascii.Error as error:
        raise Failure(f"illegal base64 data: {error}") from error


def _product(value: Any, other: Any) -> int:
    return math.ceil(len(value) * 0.1) * math.ceil(len(other) * 0.1)


FUNCTIONS: Sequence[Row] = (
    ("contains", "string.(string) bool", lambda value, part: part in value, _product),
    ("startsWith", "string.(string) bool", str.startswith, lambda _, part: math.ceil(len(part) * 0.1)),
    ("endsWith", "string.(string) bool", str.endswith, lambda _, part: math.ceil(len(part) * 0.1)),
    ("charAt", "string.(int) string", _char_at),
    ("indexOf", "string.(string) int; string.(string, int) int", _index_of, traversal()),
    ("lastIndexOf", "string.(string) int; string.(string, int) int", _last_index_of, traversal()),
    ("substring", "string.(int) string; string.(int, int) string", _substring, traversal()),
    ("lowerAscii", "string.() string", lambda value: value.translate(_LOWER), traversal()),
    ("upperAscii", "string.() string", lambda value: value.translate(_UPPER), traversal()),
    ("trim", "string.() string", str.strip, traversal()),
    ("reverse", "string.() string", lambda value: value[::-1], traversal()),
    ("replace", "string.(string, string) string; string.(string, string, int) string", _replace, _replace_cost),
    ("split", "string.(string) list(string); string.(string, int) list(string)", _split, traversal(0.2)),
    ("join", "list(string).() string; list(string).(string) string", _join, _join_cost),
    ("format", "string.(list(dyn)) string", _format, _format_cost),
    ("strings.quote", "(string) string", lambda value: f'"{value.translate(_QUOTES)}"', traversal()),
    ("base64.encode", "(bytes) string", lambda value: base64.b64encode(value).decode(), traversal()),
    ("base64.decode", "(string) bytes", _decoded, traversal()),
    ("jsonpatch.escapeKey", "(string) string",
     lambda value: value.replace("~", "~0").replace("/", "~1"), traversal(0.2)),
)
