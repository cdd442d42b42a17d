"""VolumeAttributesClass: properties of volumes that can be changed while they are used."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.storage import storage_class
from kubewheel.api.validation.faults import Faults, forbidden
from kubewheel.libs.wire import Object

DEFAULT_ANNOTATION = "volumeattributesclass.alpha.kubernetes.io/is-default-class"


def validate(attributes_class: Object) -> Faults:
    """Return the faults of a VolumeAttributesClass."""
    faults = storage_class.validate_provisioner(attributes_class.get("driverName") or "", "driverName")
    return faults + storage_class.validate_parameters(attributes_class.get("parameters"), "parameters", needed=True)


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a class means what it always did."""
    return [
        forbidden(name, f"updates to {name} are forbidden.")
        for name in ("driverName", "parameters") if (new.get(name) or None) != (old.get(name) or None)
    ]


def row(attributes_class: Object, now: float) -> list[Any]:
    """Return the cells of a VolumeAttributesClass."""
    name = cells.name(attributes_class)
    annotations = (attributes_class.get("metadata") or {}).get("annotations") or {}
    shown = f"{name} (default)" if annotations.get(DEFAULT_ANNOTATION) == "true" else name
    return [shown, attributes_class.get("driverName") or "", cells.age(attributes_class, now)]


KIND = Kind(
    storage_class.GROUP, "VolumeAttributesClass", validate=validate, validate_update=validate_update, row=row,
    columns=(NAME, Column("DriverName"), AGE),
)
