"""Lease: says who holds something, and until when."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation.faults import NEGATIVE, Faults, each, forbidden, invalid, unsupported
from kubewheel.libs.wire import Object

GROUP = "coordination.k8s.io"
STRATEGIES = ("OldestEmulationVersion",)


def _validate_strategy(strategy: str, path: str) -> Faults:
    domain, slash, name = strategy.partition("/")
    if not slash:
        return [] if strategy in STRATEGIES else [unsupported(path, strategy, STRATEGIES)]
    return each(path, domain, names.dns_subdomain(domain)) + each(path, name, names.dns_label(name))


def validate(lease: Object) -> Faults:
    """Return the faults of a Lease."""
    spec = lease.get("spec") or {}
    faults: Faults = []
    seconds, changes, strategy = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions"), spec.get("strategy")
    if seconds is not None and seconds <= 0:
        faults.append(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
    if changes is not None and changes < 0:
        faults.append(invalid("spec.leaseTransitions", changes, NEGATIVE))
    if strategy is not None:
        faults += _validate_strategy(strategy, "spec.strategy")
    if spec.get("preferredHolder") and not strategy:
        faults.append(forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
    return faults


def row(lease: Object, now: float) -> list[Any]:
    """Return the cells of a Lease."""
    return [cells.name(lease), (lease.get("spec") or {}).get("holderIdentity") or "", cells.age(lease, now)]


KIND = Kind(
    GROUP, "Lease", validate=validate, row=row,
    columns=(NAME, Column("Holder", description="Who holds the lease."), AGE),
)
