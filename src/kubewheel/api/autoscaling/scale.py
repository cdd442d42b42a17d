"""Scale: how many replicas a workload has and wants; a subresource of each."""

from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults, not_negative
from kubewheel.libs.wire import Object


def validate(scale: Object) -> Faults:
    """Return the faults of a Scale."""
    return not_negative(scale.get("spec") or {}, "spec", "replicas")


KIND = Kind("autoscaling", "Scale", validate=validate)
