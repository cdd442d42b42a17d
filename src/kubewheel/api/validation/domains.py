"""Domain names with at least two labels."""

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, invalid, required

TOO_FEW = "should be a domain with at least three segments separated by dots"
TOO_SHORT = "should be a domain with at least two segments separated by dots"


def validate_full_name(value: str, path: str) -> Faults:
    """Check a fully qualified domain name; a dot may end it."""
    if not value:
        return [required(path)]
    name = value.removesuffix(".")
    if messages := names.dns_subdomain(name):
        return [invalid(path, value, ",".join(messages))]
    parts = name.split(".")
    if len(parts) < 2:
        return [invalid(path, value, TOO_SHORT)]
    return [fault for part in parts for fault in each(path, part, names.dns_label(part))]


def validate_qualified(value: str, path: str) -> Faults:
    """Check a name of at least three labels: that of a webhook."""
    if not value:
        return [required(path)]
    messages = names.dns_subdomain(value)
    faults = [invalid(path, value, ",".join(messages))] if messages else []
    return faults if value.count(".") > 1 else [*faults, invalid(path, value, TOO_FEW)]
