"""ServiceCIDR: networks from which Services get their addresses."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.defaults.fields import begin_with
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import addresses, conditions
from kubewheel.api.validation.faults import Faults, immutable, invalid, required
from kubewheel.libs.wire import Object

GROUP = "networking.k8s.io"
PATH = "spec.cidrs"
ONE_FAMILY = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"


def validate(service_cidr: Object) -> Faults:
    """Return the faults of a ServiceCIDR."""
    spec = service_cidr.get("spec") or {}
    listed = spec.get("cidrs") or []
    if not listed:
        return [required(PATH, "at least one CIDR required")]
    if len(listed) > 2:
        return [invalid(PATH, dict(spec), "may only hold up to 2 values")]
    if len(listed) == 2 and not addresses.is_dual_stack(listed):
        return [invalid(PATH, dict(spec), ONE_FAMILY)]
    faults: Faults = []
    for index, cidr in enumerate(listed):
        faults += addresses.validate_cidr(cidr, f"{PATH}[{index}]")
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that networks stay; a second family may be added."""
    now, before = (each.get("spec") or {} for each in (new, old))
    wanted, known = now.get("cidrs") or [], before.get("cidrs") or []
    if len(known) == 1 and len(wanted) == 2 and wanted[0] == known[0]:
        return []
    return immutable(PATH, wanted, known)


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    return conditions.validate_conditions((new.get("status") or {}).get("conditions"), "status.conditions")


def row(service_cidr: Object, now: float) -> list[Any]:
    """Return the cells of a ServiceCIDR."""
    listed = (service_cidr.get("spec") or {}).get("cidrs") or []
    return [cells.name(service_cidr), ",".join(listed), cells.age(service_cidr, now)]


KIND = Kind(
    GROUP, "ServiceCIDR", prepare_create=begin_with(), prepare_update=keep_status, validate=validate,
    validate_update=validate_update, validate_status=validate_status, has_generation=True, row=row,
    columns=(NAME, Column("CIDRs", description="Networks of Services."), AGE),
)
