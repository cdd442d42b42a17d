"""What calls of functions cost at the worst, beside their arguments, and how large their results can be.

A function that is not here costs 1, whatever its arguments are; nothing is known of the size of its result.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kubewheel.libs.cel.nodes import Constant, Node
from kubewheel.libs.cel.sizes import TOP, UNKNOWN, Size, add, share, times
from kubewheel.libs.cel.types import Type

TRAVERSAL, PATTERN = 0.1, 0.25
PATTERN_OF_FORMAT = 128 * PATTERN
ADDRESS = Size(4, 16)
CHECK = 350_000
Estimate = tuple[int, Size | None]


class Sizes(Protocol):
    """What is known of the parts of an expression."""

    def size(self, node: Node) -> Size:
        """Return the size of a part's value."""

    def type(self, node: Node) -> Type:
        """Return the type of a part."""

    def element(self, node: Node) -> tuple[Type, Size] | None:
        """Return the type and the size of the elements of a list."""


@dataclass(frozen=True, slots=True)
class Operands:
    """What a function is called on, None if it is no method, and with."""

    known: Sizes
    target: Node | None
    arguments: Sequence[Node]

    def size(self, index: int) -> Size:
        """Return the size of an argument; of the target for -1."""
        node = self.target if index < 0 else self.arguments[index] if index < len(self.arguments) else None
        return UNKNOWN if node is None else self.known.size(node)

    def kind(self, index: int) -> str:
        """Return the name of the type of an argument, "dyn" if it can be anything."""
        node = self.target if index < 0 else self.arguments[index] if index < len(self.arguments) else None
        found = None if node is None else self.known.type(node)
        return "dyn" if found is None or found.is_any else found.name


Rule = Callable[[Operands], Estimate]


def _lesser(call: Operands) -> Estimate:
    return share(min(call.size(0).high, call.size(1).high), TRAVERSAL), None


def _equality(call: Operands) -> Estimate:
    kind = call.kind(0)
    if kind == call.kind(1) and kind.startswith(("net.", "kubernetes.")):
        return 1, None  # Values that are one thing, whatever text they came from.
    return _lesser(call)


def _order(call: Operands) -> Estimate:
    kinds = {call.kind(0), call.kind(1)} - {"dyn"}
    if kinds and not kinds & {"string", "bytes"}:
        return 1, None
    cost, _ = _lesser(call)
    return (cost if kinds else max(cost, 1)), None


def _membership(call: Operands) -> Estimate:
    return (1 if call.kind(1) == "map" else call.size(1).high), None


def _traversal(call: Operands) -> Estimate:
    return call.size(-1 if call.target is not None else 0).cost(TRAVERSAL), None


def _rewritten(call: Operands) -> Estimate:
    size = call.size(-1)
    return size.cost(TRAVERSAL), size


def _on_argument(factor: float) -> Rule:
    """Return the rule of a method that goes through its argument; as a function it costs 1."""
    return lambda call: (call.size(0).cost(factor) if call.target is not None else 1, None)


def _each(call: Operands) -> Estimate:
    """Look at each element, or at each character."""
    if call.target is None:
        return 1, None
    held = call.known.element(call.target)
    if held is None:
        return call.size(-1).cost(TRAVERSAL), None
    one = add(1, held[1].cost(TRAVERSAL)) if held[0].name in ("string", "bytes") else 1
    return times(call.size(-1).high, one), None


def _replacement(call: Operands) -> Estimate:
    size, old, new = call.size(-1), call.size(0), call.size(1)
    high, low = 0, 0
    if old.low == 0:
        high = add(times(add(size.high, 1), new.high), size.high)
    elif new.high <= old.low:
        high = size.high
    else:
        high = times(math.ceil(size.high / old.low), new.high)
    if old.high == 0:
        low = add(times(add(size.low, 1), new.low), size.low)
    elif old.high <= new.low:
        low = size.low
    else:
        low = times(math.ceil(size.low / old.high), new.low)
    return size.cost(2 * TRAVERSAL), Size(low, min(high, TOP))


