"""SubjectAccessReview: asks whether somebody may do something."""

from kubewheel.api.authorization import attributes
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object


def validate(review: Object) -> Faults:
    """Return the faults of a SubjectAccessReview."""
    spec = review.get("spec") or {}
    faults = attributes.validate_target(spec) + attributes.validate_subject(spec)
    return faults + attributes.validate_selectors(spec) + attributes.validate_metadata(review)


KIND = Kind(attributes.GROUP, "SubjectAccessReview", validate=validate, validate_name=lambda _: [])
