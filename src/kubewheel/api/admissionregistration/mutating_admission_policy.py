"""MutatingAdmissionPolicy: changes requests by expressions in CEL."""

from typing import Any

from kubewheel.api.admissionregistration import policies, programs
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation.faults import Faults, forbidden, required, unsupported
from kubewheel.libs.wire import Object

# The type of a change -> the field that holds it.
CHANGES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}
REINVOCATIONS = ("IfNeeded", "Never")


def _validate_change(change: Object, path: str) -> Faults:
    kind = change.get("patchType") or ""
    if not kind:
        return [required(f"{path}.patchType")]
    field = CHANGES.get(kind)
    if field is None:
        return [unsupported(f"{path}.patchType", kind, CHANGES)]
    faults = [
        forbidden(f"{path}.{other}", f"must not be specified when patchType is {kind}")
        for other in CHANGES.values() if other != field and change.get(other) is not None
    ]
    if change.get(field) is None:
        faults.append(required(f"{path}.{field}", f"must be specified when patchType is {kind}"))
    elif not (change[field].get("expression") or "").strip():
        faults.append(required(f"{path}.{field}.expression", "expression is not specified"))
    return faults


def validate(policy: Object) -> Faults:
    """Return the faults of a MutatingAdmissionPolicy."""
    spec = policy.get("spec") or {}
    faults = policies.validate_common(spec, "spec")
    changes, again = spec.get("mutations") or [], spec.get("reinvocationPolicy") or ""
    if not changes:
        faults.append(required("spec.mutations", "mutations must contain at least one item"))
    for index, change in enumerate(changes):
        faults += _validate_change(change, f"spec.mutations[{index}]")
    if not again:
        faults.append(required("spec.reinvocationPolicy"))
    elif again not in REINVOCATIONS:
        faults.append(unsupported("spec.reinvocationPolicy", again, REINVOCATIONS))
    return faults + programs.compile_policy(policy)[1]


def row(policy: Object, now: float) -> list[Any]:
    """Return the cells of a MutatingAdmissionPolicy."""
    return policies.policy_row(policy, now, "mutations")


KIND = Kind(
    policies.GROUP, "MutatingAdmissionPolicy", default=policies.default_policy, validate=validate,
    has_generation=True, row=row, columns=(NAME, Column("Mutations", "integer"), Column("ParamKind"), AGE),
)
