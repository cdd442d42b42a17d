"""SelfSubjectRulesReview: asks what one may do in a namespace."""

from kubewheel.api import errors
from kubewheel.api.authorization import attributes
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object


def validate(review: Object) -> Faults:
    """Refuse a question about no namespace; upstream answers it with 400, not with faults of fields."""
    if not (review.get("spec") or {}).get("namespace"):
        raise errors.bad_request("no namespace on request")
    return []


KIND = Kind(attributes.GROUP, "SelfSubjectRulesReview", validate=validate, validate_name=lambda _: [])
