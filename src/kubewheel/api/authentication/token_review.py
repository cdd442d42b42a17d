"""TokenReview: asks whom a token stands for."""

from kubewheel.api import errors
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults
from kubewheel.libs.wire import Object

GROUP = "authentication.k8s.io"
NO_TOKEN = "token is required for TokenReview in authentication"  # noqa: S105 - a message, not a secret.
WITH_NAMESPACE = "namespace is not allowed on this type: {}"


def validate(review: Object) -> Faults:
    """Refuse a question without a token; upstream answers it with 400, not with faults of fields."""
    if namespace := (review.get("metadata") or {}).get("namespace"):
        raise errors.bad_request(WITH_NAMESPACE.format(namespace))
    if not (review.get("spec") or {}).get("token"):
        raise errors.bad_request(NO_TOKEN)
    return []


KIND = Kind(GROUP, "TokenReview", validate=validate, validate_name=lambda _: [])
