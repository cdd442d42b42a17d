"""References to objects of other kinds, as ingresses, classes and addresses hold them."""

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, required
from kubewheel.libs.wire import Object


def validate_typed_reference(reference: Object, path: str) -> Faults:
    """Check group, kind and name."""
    faults: Faults = []
    if (group := reference.get("apiGroup")) is not None:
        faults += each(f"{path}.apiGroup", group, names.dns_subdomain(group))
    for field in ("kind", "name"):
        value = reference.get(field) or ""
        if value:
            faults += each(f"{path}.{field}", value, names.path_segment(value))
        else:
            faults.append(required(f"{path}.{field}", f"{field} is required"))
    return faults
