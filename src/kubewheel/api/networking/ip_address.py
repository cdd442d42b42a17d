"""IPAddress: an address of a Service, and who has it."""

import ipaddress
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation.faults import Faults, each, immutable, required
from kubewheel.libs.wire import Object

GROUP = "networking.k8s.io"


def validate_name(name: str) -> list[str]:
    """Check that a name is an address as it is usually written."""
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return [] if str(found) == name else [f'must be in canonical form ("{found}")']


def validate(address: Object) -> Faults:
    """Return the faults of an IPAddress."""
    parent, path = (address.get("spec") or {}).get("parentRef"), "spec.parentRef"
    if parent is None:
        return [required(path)]
    faults: Faults = []
    if group := parent.get("group"):
        faults += each(f"{path}.group", group, names.dns_subdomain(group))
    for field in ("resource", "name"):
        value = parent.get(field) or ""
        faults += each(f"{path}.{field}", value, names.path_segment(value)) if value else [required(f"{path}.{field}")]
    if namespace := parent.get("namespace"):
        faults += each(f"{path}.namespace", namespace, names.path_segment(namespace))
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that an address stays with its owner."""
    now, before = new.get("spec") or {}, old.get("spec") or {}
    return immutable("spec.parentRef", now.get("parentRef"), before.get("parentRef"))


def _parent(spec: Object) -> str:
    parent = spec.get("parentRef")
    if not parent:
        return cells.NONE
    resource = f"{parent.get('resource') or ''}.{parent.get('group') or ''}".strip(".").lower()
    parts = (resource, parent.get("namespace"), parent.get("name"))
    return "/".join(str(part) for part in parts if part)


def row(address: Object, now: float) -> list[Any]:
    """Return the cells of an IPAddress."""
    return [cells.name(address), _parent(address.get("spec") or {}), cells.age(address, now)]


KIND = Kind(
    GROUP, "IPAddress", validate=validate, validate_update=validate_update, validate_name=validate_name, row=row,
    columns=(NAME, Column("ParentRef", description="The object that the address belongs to."), AGE),
)
