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
    from kubewheel.api.expressions import Expression

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
    return list(_walk(dict(obj), rules.schema, rules, "", before))


def _walk(value: Any, schema: Object, rules: Rules, path: str, old: Any) -> Iterator[FieldError]:
    if value is None:
        return
    for rule in rules.at(schema):
        fault = _judge(rule, value, schema, path, old)
        if fault is not None:
            yield fault
    if isinstance(value, dict):
        known = schema.get("properties") or {}
        for name, item in value.items():
            part = structure.property_of(schema, name)
            if part:
                here = child(path, name) if name in known else f"{path}[{name}]"
                yield from _walk(item, part, rules, here, counterpart(old, name))
    elif isinstance(value, list) and (items := schema.get("items")):
        befores = counterparts(value, schema, old)
        for index, item in enumerate(value):
            yield from _walk(item, items, rules, f"{path}[{index}]", befores[index])


def _judge(rule: Rule, value: Any, schema: Object, path: str, old: Any) -> FieldError | None:
    from kubewheel.api import expressions

    if rule.is_transition and old is ABSENT and not rule.optional_old_self:
        return None
    if not rule.is_transition and old is not ABSENT and old == value:
        return None  # What an update leaves alone passes.
    is_root = not path
    variables = {"self": cel_values.convert(value, schema, is_root=is_root)}
    if rule.is_transition:
        before = ABSENT if old is ABSENT else cel_values.convert(old, schema, is_root=is_root)
        if rule.optional_old_self:
            variables["oldSelf"] = expressions.optional() if before is ABSENT else expressions.optional(before)
        else:
            variables["oldSelf"] = before
    try:
        if rule.expression.evaluate(variables) is True:
            return None
    except expressions.Failure as error:
        shown = OMITTED if isinstance(value, dict | list) else value
        return FieldError(path or "<nil>", "Invalid value", shown, f"{error} evaluating rule: {rule.plain_message}")
    return _fault(rule, value, path, variables)


def _fault(rule: Rule, value: Any, path: str, variables: dict[str, Any]) -> FieldError:
    message, shown = _message(rule, value, variables)
    where = path + re.sub(r"\['([^']*)'\]", r"[\1]", rule.field_path)
    where = where.removeprefix(".") or "<nil>"
    if rule.reason == "FieldValueForbidden":
        return forbidden(where, message)
    if rule.reason == "FieldValueRequired":
        return required(where, message)
    if rule.reason == "FieldValueDuplicate":
        return duplicate(where, shown)
    return invalid(where, shown, message)


def _message(rule: Rule, value: Any, variables: dict[str, Any]) -> tuple[str, Any]:
    """Return what to say, and the value to show."""
    from kubewheel.api import expressions

    shown = OMITTED if isinstance(value, dict | list) else value
    if rule.text is None:
        return rule.plain_message, shown
    try:
        made = rule.text.evaluate(variables)
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
    try:
        _check(rule.expression, schema, root)
    except expressions.Invalid as error:
        return [*faults, invalid(f"{path}.rule", rule.rule, f"compilation failed: {error}")]
    faults += _validate_old(rule, path, correlatable)
    try:
        if rule.text is not None:
            _check(rule.text, schema, root)
    except expressions.Invalid as error:
        detail = f"messageExpression compilation failed: {error}"
        faults.append(invalid(f"{path}.messageExpression", rule.message_expression, detail))
    return faults


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


def _check(expression: "Expression", schema: Object, root: bool) -> None:
    """Raise Invalid for names and fields that there are not."""
    from kubewheel.api import expressions

    for name in sorted(expression.variables - {"self", "oldSelf"}):
        raise expressions.Invalid(f"undeclared reference to '{name}' (in container '')")
    for chain in expression.chains:
        if chain[0] in ("self", "oldSelf"):
            missing = cel_values.missing_field(chain[1:], schema, is_root=root)
            if missing:
                raise expressions.Invalid(f"undefined field '{missing}'")
