"""MutatingAdmissionPolicyBinding: puts a policy to use."""

from kubewheel.api.admissionregistration import policies
from kubewheel.api.kinds import Kind

KIND = Kind(
    policies.GROUP, "MutatingAdmissionPolicyBinding", default=policies.default_binding,
    validate=policies.validate_binding, has_generation=True, columns=policies.BINDING_COLUMNS,
    row=policies.binding_row,
)
