"""Role: rights inside one namespace."""

from kubewheel.api import names
from kubewheel.api.kinds import Kind
from kubewheel.api.rbac import policy
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object


def validate(role: Object) -> Faults:
    """Return the faults of a Role."""
    return policy.validate_rules(role.get("rules"), "rules", namespaced=True)


KIND = Kind(
    policy.GROUP, "Role", default=policy.default_rules, validate=validate, validate_name=names.path_segment,
)
