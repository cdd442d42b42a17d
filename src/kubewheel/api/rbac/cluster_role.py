"""ClusterRole: rights everywhere, or wherever a RoleBinding brings them."""

from kubewheel.api import names
from kubewheel.api.kinds import Kind
from kubewheel.api.rbac import policy
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object


def validate(role: Object) -> Faults:
    """Return the faults of a ClusterRole."""
    faults = policy.validate_rules(role.get("rules"), "rules", namespaced=False)
    return faults + policy.validate_aggregation(role.get("aggregationRule"), "aggregationRule")


KIND = Kind(
    policy.GROUP, "ClusterRole", default=policy.default_rules, validate=validate, validate_name=names.path_segment,
)
