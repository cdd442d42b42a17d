"""The parts of a parsed expression. `place` is where in the source errors about a part point to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Constant:
    place: int
    value: Any


@dataclass(slots=True)
class Name:
    place: int
    name: str


@dataclass(slots=True)
class Select:
    """A field of something; with `optional` one that may be missing; with `tests` whether it is there."""

    place: int
    operand: "Node"
    field: str
    optional: bool = False
    tests: bool = False


@dataclass(slots=True)
class Call:
    """A function applied to arguments; the first of a method's arguments is what it is called on."""

    place: int
    function: str
    arguments: "list[Node]"
    is_method: bool = False


@dataclass(slots=True)
class MakeList:
    place: int
    elements: "list[tuple[Node, bool]]"  # And whether the element is optional.


@dataclass(slots=True)
class MakeMap:
    place: int
    entries: "list[tuple[Node, Node, bool]]"


@dataclass(slots=True)
class MakeObject:
    place: int
    type_name: str
    fields: "list[tuple[int, str, Node, bool]]" = field(default_factory=list)


@dataclass(slots=True)
class Macro:
    """A loop over, or a binding of, the value of `target`: `names` are the variables that it sets for `parts`."""

    place: int
    kind: str
    target: "Node"
    names: tuple[str, ...]
    parts: "list[Node]"


Node = Constant | Name | Select | Call | MakeList | MakeMap | MakeObject | Macro


def qualified(node: Node) -> str:
    """Return the dotted name that a chain of selections spells; empty for anything else."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Select) and not node.optional and not node.tests:
        before = qualified(node.operand)
        return f"{before}.{node.field}" if before else ""
    return ""


def children(node: Node) -> "Iterator[Node]":
    """Return the parts of a part, but for the bodies of macros."""
    if isinstance(node, Select):
        yield node.operand
    elif isinstance(node, Call):
        yield from node.arguments
    elif isinstance(node, MakeList):
        yield from (element for element, _ in node.elements)
    elif isinstance(node, MakeMap):
        for key, value, _ in node.entries:
            yield key
            yield value
    elif isinstance(node, MakeObject):
        yield from (value for _, _, value, _ in node.fields)
    elif isinstance(node, Macro):
        yield node.target


def references(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[tuple[str, ...]]:
    """Return the free names of an expression, each with the fields that are selected from it."""
    chain = qualified(node)
    if chain:
        parts = tuple(chain.split("."))
        if parts[0] not in bound:
            yield parts
        return
    for child in children(node):
        yield from references(child, bound)
    if isinstance(node, Macro):
        for part in node.parts:
            yield from references(part, bound | {*node.names})
