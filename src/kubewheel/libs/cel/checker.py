"""Finds what is wrong with an expression before it is ever evaluated: names, fields and types that do not fit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kubewheel.libs.cel import types
from kubewheel.libs.cel.faults import Failure, Invalid, Issue, report
from kubewheel.libs.cel.library import patterns, times
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
    qualified,
)
from kubewheel.libs.cel.signatures import Functions, Overload
from kubewheel.libs.cel.types import BOOL, DYN, ERROR, Type, list_of, map_of, optional_of
from kubewheel.libs.cel.values import kind_of

Scope = Mapping[str, Type]
TYPE_NAMES: Mapping[str, Type] = {
    **{name: Type(name) for name in ("int", "uint", "double", "bool", "string", "bytes", "null_type", "type")},
    "list": list_of(DYN), "map": map_of(DYN, DYN), "dyn": DYN, "google.protobuf.Timestamp": types.TIMESTAMP,
    "google.protobuf.Duration": types.DURATION, "optional_type": optional_of(DYN),
}
LITERALS: Mapping[str, Callable[[str], object]] = {
    "matches": patterns.compiled, "duration": times.parse_duration, "timestamp": times.parse_timestamp,
}
RANGE = "expression of type '{}' cannot be range of a comprehension (must be list, map, or dynamic)"


def no_type(_: str) -> Type | None:
    """Know no types of objects."""
    return None


@dataclass(frozen=True)
class Environment:
    """What expressions can refer to. `type_named` finds the types of objects that they can make."""

    functions: Functions
    variables: Mapping[str, Type] = field(default_factory=dict)
    type_named: Callable[[str], Type | None] = no_type


def check(text: str, node: Node, environment: Environment, kept: dict[int, Type] | None = None) -> Type:
    """Return the type of an expression, and those of its parts by id in `kept`; raise Invalid."""
    checker = _Checker(environment)
    try:
        found = checker.visit(node, environment.variables)
    except RecursionError as error:
        raise Invalid("ERROR: <input>:-1:0: expression recursion limit exceeded: 250") from error
    if checker.issues:
        raise Invalid(report(text, checker.issues))
    if kept is not None:
        kept.update((key, checker.unifier.resolve(each)) for key, each in checker.seen.items())
    return types.settled(checker.unifier.resolve(found))


class _Checker:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.unifier = types.Unifier()
        self.issues: list[Issue] = []
        self.seen: dict[int, Type] = {}
        self._visitors: Mapping[type, Callable[..., Type]] = {
            Constant: self._constant, Name: self._name, Select: self._select, Call: self._call, MakeList: self._list,
            MakeMap: self._map, MakeObject: self._object, Macro: self._macro,
        }

    def visit(self, node: Node, scope: Scope) -> Type:
        """Return the type of a part."""
        found = self.seen[id(node)] = self._visitors[type(node)](node, scope)
        return found

    def _fault(self, place: int, message: str) -> Type:
        self.issues.append((place, message))
        return ERROR

    def _shown(self, found: Type) -> Type:
        return self.unifier.resolve(found)

    def _constant(self, node: Constant, _: Scope) -> Type:
        return Type(kind_of(node.value))

    def _name(self, node: Name, scope: Scope) -> Type:
        found = scope.get(node.name)
        if found is not None:
            return found
        if node.name in TYPE_NAMES:
            return types.type_of(TYPE_NAMES[node.name])
        return self._fault(node.place, f"undeclared reference to '{node.name}' (in container '')")

    def _select(self, node: Select, scope: Scope) -> Type:
        dotted = "" if node.tests else qualified(node)
        if (dotted and dotted.partition(".")[0] not in scope) or dotted in self._environment.variables:
            if dotted in self._environment.variables:
                return self._environment.variables[dotted]
            if dotted in TYPE_NAMES:
                return types.type_of(TYPE_NAMES[dotted])
        operand = self.unifier.resolve(self.visit(node.operand, scope))
        is_optional = operand.name == "optional_type"
        held = self.unifier.resolve(operand.parameters[0]) if is_optional else operand
        found = self._field(node, held)
        if node.tests:
            return BOOL
        if not (is_optional or node.optional):
            return found
        return found if found.name == "optional_type" and not node.optional else optional_of(found)

    def _field(self, node: Select, operand: Type) -> Type:
        if operand.is_any:
            return DYN
        if operand.name == "map":
            return operand.parameters[1]
        if operand.fields is not None:
            found = operand.fields(node.field)
            return found if found is not None else self._fault(node.place, f"undefined field '{node.field}'")
        return self._fault(node.place, f"type '{operand}' does not support field selection")

    def _call(self, node: Call, scope: Scope) -> Type:
        if node.function == "format" and isinstance(node.arguments[-1], MakeList):
            arguments = [self.visit(node.arguments[0], scope), self._mixed(node.arguments[-1], scope)]
        else:
            arguments = [self.visit(argument, scope) for argument in node.arguments]
        overloads = self._environment.functions.get(node.function)
        if overloads is None:
            return self._fault(node.place, f"undeclared reference to '{node.function}' (in container '')")
        self._check_literal(node)
        return self._applied(node.place, node.function, overloads, arguments, is_method=node.is_method)

    def _check_literal(self, node: Call) -> None:
        """Find literals that a function will never be able to read."""
        read = LITERALS.get(node.function)
        last = node.arguments[-1] if node.arguments else None
        if read is None or not isinstance(last, Constant) or not isinstance(last.value, str):
            return
        try:
            read(last.value)
        except Failure:
            self._fault(last.place, f"invalid {node.function} argument")

    def _applied(
        self, place: int, name: str, overloads: Sequence[Overload], arguments: list[Type], *, is_method: bool = False
    ) -> Type:
        """Return what a function returns for arguments of these types."""
        result: Type | None = None
        for overload in overloads:
            if overload.is_method is not is_method or len(overload.arguments) != len(arguments):
                continue
            *wanted, returned = self.unifier.instance([*overload.arguments, overload.result])
            found = self.unifier.attempt(wanted, arguments)
            if found is None:
                continue
            if result is None:
                self.unifier.keep(found)
                result = self.unifier.resolve(returned)
            elif self.unifier.resolve(returned) != result:
                result = result if result.is_variable else DYN
        if result is not None:
            return result
        if any(self.unifier.resolve(each) is ERROR for each in arguments):
            return ERROR
        return self._fault(place, f"found no matching overload for '{name}' applied to "
                                  f"'{self._signature(arguments, is_method)}'")

    def _signature(self, arguments: Sequence[Type], is_method: bool) -> str:
        shown = [str(self._shown(each)) for each in arguments]
        if is_method:
            return f"{shown[0]}.({', '.join(shown[1:])})"
        return f"({', '.join(shown)})"

    def _joined(self, before: Type | None, now: Type, place: int) -> Type:
        """Return the type of values of which all before have one type, and the next has another."""
        if before is None or self.unifier.assign_all([before], [now]):
            return now if before is None or self.unifier.resolve(before).name == "null_type" else before
        self._fault(place, f"expected type '{self._shown(before)}' but found '{self._shown(now)}'")
        return before

    def _mixed(self, node: MakeList, scope: Scope) -> Type:
        """Return the type of the one kind of list that may hold anything: what a text is filled with."""
        for each, _ in node.elements:
            self.visit(each, scope)
        return list_of(DYN)

    def _unwrapped(self, node: Node, found: Type) -> Type:
        found = self.unifier.resolve(found)
        if found.name == "optional_type":
            return found.parameters[0]
        if not found.is_any:
            self._fault(node.place, f"expected type 'optional_type({found})' but found '{found}'")
        return DYN

    def _list(self, node: MakeList, scope: Scope) -> Type:
        element: Type | None = None
        for each, optional in node.elements:
            found = self.visit(each, scope)
            element = self._joined(element, self._unwrapped(each, found) if optional else found, each.place)
        return list_of(element or self.unifier.fresh())

    def _map(self, node: MakeMap, scope: Scope) -> Type:
        key: Type | None = None
        value: Type | None = None
        for name, item, optional in node.entries:
            key = self._joined(key, self.visit(name, scope), name.place)
            found = self.visit(item, scope)
            value = self._joined(value, self._unwrapped(item, found) if optional else found, item.place)
        return map_of(key or self.unifier.fresh(), value or self.unifier.fresh())

    def _object(self, node: MakeObject, scope: Scope) -> Type:
        made = self._environment.type_named(node.type_name)
        if made is None:
            return self._fault(node.place, f"undeclared reference to '{node.type_name}' (in container '')")
        if made.fields is None:
            return self._fault(node.place, f"'{node.type_name}' is not a message type")
        for place, name, value, optional in node.fields:
            found = self.visit(value, scope)
            if optional:
                found = self._unwrapped(value, found)
            wanted = made.fields(name)
            if wanted is None:
                self._fault(place, f"undefined field '{name}'")
            elif not self.unifier.assign_all([wanted], [found]):
                self._fault(place, f"expected type of field '{name}' is '{wanted}' but provided type is "
                                   f"'{self._shown(found)}'")
        return made

    def _macro(self, node: Macro, scope: Scope) -> Type:
        target = self.unifier.resolve(self.visit(node.target, scope))
        if node.kind == "bind":
            return self.visit(node.parts[0], {**scope, node.names[0]: target})
        if node.kind in ("optMap", "optFlatMap"):
            return self._optional_macro(node, target, scope)
        inner = {**scope, **dict(zip(node.names, self._variables(node, target), strict=True))}
        found = [self.unifier.resolve(self.visit(part, inner)) for part in node.parts]
        return self._looped(node, target, found)

    def _optional_macro(self, node: Macro, target: Type, scope: Scope) -> Type:
        held = self._unwrapped(node.target, target)
        made = self.visit(node.parts[0], {**scope, node.names[0]: held})
        if node.kind == "optMap":
            return optional_of(made)
        return optional_of(self._unwrapped(node.parts[0], made))

    def _variables(self, node: Macro, target: Type) -> list[Type]:
        count = len(node.names)
        if target.is_any:
            return [DYN] * count
        if target.name == "list":
            return [*([types.INT] if count == 2 else []), target.parameters[0]]
        if target.name == "map":
            return list(target.parameters[:count])
        self._fault(node.target.place, RANGE.format(target))
        return [ERROR] * count

    def _looped(self, node: Macro, target: Type, found: list[Type]) -> Type:
        """Return the type of a loop's result, given those of its parts."""
        if node.kind in ("all", "exists", "exists_one"):
            self._condition(node, found[0])
            return BOOL
        if len(found) == 2:
            self._condition(node, found[0])
        if node.kind == "filter":
            self._condition(node, found[0])
            key = target.parameters[0] if target.parameters else DYN
            return list_of(key)
        if node.kind == "sortBy":
            return target
        key = target.parameters[0] if target.name == "map" else types.INT if target.name == "list" else DYN
        if node.kind == "transformMap":
            return map_of(key, found[-1])
        if node.kind == "transformMapEntry":
            return self._entry(node, found[-1])
        return list_of(found[-1])

    def _entry(self, node: Macro, made: Type) -> Type:
        if made.name == "map" or made.is_any:
            return made
        return self._fault(node.place, f"found no matching overload for 'cel.@mapInsert' applied to "
                                       f"'(map(dyn, dyn), {made})'")

    def _condition(self, node: Macro, found: Type) -> None:
        if not self.unifier.assign_all([BOOL], [found]):
            function = {"all": "_&&_", "exists": "_||_"}.get(node.kind)
            if function:
                self._fault(node.place, f"found no matching overload for '{function}' applied to '(bool, {found})'")
            else:
                self._fault(node.place, f"found no matching overload for '_?_:_' applied to '({found}, dyn, dyn)'")
