"""SelfSubjectAccessReview: asks whether one may do something."""

from kubewheel.api.authorization import attributes
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object


def validate(review: Object) -> Faults:
    """Return the faults of a SelfSubjectAccessReview."""
    spec = review.get("spec") or {}
    faults = attributes.validate_target(spec) + attributes.validate_selectors(spec)
    return faults + attributes.validate_metadata(review)


KIND = Kind(attributes.GROUP, "SelfSubjectAccessReview", validate=validate, validate_name=lambda _: [])
