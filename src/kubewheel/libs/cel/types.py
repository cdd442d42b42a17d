"""Types, and when a value of one can be used as one of another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Fields = Callable[[str], "Type | None"]


@dataclass(frozen=True)
class Type:
    """A type: its name, the types inside of it, and for objects the types of their fields."""

    name: str
    parameters: tuple["Type", ...] = ()
    fields: Fields | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        shown = _SHOWN.get(self.name) or ("dyn" if self.is_variable else self.name)
        return f"{shown}({', '.join(map(str, self.parameters))})" if self.parameters else shown

    @property
    def is_variable(self) -> bool:
        """Whether it stands for whatever type fits."""
        return self.name[0] == "$"

    @property
    def is_any(self) -> bool:
        """Whether nothing is known about values of it."""
        return self.name in ("dyn", "!error!") or self.is_variable


_SHOWN = {"null_type": "null", "google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration"}
DYN, ERROR = Type("dyn"), Type("!error!")
BOOL, INT, UINT, DOUBLE = Type("bool"), Type("int"), Type("uint"), Type("double")
STRING, BYTES, NULL = Type("string"), Type("bytes"), Type("null_type")
TIMESTAMP, DURATION = Type("google.protobuf.Timestamp"), Type("google.protobuf.Duration")
NULLABLE = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration"})


def list_of(element: Type) -> Type:
    """Return the type of lists of `element`."""
    return Type("list", (element,))


def map_of(key: Type, value: Type) -> Type:
    """Return the type of maps."""
    return Type("map", (key, value))


def optional_of(held: Type) -> Type:
    """Return the type of values that may be missing."""
    return Type("optional_type", (held,))


def type_of(held: Type) -> Type:
    """Return the type of types."""
    return Type("type", (held,))


def object_of(name: str, fields: Mapping[str, Type] | Fields) -> Type:
    """Return a type of objects."""
    return Type(name, (), fields if callable(fields) else fields.get)


class Unifier:
    """Finds what variable types stand for."""

    def __init__(self) -> None:
        self._bound: dict[str, Type] = {}
        self._count = 0

    def fresh(self) -> Type:
        """Return a new variable."""
        self._count += 1
        return Type(f"${self._count}")

    def instance(self, types: Sequence[Type]) -> list[Type]:
        """Return types with new variables in the place of theirs."""
        made: dict[str, Type] = {}
        return [self._instance(each, made) for each in types]

    def _instance(self, found: Type, made: dict[str, Type]) -> Type:
        if found.is_variable:
            return made.setdefault(found.name, self.fresh()) if found.name not in made else made[found.name]
        if not found.parameters:
            return found
        return Type(found.name, tuple(self._instance(each, made) for each in found.parameters), found.fields)

    def resolve(self, found: Type) -> Type:
        """Return a type with all that is known about variables."""
        while found.is_variable and found.name in self._bound:
            found = self._bound[found.name]
        if not found.parameters:
            return found
        return Type(found.name, tuple(self.resolve(each) for each in found.parameters), found.fields)

    def assign_all(self, wanted: Sequence[Type], given: Sequence[Type]) -> bool:
        """Tell whether all of `given` can be used as `wanted`; what that says of variables is kept only then."""
        before = dict(self._bound)
        if all(self._assign(left, right) for left, right in zip(wanted, given, strict=True)):
            return True
        self._bound = before
        return False

    def attempt(self, wanted: Sequence[Type], given: Sequence[Type]) -> dict[str, Type] | None:
        """Return what `assign_all` would come to know, without keeping it; None if it does not fit."""
        before = dict(self._bound)
        fits = self.assign_all(wanted, given)
        found, self._bound = self._bound, before
        return found if fits else None

    def keep(self, found: dict[str, Type]) -> None:
        """Keep what an attempt found out."""
        self._bound = found

    def _assign(self, wanted: Type, given: Type) -> bool:
        wanted, given = self._known(wanted), self._known(given)
        if wanted.is_variable or given.is_variable:
            if wanted.name != given.name:
                holder, other = (wanted, given) if wanted.is_variable else (given, wanted)
                self._bound[holder.name] = other
            return True
        if wanted.is_any or given.is_any:
            return True
        if given.name == "null_type" or wanted.name == "null_type":
            other = wanted if given.name == "null_type" else given
            return other.name == "null_type" or other.fields is not None or other.name in NULLABLE
        if wanted.name != given.name or len(wanted.parameters) != len(given.parameters):
            return wanted.name == given.name == "type"
        return all(map(self._assign, wanted.parameters, given.parameters))

    def _known(self, found: Type) -> Type:
        while found.is_variable and found.name in self._bound:
            found = self._bound[found.name]
        return found


def settled(found: Type) -> Type:
    """Return a type without variables: what nothing is known about can be anything."""
    if found.is_variable:
        return DYN
    return Type(found.name, tuple(settled(each) for each in found.parameters), found.fields)
