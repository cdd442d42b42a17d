"""How much work an expression can be, before it is ever evaluated: from its types and the sizes that values can have.

The rules are those of CEL's reference implementation, oddities included: they decide which definitions are accepted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kubewheel.libs.cel import checker, parser
from kubewheel.libs.cel.checker import Environment
from kubewheel.libs.cel.estimated_calls import CALLS, Operands
from kubewheel.libs.cel.nodes import (
    Call,
    Constant,
    Macro,
    MakeList,
    MakeMap,
    MakeObject,
    Name,
    Node,
    Select,
    references,
)
from kubewheel.libs.cel.sizes import ELEMENT, INDEX, KEY, ONE, UNKNOWN, VALUE, Path, Size, SizeAt, add, times
from kubewheel.libs.cel.types import DYN, Type

LIST_COST, MAP_COST, OBJECT_COST = 10, 30, 40
SCALARS = frozenset({
    "bool", "double", "int", "uint", "google.protobuf.Timestamp", "google.protobuf.Duration",
})
NOTHING = Size(0, 0)


@dataclass(frozen=True, slots=True)
class Examined:
    """An expression that was read and checked, but not built: its type, its free names, its cost at the worst."""

    type: Type
    variables: frozenset[str]
    cost: int


def examine(text: str, environment: Environment, size_at: SizeAt) -> Examined:
    """Return what can be known of an expression without evaluating it; raise Invalid."""
    node = parser.parse(text)
    found: dict[int, Type] = {}
    made = checker.check(text, node, environment, found)
    names = frozenset(chain[0] for chain in references(node) if chain[0] not in checker.TYPE_NAMES)
    return Examined(made, names, Estimator(found, size_at).cost(node))


@dataclass(frozen=True, slots=True)
class _Entries:
    """The sizes of what a list or map holds."""

    is_list: bool
    key: Size
    value: Size

    def union(self, other: "_Entries | None") -> "_Entries | None":
        if other is None:
            return None
        return _Entries(self.is_list, self.key.union(other.key), self.value.union(other.value))


@dataclass(frozen=True, slots=True)
class _Local:
    """A variable of a macro."""

    path: Path
    size: Size | None
    entries: _Entries | None = None


class Estimator:
    """Estimates the parts of one expression."""

    def __init__(self, found: Mapping[int, Type], size_at: SizeAt) -> None:
        self._types = found
        self._size_at = size_at
        self._paths: dict[int, Path] = {}
        self._sizes: dict[int, Size] = {}
        self._entries: dict[int, _Entries] = {}
        self._locals: dict[str, _Local] = {}
        self._costs: Mapping[type, Callable[..., int]] = {
            Constant: lambda _: 0, Name: self._name, Select: self._select, Call: self._call, MakeList: self._list,
            MakeMap: self._map, MakeObject: self._object, Macro: self._macro,
        }

    def cost(self, node: Node) -> int:
        """Return what a part costs at the worst."""
        return self._costs[type(node)](node)

    def type(self, node: Node) -> Type:
        """Return the type of a part."""
        return self._types.get(id(node), DYN)

    def path(self, node: Node) -> Path:
        """Return where in the variables the value of a part lies; empty if it is made."""
        if isinstance(node, Name) and node.name in self._locals:
            return self._locals[node.name].path
        return self._paths.get(id(node), ())

    def size(self, node: Node) -> Size:
        """Return the size of a part's value."""
        return self._known_size(node) or UNKNOWN

    def element(self, node: Node) -> tuple[Type, Size] | None:
        """Return the type and the size of the elements of a list."""
        held = self.type(node).parameters
        if not held:
            return None
        path = self.path(node)
        return held[0], (self._size_at((*path, ELEMENT)) if path else None) or UNKNOWN

    def _known_size(self, node: Node) -> Size | None:
        found = self._sizes.get(id(node)) or _written(node)
        if found is None and (path := self.path(node)):
            found = self._size_at(path)
        if found is None and _is_scalar(self.type(node)):
            found = ONE
        if found is None and isinstance(node, Name) and node.name in self._locals:
            found = self._locals[node.name].size
        return found

    def _held(self, node: Node) -> _Entries | None:
        found = self._entries.get(id(node))
        if found is None and isinstance(node, Name) and node.name in self._locals:
            found = self._locals[node.name].entries
        return found

    def _copy(self, to: Node, source: Node) -> None:
        self._keep(to, self._known_size(source), self._held(source))

    def _keep(self, node: Node, size: Size | None, entries: _Entries | None = None) -> None:
        if size is not None:
            self._sizes[id(node)] = size
        if entries is not None:
            self._entries[id(node)] = entries

    def _name(self, node: Name) -> int:
        local = self._locals.get(node.name)
        self._paths[id(node)] = (node.name,) if local is None else local.path
        return 1

    def _select(self, node: Select) -> int:
        cost = self.cost(node.operand)
        if node.tests:
            return cost
        if node.optional:
            return add(cost, 1)
        operand = self.type(node.operand)
        self._paths[id(node)] = (*self.path(node.operand), node.field)
        return add(cost, int(operand.name == "map" or operand.fields is not None or operand.is_variable))

    def _call(self, node: Call) -> int:
        costs = [self.cost(each) for each in node.arguments]
        if node.function == "dyn" and not node.is_method:
            self._copy(node, node.arguments[0])
            return add(1, *costs)
        special = _SPECIAL.get(node.function)
        if special is not None:
            return special(self, node, costs)
        first = int(node.is_method)
        target = node.arguments[0] if node.is_method else None
        operands = Operands(self, target, node.arguments[first:])
        rule = CALLS.get(node.function)
        own, size = rule(operands) if rule is not None else (1, None)
        self._keep(node, size)
        return add(own, *costs)

    def _logic(self, _: Call, costs: Sequence[int]) -> int:
        return add(*costs)

    def _choice(self, node: Call, costs: Sequence[int]) -> int:
        yes, no = node.arguments[1:]
        entries = self._held(yes)
        self._keep(node, self.size(yes).union(self.size(no)), entries.union(self._held(no)) if entries else None)
        return add(costs[0], max(costs[1:]))

    def _plus(self, node: Call, costs: Sequence[int]) -> int:
        left, right = node.arguments
        name = self.type(left).name if not self.type(left).is_any else self.type(right).name
        if name not in ("string", "bytes", "list") and not self.type(left).is_any:
            return add(1, *costs)
        size = self.size(left).plus(self.size(right))
        entries = self._held(left)
        self._keep(node, size, entries.union(self._held(right)) if entries else None)
        return add(1 if name == "list" else max(size.cost(0.1), 0), *costs)

    def _index(self, node: Call, costs: Sequence[int]) -> int:
        held = self.type(node.arguments[0])
        if node.function == "_[_]" and held.name != "optional_type":
            entries = self._held(node.arguments[0])
            self._paths[id(node)] = (*self.path(node.arguments[0]), VALUE if held.name == "map" else ELEMENT)
            self._keep(node, entries.value if entries else None)
        return add(1, *costs)

    def _list(self, node: MakeList) -> int:
        costs = [self.cost(each) for each, _ in node.elements]
        self._entries[id(node)] = _Entries(True, ONE, _union([self.size(each) for each, _ in node.elements]))
        return add(LIST_COST, *costs)

    def _map(self, node: MakeMap) -> int:
        costs = [self.cost(each) for key, value, _ in node.entries for each in (key, value)]
        keys = _union([self.size(key) for key, _, _ in node.entries])
        self._entries[id(node)] = _Entries(False, keys, _union([self.size(value) for _, value, _ in node.entries]))
        return add(MAP_COST, *costs)

    def _object(self, node: MakeObject) -> int:
        return add(OBJECT_COST, *(self.cost(value) for _, _, value, _ in node.fields))

    def _macro(self, node: Macro) -> int:
        if node.kind == "bind":
            cost = self.cost(node.target)
            local = _Local(self.path(node.target), self._known_size(node.target), self._held(node.target))
            body = self._within({node.names[0]: local}, node.parts)[0]
            self._copy(node, node.parts[0])
            return add(LIST_COST, cost, body)
        if node.kind in ("optMap", "optFlatMap"):
            return self._optional(node)
        return self._loop(node)

    def _within(self, local: Mapping[str, _Local], parts: Sequence[Node]) -> list[int]:
        """Return what parts cost in which variables are set."""
        before = self._locals
        self._locals = {**before, **local}
        try:
            return [self.cost(part) for part in parts]
        finally:
            self._locals = before

    def _optional(self, node: Macro) -> int:
        """Ask whether there is a value, take it, and make another one of it."""
        target = self.cost(node.target)
        body = self._within({node.names[0]: _Local((), None)}, node.parts)[0]
        taken = add(LIST_COST, target, 1, body, int(node.kind == "optMap"))
        return add(target, 1, max(taken, 1))

    def _variables(self, node: Macro) -> dict[str, _Local]:
        path, entries = self.path(node.target), self._held(node.target)
        is_list = entries.is_list if entries is not None else self.type(node.target).name == "list"
        keys = _Local((*path, INDEX if is_list else KEY), entries.key if entries else None)
        values = _Local((*path, ELEMENT if is_list else VALUE), entries.value if entries else None)
        if len(node.names) == 2:
            return dict(zip(node.names, (keys, values), strict=True))
        return {node.names[0]: values if is_list else keys}

    def _loop(self, node: Macro) -> int:
        before = self.cost(node.target)
        variables = self._variables(node)
        parts = self._within(variables, node.parts)
        count = self.size(node.target)
        start, turn, end = _turn(node.kind, parts)
        if node.kind in ("all", "exists", "exists_one"):
            self._keep(node, ONE)
        else:
            self._keep(node, count, self._collected(node, variables))
        return add(before, start, times(count.high, turn), end)

    def _collected(self, node: Macro, variables: Mapping[str, _Local]) -> _Entries:
        """Return the sizes of what a loop puts together."""
        if node.kind in ("filter", "sortBy"):
            local = variables[node.names[0]]
            value = (self._size_at(local.path) if local.path else None) or local.size or UNKNOWN
        else:
            value = self.size(node.parts[-1])
        return _Entries(not node.kind.startswith("transformMap"), ONE, Size(0, value.high))


