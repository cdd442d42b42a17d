"""Which rules of schemas are refused when a definition is made: what cannot be compiled, or costs too much.

Costs are estimated: the most that an evaluation can cost, times how often the value can be in an object.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubewheel.api.custom import field_paths
from kubewheel.api.custom.rules import REASONS, RULES, Rule
from kubewheel.api.custom.structure import EMBEDDED
from kubewheel.api.validation.faults import Faults, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

if TYPE_CHECKING:  # Loaded only where there are rules.
    from kubewheel.api.expressions import Environment
    from kubewheel.api.expressions.bounds import Bounds
    from kubewheel.libs.cel.estimates import Examined

RULE_LIMIT, TOTAL_LIMIT = 10_000_000, 100_000_000
LARGEST = 2**64 - 1
WORST = 4  # So many rules are named when all together cost too much.
ADVICE = (
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
    "declared)"
)
TOTAL = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
BREAKS = re.compile(r"[\n\r]")
SHARE = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a schema a part of it is.

    `count` is how often such a value can be in an object at most, None if no maxItems or maxProperties says so;
    `uncorrelatable` the path of the list around it, if any, whose items have no counterparts among stored ones.
    """

    schema: Object
    path: str
    count: int | None = 1
    uncorrelatable: str = ""
    is_root: bool = False


def validate(schema: Object, path: str) -> Faults:
    """Return the faults of the rules in the schema of a version."""
    return _Checks().validate(schema, path)


