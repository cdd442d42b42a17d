"""ValidatingAdmissionPolicyBinding: puts a policy to use."""

from collections.abc import Sequence

from kubewheel.api.admissionregistration import policies
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults, duplicate, invalid, required, unsupported
from kubewheel.libs.wire import Object

ACTIONS = ("Audit", "Deny", "Warn")


def _validate_actions(actions: Sequence[str], path: str) -> Faults:
    if not actions:
        return [required(path, "at least one validation action is required")]
    faults: Faults = []
    for index, action in enumerate(actions):
        if action not in ACTIONS:
            faults.append(unsupported(f"{path}[{index}]", action, ACTIONS))
        if action in actions[:index]:
            faults.append(duplicate(f"{path}[{index}]", action))
    if {"Deny", "Warn"} <= {*actions}:
        detail = (
            "must not contain both Deny and Warn (repeating the same validation failure information in the API response"
            " and headers serves no purpose)"
        )
        faults.append(invalid(path, actions, detail))
    return faults


def validate(binding: Object) -> Faults:
    """Return the faults of a ValidatingAdmissionPolicyBinding."""
    actions = (binding.get("spec") or {}).get("validationActions") or []
    return policies.validate_binding(binding) + _validate_actions(actions, "spec.validationActions")


KIND = Kind(
    policies.GROUP, "ValidatingAdmissionPolicyBinding", default=policies.default_binding, validate=validate,
    has_generation=True, columns=policies.BINDING_COLUMNS, row=policies.binding_row,
)