_SPECIAL: Mapping[str, Callable[[Estimator, Call, Sequence[int]], int]] = {
    "_&&_": Estimator._logic, "_||_": Estimator._logic, "_?_:_": Estimator._choice, "_+_": Estimator._plus,
    "_[_]": Estimator._index, "_[?_]": Estimator._index,
}


def _turn(kind: str, parts: Sequence[int]) -> tuple[int, int, int]:
    """Return what a loop costs before, in each turn, and after; as the loop is written without macros."""
    if kind in ("all", "exists"):
        return 0, add(3 if kind == "all" else 4, *parts), 1
    if kind == "exists_one":
        return 0, add(2, *parts), 2
    if kind == "filter":
        return LIST_COST, add(LIST_COST + 3, *parts), 1
    if kind == "sortBy":
        return LIST_COST, add(LIST_COST + 3, *parts), 1
    if kind.startswith("transformMap"):
        return MAP_COST, add(2 if kind == "transformMapEntry" else 3, *parts), 1
    return LIST_COST, add(LIST_COST + 2, *parts), 1


def _union(sizes: Sequence[Size]) -> Size:
    if not sizes:
        return NOTHING
    return Size(min(each.low for each in sizes), max(each.high for each in sizes))


def _is_scalar(found: Type) -> bool:
    held = found.parameters[0] if found.name == "optional_type" and found.parameters else found
    return held.name in SCALARS


def _written(node: Node) -> Size | None:
    """Return the size of a value that is written out."""
    if isinstance(node, MakeList):
        return Size.exactly(len(node.elements))
    if isinstance(node, MakeMap):
        return Size.exactly(len(node.entries))
    if isinstance(node, Constant):
        return Size.exactly(len(node.value)) if isinstance(node.value, str | bytes) else ONE
    return None


