"""What macros do: loops over lists and maps, and bindings."""

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.frame import Frame, Step
from kubewheel.libs.cel.nodes import Macro
from kubewheel.libs.cel.values import NO_OVERLOAD, Optional, compare, size

# What a turn of a loop costs beside its parts, if loops are written without macros.
ALL, EXISTS, COUNT, APPEND, KEEP, PASS, INSERT, INSERT_ENTRY = 3, 4, 2, 12, 13, 1, 3, 2
LIST, MAP = 11, 31  # An empty one to begin with, and looking at the result.
ABSENT = object()


def build(node: Macro, target: Step, parts: Sequence[Step]) -> Step:
    """Return the function that evaluates a macro."""
    return BUILDERS[node.kind](node.names, target, parts)


def comparison_cost(left: Any, right: Any) -> int:
    """Return what comparing two values costs beyond the step itself."""
    return math.ceil(min(size(left), size(right)) * 0.1) - 1


def _entries(value: Any, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Return what the variables of a loop are set to in each turn."""
    if isinstance(value, list):
        return iter(enumerate(value)) if len(names) == 2 else ((each,) for each in value)
    if isinstance(value, Mapping):
        return iter(value.items()) if len(names) == 2 else ((key,) for key in value)
    raise Failure(NO_OVERLOAD)


class _Scope:
    """Sets variables for a while; what they hid comes back."""

    def __init__(self, frame: Frame, names: Sequence[str]) -> None:
        self._frame = frame
        self._names = names
        self._hidden = [frame.names.get(name, ABSENT) for name in names]

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        for name, hidden in zip(self._names, self._hidden, strict=True):
            if hidden is ABSENT:
                self._frame.names.pop(name, None)
            else:
                self._frame.names[name] = hidden


def _turns(frame: Frame, names: tuple[str, ...], value: Any, cost: int = 0) -> Iterator[tuple[Any, ...]]:
    """Set the variables for each turn."""
    turn = frame.patience.turn
    for entry in _entries(value, names):
        frame.spend(cost)
        turn()
        for name, each in zip(names, entry, strict=True):
            frame.names[name] = each
        yield entry


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise Failure(NO_OVERLOAD)
    return value


def _quantifier(names: tuple[str, ...], target: Step, parts: Sequence[Step], *, decisive: bool) -> Step:
    """Return `all`, which one False decides, or `exists`, which one True decides, even if other turns fail."""
    condition, cost = parts[0], EXISTS if decisive else ALL

    def step(frame: Frame) -> bool:
        value, failed = target(frame), None
        frame.spend(1)
        with _Scope(frame, names):
            for _ in _turns(frame, names, value, cost):
                try:
                    if _truth(condition(frame)) is decisive:
                        return decisive
                except Failure as error:
                    if frame.is_spent:
                        raise
                    failed = error
        if failed is not None:
            raise failed
        return not decisive

    return step


def _exists_one(names: tuple[str, ...], target: Step, parts: Sequence[Step]) -> Step:
    condition = parts[0]

    def step(frame: Frame) -> bool:
        value, found = target(frame), 0
        frame.spend(2)
        with _Scope(frame, names):
            for _ in _turns(frame, names, value, PASS):
                if _truth(condition(frame)):
                    frame.spend(COUNT - PASS)
                    found += 1
        return found == 1

    return step


def _collect(names: tuple[str, ...], target: Step, parts: Sequence[Step]) -> Step:
    """Return `map` and `transformList`: what the last part makes of the turns that the first one takes."""
    condition, made = (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])

    def step(frame: Frame) -> list[Any]:
        value, found = target(frame), []
        frame.spend(LIST)
        with _Scope(frame, names):
            for _ in _turns(frame, names, value, PASS):
                if condition is None or _truth(condition(frame)):
                    frame.spend(APPEND - PASS)
                    found.append(made(frame))
        return found

    return step


def _filter(names: tuple[str, ...], target: Step, parts: Sequence[Step]) -> Step:
    condition = parts[0]

    def step(frame: Frame) -> list[Any]:
        value, found = target(frame), []
        frame.spend(LIST)
        with _Scope(frame, names):
            for entry in _turns(frame, names, value, PASS):
                if _truth(condition(frame)):
                    frame.spend(KEEP - PASS)
                    found.append(entry[0])
        return found

    return step


def _insert(into: dict[Any, Any], key: Any, value: Any) -> None:
    if key in into:
        raise Failure(f"insert failed: key {key} already exists")
    into[key] = value


def _transform_map(names: tuple[str, ...], target: Step, parts: Sequence[Step], *, entries: bool) -> Step:
    condition, made = (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])
    cost = INSERT_ENTRY if entries else INSERT

    def step(frame: Frame) -> dict[Any, Any]:
        value = target(frame)
        found: dict[Any, Any] = {}
        frame.spend(MAP)
        with _Scope(frame, names):
            for entry in _turns(frame, names, value, PASS):
                if condition is not None and not _truth(condition(frame)):
                    continue
                frame.spend(cost - PASS)
                item = made(frame)
                if not entries:
                    _insert(found, entry[0], item)
                    continue
                if not isinstance(item, Mapping):
                    raise Failure(NO_OVERLOAD)
                for key, each in item.items():
                    _insert(found, key, each)
        return found

    return step


def _by_key(left: tuple[Any, Any], right: tuple[Any, Any]) -> int:
    return compare(left[0], right[0])


def _sort_by(names: tuple[str, ...], target: Step, parts: Sequence[Step]) -> Step:
    key_of = parts[0]

    def step(frame: Frame) -> list[Any]:
        value = target(frame)
        with _Scope(frame, names):
            keyed = [(key_of(frame), entry[0]) for entry in _turns(frame, names, value, APPEND)]
        frame.spend(len(keyed) * max(len(keyed).bit_length(), 1))
        keyed.sort(key=functools.cmp_to_key(_by_key))
        return [each for _, each in keyed]

    return step


def _bind(names: tuple[str, ...], target: Step, parts: Sequence[Step]) -> Step:
    body, name = parts[0], names[0]

    def step(frame: Frame) -> Any:
        value = target(frame)
        with _Scope(frame, names):
            frame.names[name] = value
            return body(frame)

    return step


def _optional(names: tuple[str, ...], target: Step, parts: Sequence[Step], *, flat: bool) -> Step:
    body, name = parts[0], names[0]

    def step(frame: Frame) -> Optional:
        value = target(frame)
        if not isinstance(value, Optional):
            raise Failure(NO_OVERLOAD)
        if not value.has_value():
            return value
        with _Scope(frame, names):
            frame.names[name] = value.value()
            made = body(frame)
        if not flat:
            return Optional(made)
        if not isinstance(made, Optional):
            raise Failure(NO_OVERLOAD)
        return made

    return step


BUILDERS: Mapping[str, Callable[..., Step]] = {
    "all": functools.partial(_quantifier, decisive=False), "exists": functools.partial(_quantifier, decisive=True),
    "exists_one": _exists_one, "map": _collect, "transformList": _collect, "filter": _filter,
    "transformMap": functools.partial(_transform_map, entries=False),
    "transformMapEntry": functools.partial(_transform_map, entries=True), "sortBy": _sort_by, "bind": _bind,
    "optMap": functools.partial(_optional, flat=False), "optFlatMap": functools.partial(_optional, flat=True),
}
