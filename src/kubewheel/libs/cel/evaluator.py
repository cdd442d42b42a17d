"""Trees to functions: each part becomes a closure, so that an evaluation only calls.

Each step is paid for out of `Frame.left`; an expression that runs out ends with `CostExceeded`.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.libs.cel import loops
from kubewheel.libs.cel.checker import TYPE_NAMES, Environment
from kubewheel.libs.cel.faults import Failure
from kubewheel.libs.cel.frame import Frame, Step
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
from kubewheel.libs.cel.signatures import Overload
from kubewheel.libs.cel.values import NO_OVERLOAD, ObjectValue, Optional, TypeValue, equal, kind_of

LIST_COST, MAP_COST, OBJECT_COST = 10, 30, 40
KEYS = frozenset({"int", "uint", "string", "bool", "double"})


def build(node: Node, environment: Environment) -> Step:
    """Return the function that evaluates a tree."""
    return _Builder(environment).build(node)


def missing(key: Any) -> Failure:
    """Return the failure of looking up what is not there."""
    return Failure(f"no such key: {key}")


def select(value: Any, name: str) -> Any:
    """Return a field of a value."""
    if isinstance(value, Optional):
        return select_optional(value, name)
    if isinstance(value, Mapping):
        try:
            return value[name]
        except KeyError:
            raise missing(name) from None
    raise missing(name)


def select_optional(value: Any, name: Any) -> Optional:
    """Return a field or element that may be missing."""
    if isinstance(value, Optional):
        if not value.has_value():
            return value
        value = value.value()
    if isinstance(value, Mapping):
        return Optional(value[name]) if name in value else Optional()
    if isinstance(value, list):
        place = _place(name)
        return Optional(value[place]) if 0 <= place < len(value) else Optional()
    if value is None:
        return Optional()
    raise Failure(NO_OVERLOAD)


def _place(index: Any) -> int:
    if type(index) is float and index.is_integer():
        return int(index)
    if isinstance(index, bool) or not isinstance(index, int):
        raise Failure(f"unsupported index type '{kind_of(index)}' in list")
    return index


def element(value: Any, index: Any) -> Any:
    """Return what lies at an index."""
    if isinstance(value, Optional):
        return select_optional(value, index)
    if isinstance(value, Mapping):
        if kind_of(index) not in KEYS:
            raise Failure(NO_OVERLOAD)
        if index not in value:
            raise missing(index)
        return value[index]
    if isinstance(value, list):
        place = _place(index)
        if not 0 <= place < len(value):
            raise Failure(f"index out of bounds: {place}")
        return value[place]
    raise Failure(NO_OVERLOAD)


class _Builder:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._builders: Mapping[type, Callable[..., Step]] = {
            Constant: self._constant, Name: self._name, Select: self._select, Call: self._call, MakeList: self._list,
            MakeMap: self._map, MakeObject: self._object, Macro: self._macro,
        }

    def build(self, node: Node) -> Step:
        """Return the function that evaluates a part."""
        return self._builders[type(node)](node)

    def _constant(self, node: Constant) -> Step:
        value = node.value
        return lambda _: value

    def _name(self, node: Name) -> Step:
        name = node.name
        known = TypeValue(name) if name in TYPE_NAMES and name not in self._environment.variables else None

        def step(frame: Frame) -> Any:
            frame.spend(1)
            try:
                return frame.names[name]
            except KeyError:
                if known is not None:
                    return known
                raise Failure(f"no such attribute(s): {name}") from None

        return step

    def _select(self, node: Select) -> Step:
        dotted = qualified(node)
        if dotted in TYPE_NAMES and dotted not in self._environment.variables:
            known = TypeValue(dotted)
            return lambda _: known
        operand, name = self.build(node.operand), node.field
        if node.tests:
            return _tested(operand, name)
        if node.optional:
            return _selected(operand, name, select_optional)
        plain = _selected(operand, name, select)
        if dotted not in self._environment.variables:
            return plain

        def step(frame: Frame) -> Any:
            frame.spend(1)
            if dotted not in frame.names:
                raise Failure(f"no such attribute(s): {dotted}")
            return frame.names[dotted]

        return step

    def _call(self, node: Call) -> Step:
        arguments = [self.build(argument) for argument in node.arguments]
        made = SPECIAL.get(node.function)
        if made is not None and not node.is_method:
            return made(*arguments)
        overloads = [
            each for each in self._environment.functions.get(node.function, ())
            if each.is_method is node.is_method and len(each.arguments) == len(arguments)
        ]
        return _applied(overloads, arguments)

    def _list(self, node: MakeList) -> Step:
        parts = [(self.build(each), optional) for each, optional in node.elements]

        def step(frame: Frame) -> Any:
            frame.spend(LIST_COST)
            made: list[Any] = []
            for part, optional in parts:
                value = part(frame)
                if not optional:
                    made.append(value)
                elif value.has_value():
                    made.append(value.value())
            return made

        return step

    def _map(self, node: MakeMap) -> Step:
        parts = [(self.build(key), self.build(value), optional) for key, value, optional in node.entries]

        def step(frame: Frame) -> Any:
            frame.spend(MAP_COST)
            made: dict[Any, Any] = {}
            for key_of, value_of, optional in parts:
                key, value = key_of(frame), value_of(frame)
                if kind_of(key) not in KEYS:
                    raise Failure("unsupported key type")
                if optional:
                    if not value.has_value():
                        continue
                    value = value.value()
                if key in made:
                    raise Failure(f"duplicate key: {key}")
                made[key] = value
            return made

        return step

    def _object(self, node: MakeObject) -> Step:
        parts = [(name, self.build(value), optional) for _, name, value, optional in node.fields]
        type_name = node.type_name

        def step(frame: Frame) -> Any:
            frame.spend(OBJECT_COST)
            made: dict[str, Any] = {}
            for name, part, optional in parts:
                value = part(frame)
                if not optional:
                    made[name] = value
                elif value.has_value():
                    made[name] = value.value()
            return ObjectValue(type_name, made)

        return step

    def _macro(self, node: Macro) -> Step:
        return loops.build(node, self.build(node.target), [self.build(part) for part in node.parts])


def _tested(operand: Step, name: str) -> Step:
    def step(frame: Frame) -> bool:
        value = operand(frame)
        if isinstance(value, Optional):
            if not value.has_value():
                return False
            value = value.value()
        return isinstance(value, Mapping) and name in value

    return step


def _selected(operand: Step, name: str, look_up: Callable[[Any, str], Any]) -> Step:
    def step(frame: Frame) -> Any:
        value = operand(frame)
        frame.spend(1)
        return look_up(value, name)

    return step


def _applied(overloads: Sequence[Overload], arguments: Sequence[Step]) -> Step:
    """Return the call of whichever overload fits the values; which fits types of Python is remembered."""
    known: dict[tuple[type, ...], Overload | None] = {}

    def step(frame: Frame) -> Any:
        values = [argument(frame) for argument in arguments]
        kinds = tuple(map(type, values))
        try:
            overload = known[kinds]
        except KeyError:
            overload = known[kinds] = next((each for each in overloads if each.accepts(values)), None)
        if overload is None:
            raise Failure(NO_OVERLOAD)
        frame.spend(1 if overload.cost is None else max(overload.cost(*values), 1))
        try:
            return overload.call(*values)
        except (ValueError, OverflowError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise Failure(str(error)) from error

    return step


def _logic(left: Step, right: Step, decisive: bool) -> Step:
    """Return `and`, which False decides, or `or`, which True decides, even if the other side fails."""

    def step(frame: Frame) -> Any:
        try:
            first = left(frame)
        except Failure as error:
            if frame.is_spent:
                raise
            if right(frame) is decisive:
                return decisive
            raise error from None
        if first is decisive:
            return decisive
        second = right(frame)
        if second is decisive:
            return decisive
        if type(first) is not bool or type(second) is not bool:
            raise Failure(NO_OVERLOAD)
        return not decisive

    return step


def _choice(condition: Step, yes: Step, no: Step) -> Step:
    def step(frame: Frame) -> Any:
        chosen = condition(frame)
        if type(chosen) is not bool:
            raise Failure(NO_OVERLOAD)
        return yes(frame) if chosen else no(frame)

    return step


def _negation(operand: Step) -> Step:
    def step(frame: Frame) -> bool:
        value = operand(frame)
        frame.spend(1)
        if type(value) is not bool:
            raise Failure(NO_OVERLOAD)
        return not value

    return step


def _equality(left: Step, right: Step, *, wanted: bool) -> Step:
    def step(frame: Frame) -> bool:
        one, other = left(frame), right(frame)
        frame.spend(1 + loops.comparison_cost(one, other))
        return equal(one, other) is wanted

    return step


def _indexed(left: Step, right: Step, look_up: Callable[[Any, Any], Any]) -> Step:
    def step(frame: Frame) -> Any:
        value, index = left(frame), right(frame)
        frame.spend(1)
        return look_up(value, index)

    return step


SPECIAL: Mapping[str, Callable[..., Step]] = {
    "_&&_": functools.partial(_logic, decisive=False), "_||_": functools.partial(_logic, decisive=True),
    "_?_:_": _choice, "!_": _negation, "_==_": functools.partial(_equality, wanted=True),
    "_!=_": functools.partial(_equality, wanted=False),
    "_[_]": functools.partial(_indexed, look_up=element),
    "_[?_]": functools.partial(_indexed, look_up=select_optional),
}