def _split(call: Operands) -> Estimate:
    size = call.size(-1)
    limit = call.arguments[1] if len(call.arguments) > 1 else None
    most = size.high
    if isinstance(limit, Constant) and isinstance(limit.value, int):
        most = limit.value if limit.value >= 0 else TOP
    return size.cost(2 * TRAVERSAL), Size(0, most)


def _join(call: Operands) -> Estimate:
    if call.target is None:
        return 1, None
    count, held = call.size(-1), call.known.element(call.target)
    size = count.times(held[1]) if held is not None else Size(0, 0)
    if call.arguments:
        size = size.plus(call.size(0).times(Size(max(count.low - 1, 0), max(count.high - 1, 0))))
    return size.cost(TRAVERSAL), size


def _matched(call: Operands) -> int:
    return times(share(add(call.size(-1).high, 1), TRAVERSAL), call.size(0).cost(PATTERN))


def _matches(call: Operands) -> Estimate:
    return (_matched(call) if call.target is not None else 1), None


def _find(call: Operands) -> Estimate:
    return _matched(call), Size(0, call.size(-1).high)


def _contains(call: Operands) -> Estimate:
    return times(call.size(-1).cost(TRAVERSAL), call.size(0).cost(TRAVERSAL)), None


def _start(call: Operands) -> Estimate:
    return call.size(0).cost(TRAVERSAL), None


def _format(call: Operands) -> Estimate:
    return call.size(-1).cost(TRAVERSAL), call.size(-1).plus(call.size(0))


def _text(call: Operands) -> Estimate:
    if call.kind(0) not in ("bytes", "dyn"):
        return 1, None
    size = call.size(0)
    return size.cost(TRAVERSAL), Size(size.low // 4, size.high)


def _bytes(call: Operands) -> Estimate:
    size = call.size(0)
    return (size.cost(TRAVERSAL), Size(size.low, times(size.high, 4))) if call.kind(0) != "bytes" else (1, None)


def _quoted(call: Operands) -> Estimate:
    size = call.size(0)
    return size.cost(TRAVERSAL), Size(add(size.low, 2), add(times(size.high, 2), 2))


def _ip(call: Operands) -> Estimate:
    return 1, None  # As a method it is a field of a network; the text that the function reads is never long.


def _within_network(extra: int, argument: str) -> Rule:
    def rule(call: Operands) -> Estimate:
        cost = add(ADDRESS.plus(ADDRESS).cost(TRAVERSAL), extra)
        return (add(cost, call.size(0).cost(TRAVERSAL)) if call.kind(0) != argument else cost), None

    return rule


def _named(call: Operands) -> Estimate:
    return share(call.size(0).cost(TRAVERSAL), PATTERN_OF_FORMAT), None


def _pairs(factor: int) -> Rule:
    return lambda call: (add(1, times(times(call.size(0).high, call.size(1).high), factor)), None)


def _same(call: Operands) -> Estimate:
    return call.size(-1).high, call.size(-1)


def _distinct(call: Operands) -> Estimate:
    return times(call.size(-1).high, call.size(-1).high), call.size(-1)


CALLS: Mapping[str, Rule] = {
    "_==_": _equality, "_!=_": _lesser, "_<_": _order, "_<=_": _order, "_>_": _order, "_>=_": _order,
    "@in": _membership, "check": lambda _: (CHECK, None), "isSorted": _each, "sum": _each, "max": _each, "min": _each,
    "indexOf": _each, "lastIndexOf": _each, "url": _traversal, "lowerAscii": _rewritten, "upperAscii": _rewritten,
    "substring": _rewritten, "trim": _rewritten, "replace": _replacement, "split": _split, "join": _join,
    "find": _find, "findAll": _find, "matches": _matches, "contains": _contains, "startsWith": _start,
    "endsWith": _start, "format": _format, "string": _text, "bytes": _bytes, "strings.quote": _quoted,
    "cidr": _on_argument(TRAVERSAL), "isIP": _on_argument(TRAVERSAL), "isCIDR": _on_argument(TRAVERSAL), "ip": _ip,
    "containsIP": _within_network(0, "net.IP"), "containsCIDR": _within_network(3, "net.CIDR"), "validate": _named,
    "sets.contains": _pairs(1), "sets.intersects": _pairs(1), "sets.equivalent": _pairs(2), "distinct": _distinct,
    "sort": _same, "slice": _same,
}
