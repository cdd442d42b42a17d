"""LocalSubjectAccessReview: asks whether somebody may do something in one namespace."""

from kubewheel.api.authorization import attributes
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults, invalid
from kubewheel.libs.wire import Object


def validate(review: Object) -> Faults:
    """Return the faults of a LocalSubjectAccessReview."""
    spec, namespace = review.get("spec") or {}, (review.get("metadata") or {}).get("namespace") or ""
    faults = attributes.validate_target(spec) + attributes.validate_subject(spec)
    faults += attributes.validate_selectors(spec) + attributes.validate_metadata(review, allowed=("namespace",))
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and (resource.get("namespace") or "") != namespace:
        here = "spec.resourceAttributes.namespace"
        faults.append(invalid(here, resource.get("namespace") or "", "must match metadata.namespace"))
    if path is not None:
        faults.append(invalid("spec.nonResourceAttributes", path, "disallowed on this kind of request"))
    return faults


KIND = Kind(attributes.GROUP, "LocalSubjectAccessReview", validate=validate, validate_name=lambda _: [])
