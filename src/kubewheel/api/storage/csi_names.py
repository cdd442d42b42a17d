"""Names of drivers of the Container Storage Interface."""

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, required, too_long

DRIVER_NAME_BYTES = 63


def validate_driver_name(name: str, path: str) -> Faults:
    """Check the name of a driver."""
    if not name:
        return [required(path)]
    faults = [too_long(path, DRIVER_NAME_BYTES)] if len(name) > DRIVER_NAME_BYTES else []
    return faults + each(path, name, names.dns_subdomain(name.lower()))
