"""ValidatingAdmissionPolicy: refuses requests by expressions in CEL."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.admissionregistration import policies, programs
from kubewheel.api.defaults.fields import begin_with
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import conditions
from kubewheel.api.validation.faults import Faults, duplicate, each, invalid, option, required
from kubewheel.libs.wire import Object

REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
NOTHING = "validations or auditAnnotations must contain at least one item"
MAX_ANNOTATIONS = 20


def _validate_rule(rule: Object, path: str) -> Faults:
    faults: Faults = []
    message, expression, reason = rule.get("message") or "", rule.get("messageExpression") or "", rule.get("reason")
    if not (rule.get("expression") or "").strip():
        faults.append(required(f"{path}.expression", "expression is not specified"))
    if expression and not expression.strip():
        faults.append(invalid(f"{path}.messageExpression", expression, "must be non-empty if specified"))
    if message and not message.strip():
        faults.append(invalid(f"{path}.message", message, "message must be non-empty if specified"))
    elif "\n" in message.strip():
        faults.append(invalid(f"{path}.message", message, "message must not contain line breaks"))
    return faults + option(f"{path}.reason", reason, REASONS)


def _validate_annotations(annotations: Sequence[Object], path: str, policy: str) -> Faults:
    faults: Faults = []
    if len(annotations) > MAX_ANNOTATIONS:
        detail = f"must not have more than {MAX_ANNOTATIONS} auditAnnotations"
        faults.append(invalid(path, annotations, detail))
    seen: set[str] = set()
    for index, annotation in enumerate(annotations):
        here, key = f"{path}[{index}]", annotation.get("key") or ""
        full = f"{policy}/{key}"
        faults += each(f"{here}.key", full, names.qualified_name(full))
        if not (annotation.get("valueExpression") or "").strip():
            faults.append(required(f"{here}.valueExpression", "valueExpression is not specified"))
        if key in seen:
            faults.append(duplicate(f"{here}.key", key))
        seen.add(key)
    return faults


def validate(policy: Object) -> Faults:
    """Return the faults of a ValidatingAdmissionPolicy."""
    spec = policy.get("spec") or {}
    rules, annotations = spec.get("validations") or [], spec.get("auditAnnotations") or []
    faults = policies.validate_common(spec, "spec")
    if not rules and not annotations:
        faults += [required("spec.validations", NOTHING), required("spec.auditAnnotations", NOTHING)]
    for index, rule in enumerate(rules):
        faults += _validate_rule(rule, f"spec.validations[{index}]")
    faults += _validate_annotations(annotations, "spec.auditAnnotations", cells.name(policy))
    return faults + programs.compile_policy(policy)[1]


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    return conditions.validate_conditions((new.get("status") or {}).get("conditions"), "status.conditions")


def row(policy: Object, now: float) -> list[Any]:
    """Return the cells of a ValidatingAdmissionPolicy."""
    return policies.policy_row(policy, now, "validations")


KIND = Kind(
    policies.GROUP, "ValidatingAdmissionPolicy", default=policies.default_policy, prepare_create=begin_with(),
    prepare_update=keep_status, validate=validate, validate_status=validate_status, has_generation=True, row=row,
    columns=(NAME, Column("Validations", "integer"), Column("ParamKind"), AGE),
)
