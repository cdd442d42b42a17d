"""Macros: calls that are no calls, since they set variables or look at how their arguments are written."""

from collections.abc import Callable, Mapping, Sequence

from kubewheel.libs.cel.faults import Invalid
from kubewheel.libs.cel.nodes import Macro, Name, Node, Select

Fault = Callable[[int, str], Invalid]
# The kind of a macro -> with how many variables and arguments behind them it can be written.
SHAPES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "all": ((1, 1), (2, 1)), "exists": ((1, 1), (2, 1)), "exists_one": ((1, 1), (2, 1)),
    "existsOne": ((1, 1), (2, 1)), "map": ((1, 1), (1, 2)), "filter": ((1, 1),),
    "transformList": ((2, 1), (2, 2)), "transformMap": ((2, 1), (2, 2)), "transformMapEntry": ((2, 1), (2, 2)),
    "optMap": ((1, 1),), "optFlatMap": ((1, 1),), "sortBy": ((1, 1),),
}
SAME = {"existsOne": "exists_one"}
QUALIFIED = frozenset({
    "optional.of", "optional.none", "optional.ofNonZeroValue", "math.least", "math.greatest", "math.abs", "math.ceil",
    "math.floor", "math.round", "math.trunc", "math.isNaN", "math.isInf", "math.isFinite", "math.sign", "math.sqrt",
    "math.bitAnd", "math.bitOr", "math.bitXor", "math.bitNot", "math.bitShiftLeft", "math.bitShiftRight",
    "sets.contains", "sets.equivalent", "sets.intersects", "base64.encode", "base64.decode", "strings.quote",
    "lists.range", "ip.isCanonical", "jsonpatch.escapeKey", "format.named", "format.dns1123Label",
    "format.dns1123Subdomain", "format.dns1035Label", "format.qualifiedName", "format.dns1123LabelPrefix",
    "format.dns1123SubdomainPrefix", "format.dns1035LabelPrefix", "format.labelValue", "format.uri", "format.uuid",
    "format.byte", "format.date", "format.datetime",
})


def has(fault: Fault, place: int, arguments: Sequence[Node]) -> Node:
    """Return the test whether a field is there."""
    field = arguments[0] if len(arguments) == 1 else None
    if not isinstance(field, Select) or field.optional:
        raise fault(arguments[0].place if arguments else place, "invalid argument to has() macro")
    return Select(place, field.operand, field.field, tests=True)


def of_method(
    fault: Fault, place: int, operand: Node, before: str, name: str, arguments: Sequence[Node]
) -> Node | None:
    """Return the macro that a method call stands for, if it is one."""
    if before == "cel" and name == "bind" and len(arguments) == 3:
        names = _names(fault, arguments[:1], "cel.bind() variable names must be simple identifiers")
        return Macro(place, "bind", arguments[1], names, [arguments[2]])
    for variables, rest in SHAPES.get(name, ()):
        if len(arguments) != variables + rest:
            continue
        if variables == 2 and rest == 1 and (1, 2) in SHAPES[name]:
            continue
        message = "argument is not an identifier" if variables == 1 else "argument must be a simple name"
        names = _names(fault, arguments[:variables], message)
        if len(set(names)) < len(names):
            raise fault(arguments[1].place, "duplicate iteration variable name")
        return Macro(place, SAME.get(name, name), operand, names, list(arguments[variables:]))
    return None


def _names(fault: Fault, arguments: Sequence[Node], message: str) -> tuple[str, ...]:
    found = []
    for argument in arguments:
        if not isinstance(argument, Name):
            raise fault(argument.place, message)
        found.append(argument.name)
    return tuple(found)