class _Checks:
    """Checks the rules of one schema and adds up their costs."""

    def __init__(self) -> None:
        self._costs: list[tuple[int, str]] = []
        self._known: dict[int, Bounds | None] = {}

    def validate(self, schema: Object, path: str) -> Faults:
        """Return the faults of all rules."""
        faults: Faults = []
        for place in _places(_Place(schema, path, is_root=True)):
            for index, written in enumerate(place.schema.get(RULES) or ()):
                faults += self._rule(Rule.parse(written), place, f"{place.path}.{RULES}[{index}]")
        return faults + self._total(path)

    def _total(self, path: str) -> Faults:
        total = min(sum(cost for cost, _ in self._costs), LARGEST)
        if total <= TOTAL_LIMIT:
            return []
        worst = sorted((each for each in self._costs if each[0] >= TOTAL_LIMIT // 100), key=lambda each: -each[0])
        named = [forbidden(where, SHARE) for _, where in worst[:WORST]]
        return [*named, forbidden(path, _too_much(TOTAL, total, TOTAL_LIMIT))]

    def _rule(self, rule: Rule, place: _Place, path: str) -> Faults:
        from kubewheel.api.expressions import Invalid, schemas

        if faults := _form(rule, place.schema, path):
            return faults
        environment = schemas.environment(
            place.schema, is_root=place.is_root or bool(place.schema.get(EMBEDDED)),
            optional_old=rule.optional_old_self,
        )
        try:
            examined = self._examine(rule.rule, environment, place)
        except Invalid as error:
            return [invalid(f"{path}.rule", rule.rule, f"compilation failed: {error}")]
        if examined.type.name != "bool":
            return [invalid(f"{path}.rule", rule.rule, "cel expression must evaluate to a bool")]
        faults = self._cost("estimated rule cost", f"{path}.rule", self._often(examined.cost, place))
        faults += _transition(rule, path, place, uses_old="oldSelf" in examined.variables)
        return faults + self._message(rule, path, environment, place)

    def _message(self, rule: Rule, path: str, environment: "Environment", place: _Place) -> Faults:
        from kubewheel.api.expressions import Invalid

        if not rule.message_expression:
            return []
        here = f"{path}.messageExpression"
        try:
            examined = self._examine(rule.message_expression, environment, place)
        except Invalid as error:
            detail = f"messageExpression compilation failed: {error}"
            return [invalid(here, rule.message_expression, detail)]
        if examined.type.name != "string":
            return [invalid(here, rule.message_expression, "messageExpression must evaluate to a string")]
        return self._cost("estimated messageExpression cost", here, examined.cost)

    def _examine(self, text: str, environment: "Environment", place: _Place) -> "Examined":
        from kubewheel.libs.cel import estimates

        bounds = self._bounds(place)
        return estimates.examine(text, environment, bounds.size_at if bounds is not None else lambda _: None)

    def _bounds(self, place: _Place) -> "Bounds | None":
        from kubewheel.api.expressions import bounds

        key = id(place.schema)
        if key not in self._known:
            is_root = place.is_root or bool(place.schema.get(EMBEDDED))
            self._known[key] = bounds.of(place.schema, is_root=is_root)
        return self._known[key]

    def _often(self, cost: int, place: _Place) -> int:
        """Return what a rule costs for all values that an object can have at its place."""
        bounds = self._bounds(place)
        unbounded = bounds.cardinality if bounds is not None else 1
        return min(cost * (unbounded if place.count is None else place.count), LARGEST)

    def _cost(self, named: str, path: str, cost: int) -> Faults:
        self._costs.append((cost, path))
        return [forbidden(path, _too_much(named, cost, RULE_LIMIT))] if cost > RULE_LIMIT else []


def _too_much(named: str, cost: int, limit: int) -> str:
    factor = cost / limit
    shown = "more than 100x" if factor > 100 else f"{factor:f}x" if factor < 1.5 else f"{factor:.1f}x"
    return f"{named} exceeds budget by factor of {shown} {ADVICE}"


def _places(place: _Place) -> Iterator[_Place]:
    """Yield all parts of a schema."""
    yield place
    schema, path, below = place.schema, place.path, replace(place, is_root=False)
    for name, part in (schema.get("properties") or {}).items():
        yield from _places(replace(below, schema=part, path=f"{path}.properties[{name}]"))
    if isinstance(others := schema.get("additionalProperties"), dict):
        count = _product(place.count, schema.get("maxProperties"))
        yield from _places(replace(below, schema=others, path=f"{path}.additionalProperties", count=count))
    if isinstance(items := schema.get("items"), dict):
        count = _product(place.count, schema.get("maxItems"))
        is_map = schema.get("x-kubernetes-list-type") == "map"
        lost = place.uncorrelatable or ("" if is_map else path)
        yield from _places(
            replace(below, schema=items, path=f"{path}.items", count=count, uncorrelatable=lost)
        )


def _product(count: int | None, limit: int | None) -> int | None:
    return None if count is None or limit is None else min(count * max(int(limit), 0), LARGEST)


def _form(rule: Rule, schema: Object, path: str) -> Faults:
    """Return the faults of a rule that do not depend on what its expressions mean."""
    faults = _text(rule, path)
    if rule.message_expression and not rule.message_expression.strip():
        faults.append(required(f"{path}.messageExpression", "messageExpression must be non-empty if specified"))
    if rule.reason and rule.reason not in REASONS:
        faults.append(unsupported(f"{path}.reason", rule.reason, sorted(REASONS)))
    if rule.field_path:
        faults += [
            invalid(f"{path}.fieldPath", rule.field_path, detail) for detail in _path_faults(rule.field_path, schema)
        ]
    return faults


def _text(rule: Rule, path: str) -> Faults:
    if not rule.rule.strip():
        return [required(f"{path}.rule", "rule is not specified")]
    message, here = rule.message.strip(), f"{path}.message"
    if rule.message and not message:
        return [invalid(here, rule.message, "message must be non-empty if specified")]
    if BREAKS.search(message):
        return [invalid(here, rule.message, "message must not contain line breaks")]
    if BREAKS.search(rule.rule.strip()) and not message:
        return [required(here, "message must be specified if rule contains line breaks")]
    return []


def _path_faults(field_path: str, schema: Object) -> list[str]:
    details = []
    if not field_path.strip():
        details.append("fieldPath must be non-empty if specified")
    if BREAKS.search(field_path):
        details.append("fieldPath must not contain line breaks")
    if field_paths.parse(field_path, schema) is None:
        details.append("fieldPath must be a valid path")
    return details


def _transition(rule: Rule, path: str, place: _Place, *, uses_old: bool) -> Faults:
    if rule.optional_old_self and not uses_old:
        detail = "may not be set if oldSelf is not used in rule"
        return [invalid(f"{path}.optionalOldSelf", True, detail)]
    if uses_old and place.uncorrelatable:
        detail = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {place.uncorrelatable}"
        return [invalid(f"{path}.rule", rule.rule, detail)]
    return []
