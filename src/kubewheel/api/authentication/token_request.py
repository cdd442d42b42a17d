"""TokenRequest: asks for a token of a service account."""

from typing import Any

from kubewheel.api.defaults.fields import fill, part_of
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults, invalid
from kubewheel.libs.wire import Object

HOUR_SECONDS = 3600
SHORTEST_SECONDS = 600
LONGEST_SECONDS = 1 << 32


def default(request: dict[str, Any]) -> None:
    """Ask for an hour where the author did not say how long."""
    fill(part_of(request, "spec"), "expirationSeconds", HOUR_SECONDS)


def validate(request: Object) -> Faults:
    """Return the faults of a TokenRequest."""
    seconds = (request.get("spec") or {}).get("expirationSeconds") or 0
    path = "spec.expirationSeconds"
    if seconds < SHORTEST_SECONDS:
        return [invalid(path, seconds, "may not specify a duration less than 10 minutes")]
    if seconds > LONGEST_SECONDS:
        return [invalid(path, seconds, "may not specify a duration larger than 2^32 seconds")]
    return []


KIND = Kind("authentication.k8s.io", "TokenRequest", default=default, validate=validate, validate_name=lambda _: [])
