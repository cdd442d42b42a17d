"""Rules of schemas (x-kubernetes-validations): CEL expressions about a value, and about what it was before.

Syntax: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
#validation-rules
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubewheel.api.custom import cel_values, field_paths, structure
from kubewheel.api.custom.structure import child
from kubewheel.api.custom.values import ABSENT, NOWHERE, counterpart, counterparts, is_same
from kubewheel.api.errors import OMITTED, FieldError, Ratcheted
from kubewheel.api.validation.faults import Faults, duplicate, forbidden, invalid, required
from kubewheel.libs.wire import Object

if TYPE_CHECKING:  # Loaded only where there are rules.
    from kubewheel.api.expressions import Budget, Expression, Failure

RULES = "x-kubernetes-validations"
LONGEST_MESSAGE = 5 * 1024  # Bytes.
REASONS = ("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate")


@dataclass(frozen=True)
class Rule:
    """One rule; compiled when it is first used."""

    rule: str
    message: str = ""
    message_expression: str = ""
    reason: str = ""
    field_path: str = ""
    optional_old_self: bool = False

    @classmethod
    def parse(cls, written: Object) -> "Rule":
        """Return a rule as a schema writes it."""
        return cls(
            written.get("rule") or "", written.get("message") or "", written.get("messageExpression") or "",
            written.get("reason") or "", written.get("fieldPath") or "", bool(written.get("optionalOldSelf")),
        )

    @cached_property
    def expression(self) -> "Expression":
        """The compiled rule."""
        from kubewheel.api import expressions

        return expressions.compile(self.rule)

    @cached_property
    def text(self) -> "Expression | None":
        """The compiled message expression."""
        from kubewheel.api import expressions

        return expressions.compile(self.message_expression) if self.message_expression else None

    @property
    def is_transition(self) -> bool:
        """Whether the rule looks at what was before."""
        return "oldSelf" in self.expression.variables

    @property
    def plain_message(self) -> str:
        """What a failure says."""
        return self.message.strip() or f"failed rule: {self.rule.strip()}"


class Rules:
    """The rules of one schema."""

    def __init__(self, schema: Object) -> None:
        self.schema = schema
        self._parsed = {
            id(part): tuple(Rule.parse(each) for each in part[RULES])
            for part in structure.parts(schema) if part.get(RULES)
        }
        self.is_empty = not self._parsed

    def at(self, part: Object) -> Sequence[Rule]:
        """Return the rules of a part of the schema."""
        return self._parsed.get(id(part), ())


def validate(obj: Object, rules: Rules, old: Any = ABSENT) -> Faults:
    """Return the faults that the rules find in an object."""
    before = dict(old) if old is not ABSENT else old
    from kubewheel.api import expressions

    budget = expressions.Budget(expressions.TOTAL_BUDGET)
    faults: Faults = []
    try:
        for fault in _walk(dict(obj), rules, _Place(rules.schema, "", before), budget):
            faults.append(fault)
    except _Exhausted as error:
        faults.append(error.fault)
    return faults


class _Exhausted(Exception):
    """Rules were too much work; none is looked at any more."""

    def __init__(self, fault: FieldError) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value is, and what was there before; `is_kept` tells that the update leaves a value around it alone."""

    schema: Object
    path: str
    old: Any
    is_kept: bool = False

    @property
    def kind(self) -> str:
        """The type of values, which errors show in their place."""
        return self.schema.get("type") or ""


def _walk(value: Any, rules: Rules, place: _Place, budget: "Budget") -> Iterator[FieldError]:
    schema, path, old = place.schema, place.path, place.old
    if value is None:
        return
    if old is not ABSENT and not place.is_kept and is_same(value, old):
        place = replace(place, is_kept=True)
    for rule in rules.at(schema):
        fault = _judge(rule, value, place, budget)
        if fault is not None:
            yield fault
    if isinstance(value, dict):
        known = schema.get("properties") or {}
        for name, item in value.items():
            part = structure.property_of(schema, name)
            if part:
                here = child(path, name) if name in known else f"{path}[{name}]"
                yield from _walk(item, rules, _Place(part, here, counterpart(old, name), place.is_kept), budget)
    elif isinstance(value, list) and (items := schema.get("items")):
        befores = counterparts(value, schema, old)
        for index, item in enumerate(value):
            below = _Place(items, f"{path}[{index}]", befores[index], place.is_kept)
            yield from _walk(item, rules, below, budget)


