"""Values of types that CEL has and Python has not, and what holds for all values: kinds, equality, order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from kubewheel.libs.cel.faults import CostExceeded, Failure

NO_OVERLOAD = "no such overload"
MOST_PARTS, MOST_CHARACTERS = 250_000, 10_000_000  # Of one value that a function looks through.


class Uint(int):
    """A number without a sign."""

    def __repr__(self) -> str:
        return str(int(self))


class Optional:
    """A value that may be missing."""

    __slots__ = ("_held",)

    def __init__(self, *held: Any) -> None:
        self._held = held

    def has_value(self) -> bool:
        """Tell whether it is there."""
        return bool(self._held)

    def value(self) -> Any:
        """Return it; raise Failure if it is missing."""
        if not self._held:
            raise Failure("optional.none() dereference")
        return self._held[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Optional) and len(self._held) == len(other._held) and all(
            map(equal, self._held, other._held)
        )

    def __hash__(self) -> int:
        return hash(self._held)


class Opaque:
    """A value of a type that only functions can look into; equal ones have equal keys."""

    kind: ClassVar[str] = ""

    def key(self) -> Any:
        """Return what makes this value equal to another one of its kind."""
        return id(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and self.kind == other.kind and bool(self.key() == other.key())

    def __hash__(self) -> int:
        return hash((self.kind, self.key()))


class TypeValue(Opaque):
    """A type as a value."""

    kind = "type"

    def __init__(self, name: str) -> None:
        self.name = name

    def key(self) -> Any:
        return self.name


class Lazy(Mapping[str, Any]):
    """Fields whose values are worked out when they are asked for, once."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            try:
                self._made[name] = self._makers[name]()
            except Failure as error:
                self._made[name] = error
        made = self._made[name]
        if isinstance(made, Failure):
            raise made
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class ObjectValue(dict[str, Any]):
    """A value that an expression made as an object of a named type."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.type_name = type_name


def _identity(value: Any) -> Any:
    """Return something hashable that equal values share, and only they."""
    if isinstance(value, list):
        return "list", tuple(map(_identity, value))
    if isinstance(value, Mapping):
        return "map", frozenset((key, _identity(item)) for key, item in value.items())
    return ("number", value) if type(value) in NUMBERS else (kind_of(value), value)


class KeyedList(list[Any]):
    """A list in which the order means nothing: elements are told apart by some of their fields, or as they are."""

    __slots__ = ("keys",)

    def __init__(self, elements: Iterable[Any], keys: Sequence[str] = ()) -> None:
        super().__init__(elements)
        self.keys = keys

    def by_key(self, elements: Iterable[Any]) -> dict[Any, Any]:
        """Return elements by what tells them apart in this list."""
        return {self._key(each): each for each in elements}

    def _key(self, element: Any) -> Any:
        if self.keys and isinstance(element, Mapping):
            return tuple(_identity(element.get(key)) for key in self.keys)
        return _identity(element)

    def __add__(self, other: list[Any]) -> "KeyedList":
        """Put the elements of another list over and behind those of this one."""
        return KeyedList({**self.by_key(self), **self.by_key(other)}.values(), self.keys)


_KINDS: Mapping[type, str] = {
    bool: "bool", int: "int", Uint: "uint", float: "double", str: "string", bytes: "bytes", list: "list", dict: "map",
    type(None): "null_type", datetime: "google.protobuf.Timestamp", timedelta: "google.protobuf.Duration",
    Optional: "optional_type", Lazy: "map", KeyedList: "list",
}
NUMBERS = frozenset({int, Uint, float})
PLAIN = frozenset({int, str, bool, bytes, type(None)})
FEW = 8  # Below this, comparing one by one is as quick.
QUICK = 4  # So many plain values are compared in the time of one other part.


def kind_of(value: Any) -> str:
    """Return the name of a value's type."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    if isinstance(value, ObjectValue):
        return value.type_name
    return value.kind if isinstance(value, Opaque) else "map" if isinstance(value, Mapping) else "dyn"


def equal(left: Any, right: Any) -> bool:
    """Tell whether two values are equal: numbers of all types by value, nothing else across types."""
    if type(left) in NUMBERS:
        return type(right) in NUMBERS and bool(left == right)
    if not isinstance(left, list | Mapping):
        return (type(left) is type(right) or isinstance(left, Opaque)) and bool(left == right)
    return _Comparison().equal(left, right)


class _Comparison:
    """Compares lists and maps, part by part. Parts may be shared, so that there are far more than memory holds."""

    def __init__(self) -> None:
        self._left = MOST_PARTS

    def _count(self, parts: int) -> None:
        self._left -= parts
        if self._left < 0:
            raise CostExceeded

    def equal(self, left: Any, right: Any) -> bool:
        self._count(1)
        if isinstance(left, list):
            return isinstance(right, list) and len(left) == len(right) and self._lists(left, right)
        if isinstance(left, Mapping):
            return isinstance(right, Mapping) and len(left) == len(right) and self._maps(left, right)
        return equal(left, right)

    def _lists(self, left: list[Any], right: list[Any]) -> bool:
        if isinstance(left, KeyedList):
            mine, others = left.by_key(left), left.by_key(right)
            return mine.keys() == others.keys() and all(map(self.equal, mine.values(), map(others.get, mine)))
        if len(left) > FEW and _is_plain(left, right):
            self._count(len(left) // QUICK)
            return left == right
        return all(map(self.equal, left, right))

    def _maps(self, left: Mapping[Any, Any], right: Mapping[Any, Any]) -> bool:
        if len(left) > FEW and type(left) is type(right) is dict:
            if left.keys() != right.keys():
                return False
            self._count(len(left) // QUICK)
            if _is_plain(list(left.values()), [right[key] for key in left]):
                return left == right
        return all(key in right and self.equal(value, right[key]) for key, value in left.items())


def _is_plain(left: list[Any], right: list[Any]) -> bool:
    """Tell whether values are alike in their types, pair by pair, and of types that Python compares as CEL does."""
    kinds = list(map(type, left))
    return PLAIN.issuperset(kinds) and kinds == list(map(type, right))


def weigh(value: Any, depth: int = -1) -> int:
    """Return how many parts and characters a value has, down to `depth`; raise CostExceeded for too many."""
    parts, characters, waiting = 0, 0, [(value, depth)]
    while waiting:
        part, below = waiting.pop()
        parts += 1
        characters += len(part) if isinstance(part, str | bytes) else 0
        if parts + len(waiting) > MOST_PARTS or characters > MOST_CHARACTERS:
            raise CostExceeded
        if below == 0:
            continue
        if isinstance(part, list):
            waiting += [(each, below - 1) for each in part]
        elif isinstance(part, Mapping):
            waiting += [(each, below - 1) for pair in part.items() for each in pair]
    return parts + characters


UNORDERED = (list, KeyedList, dict, type(None))


def compare(left: Any, right: Any) -> int:
    """Return -1, 0 or 1; raise Failure for values that have no order."""
    kind, other = type(left), type(right)
    if not (kind in NUMBERS and other in NUMBERS) and (kind is not other or kind in UNORDERED):
        raise Failure(NO_OVERLOAD)
    try:
        return int(left > right) - int(left < right)
    except TypeError as error:
        raise Failure(NO_OVERLOAD) from error


def size(value: Any) -> int:
    """Return how much of a value has to be looked at."""
    return len(value) if isinstance(value, str | bytes | list | dict) else 1


def contains(values: list[Any], wanted: Any) -> bool:
    """Tell whether a list holds a value."""
    return any(equal(each, wanted) for each in values)
