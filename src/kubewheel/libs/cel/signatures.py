"""Functions: what they are called with, what they return, what they do, what they cost.

Libraries are tables of these. A signature is written `receiver.(argument, …) result`, or without a receiver; several
are separated by semicolons. A single capital letter stands for whatever type fits.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.libs.cel import types
from kubewheel.libs.cel.types import Type
from kubewheel.libs.cel.values import Opaque, kind_of, size

Cost = Callable[..., int]
Row = tuple[str, str, Callable[..., Any]] | tuple[str, str, Callable[..., Any], Cost]
_NAMES = {
    "timestamp": types.TIMESTAMP, "duration": types.DURATION, "null": types.NULL, "optional": Type("optional_type"),
}
_PIECE = re.compile(r"[A-Za-z_.]+[A-Za-z_]|[A-Za-z]|[(),]")


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a function."""

    arguments: tuple[Type, ...]
    result: Type
    is_method: bool
    call: Callable[..., Any]
    cost: Cost | None = None

    def accepts(self, values: Sequence[Any]) -> bool:
        """Tell whether values can be its arguments."""
        return all(map(fits, self.arguments, values))


Functions = Mapping[str, Sequence[Overload]]


def fits(wanted: Type, value: Any) -> bool:
    """Tell whether a value is of a type, not looking into it."""
    if wanted.is_any:
        return True
    if isinstance(value, Opaque) and wanted.name == "type":
        return value.kind == "type"
    return kind_of(value) == wanted.name


def table(*libraries: Iterable[Row]) -> dict[str, list[Overload]]:
    """Return the functions of libraries by name."""
    found: dict[str, list[Overload]] = {}
    for library in libraries:
        for name, signatures, call, *cost in library:
            made = (_overload(each.strip(), call, cost[0] if cost else None) for each in signatures.split(";"))
            found.setdefault(name, []).extend(made)
    return found


def _overload(signature: str, call: Callable[..., Any], cost: Cost | None) -> Overload:
    receiver, _, rest = signature.rpartition(".(") if ".(" in signature else ("", "", signature[1:])
    pieces = _PIECE.findall(rest)
    arguments: list[Type] = [_read(_PIECE.findall(receiver), 0)[0]] if receiver else []
    place = 0
    while pieces[place] != ")":
        if pieces[place] == ",":
            place += 1
        made, place = _read(pieces, place)
        arguments.append(made)
    result, _ = _read(pieces, place + 1)
    return Overload(tuple(arguments), result, bool(receiver), call, cost)


def _read(pieces: Sequence[str], place: int) -> tuple[Type, int]:
    name = pieces[place]
    found = _NAMES.get(name) or (Type(f"${name}") if len(name) == 1 and name.isupper() else Type(name))
    place += 1
    if place >= len(pieces) or pieces[place] != "(":
        return found, place
    parameters: list[Type] = []
    while pieces[place] != ")":
        made, place = _read(pieces, place + 1)
        parameters.append(made)
    return Type(found.name, tuple(parameters)), place + 1


def traversal(factor: float = 0.1) -> Cost:
    """Return the cost of going through the first argument once."""
    return lambda first, *_: math.ceil(size(first) * factor)


def both(left: Any, right: Any) -> int:
    """Return the cost of going through two arguments."""
    return math.ceil((size(left) + size(right)) * 0.1)


def lesser(left: Any, right: Any) -> int:
    """Return the cost of comparing two values."""
    return math.ceil(min(size(left), size(right)) * 0.1)


def pattern(value: Any, expression: Any, *_: Any) -> int:
    """Return the cost of matching a regular expression."""
    return math.ceil((1 + size(value)) * 0.1) * math.ceil(size(expression) * 0.25)


def length(first: Any, *_: Any) -> int:
    """Return the cost of looking at each element once."""
    return size(first)
