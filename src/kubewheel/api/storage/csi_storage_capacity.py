"""CSIStorageCapacity: how much room a driver has for volumes of a class in some place."""

from typing import Any

from kubewheel.api import cells, names, quantity
from kubewheel.api.kinds import NAME, Column, Kind
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import NEGATIVE, Faults, each, immutable, invalid
from kubewheel.libs.wire import Object


def validate(capacity: Object) -> Faults:
    """Return the faults of a CSIStorageCapacity."""
    chosen = capacity.get("storageClassName") or ""
    faults = labels.validate_label_selector(capacity.get("nodeTopology"), "nodeTopology")
    faults += each("storageClassName", chosen, names.dns_subdomain(chosen))
    for name in ("capacity", "maximumVolumeSize"):
        if (amount := capacity.get(name)) is not None and quantity.of(amount).nanos < 0:
            faults.append(invalid(name, amount, NEGATIVE))
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that room remains room for the same."""
    faults = immutable("nodeTopology", new.get("nodeTopology"), old.get("nodeTopology"))
    return faults + immutable("storageClassName", new.get("storageClassName"), old.get("storageClassName"))


def row(capacity: Object, _: float) -> list[Any]:
    """Return the cells of a CSIStorageCapacity."""
    amount = capacity.get("capacity")
    shown = cells.UNSET if amount is None else str(amount)
    return [cells.name(capacity), capacity.get("storageClassName") or "", shown]


KIND = Kind(
    "storage.k8s.io", "CSIStorageCapacity", validate=validate, validate_update=validate_update, row=row,
    columns=(NAME, Column("StorageClassName"), Column("Capacity")),
)