def _judge(rule: Rule, value: Any, place: _Place, budget: "Budget") -> FieldError | None:
    from kubewheel.api import expressions

    if rule.is_transition and place.old is ABSENT and not rule.optional_old_self:
        return None
    variables = _variables(rule, value, place)
    try:
        if rule.expression.evaluate(variables, budget) is True:
            return None
    except expressions.Failure as error:
        fault = _failed(rule, place, error)
        if isinstance(error, expressions.OutOfBudget | expressions.CostExceeded):
            raise _Exhausted(fault) from error
        return fault
    try:
        return _ratcheted(_fault(rule, value, place, variables, budget), rule, place)
    except _Exhausted as error:
        raise _Exhausted(_ratcheted(error.fault, rule, place)) from error


def _ratcheted(fault: FieldError, rule: Rule, place: _Place) -> FieldError:
    """Return the fault as a warning if the update is not to blame."""
    if rule.is_transition or not place.is_kept:
        return fault
    return Ratcheted(fault.field, fault.type, fault.value, fault.detail)


def _variables(rule: Rule, value: Any, place: _Place) -> dict[str, Any]:
    from kubewheel.api import expressions

    is_root, old = not place.path, place.old
    variables = {"self": cel_values.convert(value, place.schema, is_root=is_root)}
    if rule.is_transition:
        before = ABSENT if old is ABSENT else cel_values.convert(old, place.schema, is_root=is_root)
        if rule.optional_old_self:
            variables["oldSelf"] = expressions.optional() if before is ABSENT else expressions.optional(before)
        else:
            variables["oldSelf"] = before
    return variables


def _failed(rule: Rule, place: _Place, error: "Failure") -> FieldError:
    """Return the fault of a value that a rule could not judge."""
    from kubewheel.api import expressions

    named = rule.message.strip() or rule.rule.strip()
    if isinstance(error, expressions.OutOfBudget):
        detail = str(error)
    elif isinstance(error, expressions.CostExceeded):
        detail = f"'{error}': no further validation rules will be run due to call cost exceeds limit for rule: {named}"
    elif str(error).startswith("no such overload"):
        detail = (f"'{error}': call arguments did not match a supported operator, function or macro signature for "
                  f"rule: {named}")
    else:
        detail = f"{error} evaluating rule: {named}"
    return invalid(place.path or NOWHERE, place.kind, detail)


def _fault(rule: Rule, value: Any, place: _Place, variables: dict[str, Any], budget: "Budget") -> FieldError:
    """Return what a rule has against a value; raise _Exhausted if saying so is too much work."""
    where = place.path
    if rule.field_path:
        where = child(where, field_paths.parse(rule.field_path, place.schema) or rule.field_path)
    where = where or NOWHERE
    message = _message(rule, where, place, variables, budget)
    if rule.reason == "FieldValueForbidden":
        return forbidden(where, message)
    if rule.reason == "FieldValueRequired":
        return required(where, message)
    shown = OMITTED if place.kind in ("object", "array") else value
    return duplicate(where, shown) if rule.reason == "FieldValueDuplicate" else invalid(where, shown, message)


def _message(rule: Rule, where: str, place: _Place, variables: dict[str, Any], budget: "Budget") -> str:
    from kubewheel.api import expressions

    if rule.text is None:
        return rule.plain_message
    try:
        made = rule.text.evaluate(variables, budget)
    except expressions.OutOfBudget as error:
        detail = ("messageExpression evaluation failed due to running out of cost budget, no further validation rules "
                  "will be run")
        raise _Exhausted(invalid(where, place.kind, detail)) from error
    except expressions.CostExceeded as error:
        detail = ("no further validation rules will be run due to call cost exceeds limit for messageExpression: "
                  f"{json.dumps(rule.message_expression, ensure_ascii=False)}")
        raise _Exhausted(invalid(where, place.kind, detail)) from error
    except expressions.Failure:
        return rule.plain_message
    text = made.strip() if isinstance(made, str) else ""
    is_usable = text and "\n" not in text and len(text.encode()) <= LONGEST_MESSAGE
    return text if is_usable else rule.plain_message
