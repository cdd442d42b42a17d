"""How large the values can be that a schema describes, as far as a request can carry them.

What a schema does not bound is bounded by the size of a request: so many of the smallest values fit into it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kubewheel.api.custom import cel_values
from kubewheel.api.custom.structure import EMBEDDED, additional
from kubewheel.libs.cel.sizes import ELEMENT, KEY, VALUE, Path, Size
from kubewheel.libs.wire import Object

REQUEST = 3 * 1024 * 1024  # Bytes.
LONGEST_TEXT = REQUEST - 2  # Without its quotation marks.
BYTES_PER_CHARACTER = 4
EMPTY = 2  # "", [] and {}.
SMALLEST = {"boolean": 4, "number": 1, "integer": 1}
# Format -> how long its texts are, at least and at most.
FORMATS: Mapping[str, tuple[int, int]] = {"duration": (3, 32), "date": (12, 12), "date-time": (21, 32)}


@dataclass(frozen=True)
class Bounds:
    """The bounds of one value: how many parts it has at most, in how many bytes it can be written at least."""

    schema: Object
    is_root: bool
    most: int
    least_bytes: int
    element: "Bounds | None" = None
    known: Mapping[str, "Bounds"] = field(default_factory=dict)

    @cached_property
    def fields(self) -> Mapping[str, "Bounds"]:
        """The fields, by the names that expressions have for them."""
        return {cel_values.escaped(name): each for name, each in self.known.items()}

    def size_at(self, path: Path) -> Size | None:
        """Return the size of a part; the first name of the path is a variable's, and always means this value."""
        found: Bounds | None = self
        for name in path[1:]:
            if found is None:
                return None
            if name == KEY:
                return None if found.element is None or found.schema.get("type") != "object" else Size(0, 0)
            found = found.element if name in (ELEMENT, VALUE) else found.fields.get(name)
        return None if found is None else Size(0, found.most)

    @property
    def cardinality(self) -> int:
        """How often such a value can be in a request, where nothing else bounds that."""
        return REQUEST // (self.least_bytes + 1)


def of(schema: Object, *, is_root: bool = False) -> Bounds | None:
    """Return the bounds of the values of a schema; None for those that rules do not see."""
    if schema.get("x-kubernetes-int-or-string"):
        return Bounds(schema, is_root, _longest(schema), 1)
    kind = schema.get("type")
    if kind == "array":
        return _list(schema, is_root)
    if kind == "object":
        others = additional(schema)
        return _object(schema, is_root) if others is None else _map(schema, others, is_root)
    if kind == "string":
        return _text(schema, is_root)
    return Bounds(schema, is_root, 0, SMALLEST[kind]) if kind in SMALLEST else None


def _limit(schema: Object, name: str) -> int | None:
    found = schema.get(name)
    return None if found is None else max(int(found), 0)


def _longest(schema: Object) -> int:
    limit = _limit(schema, "maxLength")
    return LONGEST_TEXT if limit is None else limit * BYTES_PER_CHARACTER


def _text(schema: Object, is_root: bool) -> Bounds:
    form = schema.get("format") or ""
    if form in FORMATS:
        least, most = FORMATS[form]
        return Bounds(schema, is_root, most, least)
    limit, listed = _limit(schema, "maxLength"), schema.get("enum")
    if form == "byte":
        return Bounds(schema, is_root, LONGEST_TEXT if limit is None else limit, EMPTY)
    if limit is None and listed:
        longest = max((len(each.encode()) for each in listed if isinstance(each, str)), default=0)
        return Bounds(schema, is_root, longest, EMPTY)
    return Bounds(schema, is_root, _longest(schema), EMPTY)


def _list(schema: Object, is_root: bool) -> Bounds | None:
    items = schema.get("items") or {}
    element = of(items, is_root=bool(items.get(EMBEDDED)))
    if element is None:
        return None
    limit = _limit(schema, "maxItems")
    most = (REQUEST - 2) // (element.least_bytes + 1) if limit is None else limit
    return Bounds(schema, is_root, most, EMPTY, element)


def _map(schema: Object, others: Object, is_root: bool) -> Bounds | None:
    element = of(others, is_root=bool(others.get(EMBEDDED)))
    if element is None:
        return None
    limit = _limit(schema, "maxProperties")
    most = (REQUEST - 2) // (element.least_bytes + 6) if limit is None else limit
    return Bounds(schema, is_root, most, EMPTY, element)


def _object(schema: Object, is_root: bool) -> Bounds:
    needed: Sequence[str] = schema.get("required") or ()
    known: dict[str, Bounds] = {}
    least = EMPTY
    for name, part in cel_values.fields_of(schema, is_root=is_root).items():
        found = of(part, is_root=bool(part.get(EMBEDDED)))
        if found is None:
            continue
        known[name] = found
        if name in needed and part.get("default") is None:
            least += len(name) + found.least_bytes + 4
    return Bounds(schema, is_root, 0, least, None, known)
