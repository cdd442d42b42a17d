"""Conditions on requests, and how requests are matched against them."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import names
from kubewheel.api.admissionregistration import rules
from kubewheel.api.defaults.fields import fill, fill_empty
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, duplicate, each, option, required, too_many
from kubewheel.libs.wire import Object

MATCH_POLICIES = ("Equivalent", "Exact")
FAILURE_POLICIES = ("Fail", "Ignore")
MAX_CONDITIONS = 64


def default_constraints(constraints: dict[str, Any]) -> None:
    """Complete what a policy or binding is about."""
    fill(constraints, "matchPolicy", "Equivalent")
    fill(constraints, "namespaceSelector", {})
    fill(constraints, "objectSelector", {})
    for field in ("resourceRules", "excludeResourceRules"):
        rules.default(constraints.get(field))


def default_failure(spec: dict[str, Any]) -> None:
    """Refuse requests on which a policy fails."""
    fill_empty(spec, "failurePolicy", "Fail")


def validate_constraints(constraints: Object, path: str) -> Faults:
    """Check what a policy or binding is about."""
    faults = option(f"{path}.matchPolicy", constraints.get("matchPolicy"), MATCH_POLICIES)
    for name in ("namespaceSelector", "objectSelector"):
        faults += labels.validate_label_selector(constraints.get(name), f"{path}.{name}")
    for name in ("resourceRules", "excludeResourceRules"):
        listed = constraints.get(name) or []
        for index, rule in enumerate(listed):
            faults += _validate_names(rule.get("resourceNames") or [], f"{path}.{name}[{index}].resourceNames")
        faults += rules.validate(listed, f"{path}.{name}")
    return faults


def _validate_names(wanted: Sequence[str], path: str) -> Faults:
    faults: Faults = []
    for index, name in enumerate(wanted):
        faults += each(f"{path}[{index}]", name, names.path_segment(name))
        if name in wanted[:index]:
            faults.append(duplicate(f"{path}[{index}]", name))
    return faults


def validate_conditions(conditions: Sequence[Object] | None, path: str) -> Faults:
    """Check conditions in CEL, but for the expressions themselves."""
    listed = conditions or ()
    faults = [too_many(path, len(listed), MAX_CONDITIONS)] if len(listed) > MAX_CONDITIONS else []
    seen: set[str] = set()
    for index, condition in enumerate(listed):
        here, name = f"{path}[{index}]", condition.get("name") or ""
        if not (condition.get("expression") or "").strip():
            faults.append(required(f"{here}.expression"))
        if not name:
            faults.append(required(f"{here}.name"))
            continue
        faults += each(f"{here}.name", name, names.qualified_name(name))
        if name in seen:
            faults.append(duplicate(f"{here}.name", name))
        seen.add(name)
    return faults
