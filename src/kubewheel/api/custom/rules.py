"""Rules of schemas (x-kubernetes-validations): CEL expressions about a value, and about what it was before.

Syntax: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
#validation-rules
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubewheel.api.custom import cel_values, structure
from kubewheel.api.custom.structure import child
from kubewheel.api.custom.values import ABSENT, counterpart, counterparts
from kubewheel.api.errors import OMITTED, FieldError
from kubewheel.api.validation.faults import Faults, duplicate, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

if TYPE_CHECKING:  # Loaded only where there are rules.
    from kubewheel.api.expressions import Budget, Environment, Expression, Failure

RULES = "x-kubernetes-validations"
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
        return self.message or f"failed rule: {self.rule.strip()}"


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
    """Where a value is, and what was there before."""

    schema: Object
    path: str
    old: Any


def _walk(value: Any, rules: Rules, place: _Place, budget: "Budget") -> Iterator[FieldError]:
    schema, path, old = place.schema, place.path, place.old
    if value is None:
        return
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
                yield from _walk(item, rules, _Place(part, here, counterpart(old, name)), budget)
    elif isinstance(value, list) and (items := schema.get("items")):
        befores = counterparts(value, schema, old)
        for index, item in enumerate(value):
            yield from _walk(item, rules, _Place(items, f"{path}[{index}]", befores[index]), budget)


def _judge(rule: Rule, value: Any, place: _Place, budget: "Budget") -> FieldError | None:
    from kubewheel.api import expressions

    if rule.is_transition and place.old is ABSENT and not rule.optional_old_self:
        return None
    if not rule.is_transition and place.old is not ABSENT and place.old == value:
        return None  # What an update leaves alone passes.
    variables = _variables(rule, value, place)
    try:
        if rule.expression.evaluate(variables, budget) is True:
            return None
    except expressions.Failure as error:
        fault = _failed(rule, value, place.path, error)
        if isinstance(error, expressions.OutOfBudget | expressions.CostExceeded):
            raise _Exhausted(fault) from error
        return fault
    return _fault(rule, value, place.path, variables, budget)


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


def _failed(rule: Rule, value: Any, path: str, error: "Failure") -> FieldError:
    """Return the fault of a value that a rule could not judge."""
    from kubewheel.api import expressions

    shown = OMITTED if isinstance(value, dict | list) else value
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
    return FieldError(path or "<nil>", "Invalid value", shown, detail)


def _fault(rule: Rule, value: Any, path: str, variables: dict[str, Any], budget: "Budget") -> FieldError:
    message, shown = _message(rule, value, variables, budget)
    where = path + re.sub(r"\['([^']*)'\]", r"[\1]", rule.field_path)
    where = where.removeprefix(".") or "<nil>"
    if rule.reason == "FieldValueForbidden":
        return forbidden(where, message)
    if rule.reason == "FieldValueRequired":
        return required(where, message)
    if rule.reason == "FieldValueDuplicate":
        return duplicate(where, shown)
    return invalid(where, shown, message)


def _message(rule: Rule, value: Any, variables: dict[str, Any], budget: "Budget") -> tuple[str, Any]:
    """Return what to say, and the value to show."""
    from kubewheel.api import expressions

    shown = OMITTED if isinstance(value, dict | list) else value
    if rule.text is None:
        return rule.plain_message, shown
    try:
        made = rule.text.evaluate(variables, budget)
    except expressions.Failure:
        return rule.plain_message, shown
    if isinstance(made, str) and made.strip() and "\n" not in made:
        return made.strip(), OMITTED
    return rule.plain_message, shown


def validate_schema(schema: Object, path: str, *, correlatable: bool = True, root: bool = True) -> Faults:
    """Return the faults of the rules in a schema, those that cannot be compiled above all."""
    faults: Faults = []
    for index, written in enumerate(schema.get(RULES) or ()):
        faults += _validate_rule(Rule.parse(written), schema, f"{path}.{RULES}[{index}]", correlatable, root)
    for name, part in (schema.get("properties") or {}).items():
        faults += validate_schema(part, f"{path}.properties[{name}]", correlatable=correlatable, root=False)
    if isinstance(others := schema.get("additionalProperties"), dict):
        faults += validate_schema(others, f"{path}.additionalProperties", correlatable=correlatable, root=False)
    if isinstance(items := schema.get("items"), dict):
        follows = correlatable and schema.get("x-kubernetes-list-type") == "map"
        faults += validate_schema(items, f"{path}.items", correlatable=follows, root=False)
    return faults


def _validate_rule(rule: Rule, schema: Object, path: str, correlatable: bool, root: bool) -> Faults:
    from kubewheel.api import expressions
    from kubewheel.api.expressions import schemas

    if not rule.rule.strip():
        return [required(f"{path}.rule", "rule is not specified")]
    faults: Faults = []
    if rule.message and "\n" in rule.message:
        faults.append(invalid(f"{path}.message", rule.message, "message must not contain line breaks"))
    if "\n" in rule.rule.strip() and not rule.message:
        faults.append(required(f"{path}.message", "message must be specified if rule contains line breaks"))
    if rule.reason and rule.reason not in REASONS:
        faults.append(unsupported(f"{path}.reason", rule.reason, REASONS))
    if rule.field_path and not _leads_somewhere(rule.field_path, schema):
        detail = f"fieldPath must be a valid path: does not refer to a valid field: {rule.field_path}"
        faults.append(invalid(f"{path}.fieldPath", rule.field_path, detail))
    environment = schemas.environment(schema, is_root=root, optional_old=rule.optional_old_self)
    try:
        if expressions.checked(rule.rule, environment).type.name != "bool":
            return [*faults, invalid(f"{path}.rule", rule.rule, "cel expression must evaluate to a bool")]
    except expressions.Invalid as error:
        return [*faults, invalid(f"{path}.rule", rule.rule, f"compilation failed: {error}")]
    faults += _validate_old(rule, path, correlatable)
    return faults + _validate_text(rule, path, environment)


def _validate_text(rule: Rule, path: str, environment: "Environment") -> Faults:
    from kubewheel.api import expressions

    if not rule.message_expression:
        return []
    here = f"{path}.messageExpression"
    try:
        if expressions.checked(rule.message_expression, environment).type.name == "string":
            return []
        detail = "messageExpression must evaluate to a string"
    except expressions.Invalid as error:
        detail = f"messageExpression compilation failed: {error}"
    return [invalid(here, rule.message_expression, detail)]


def _validate_old(rule: Rule, path: str, correlatable: bool) -> Faults:
    if rule.optional_old_self and not rule.is_transition:
        detail = "may not be set if oldSelf is not used in rule"
        return [invalid(f"{path}.optionalOldSelf", True, detail)]
    if rule.is_transition and not correlatable:
        detail = "oldSelf cannot be used on the uncorrelatable portion of the schema"
        return [invalid(f"{path}.rule", rule.rule, detail)]
    return []


def _leads_somewhere(path: str, schema: Object) -> bool:
    part: Object | None = schema
    for match in re.finditer(r"\.([A-Za-z_][\w-]*)|\['([^']*)'\]|(.)", path):
        if match[3] or part is None:
            return False
        part = structure.property_of(part, match[1] or match[2])
    return part is not None
