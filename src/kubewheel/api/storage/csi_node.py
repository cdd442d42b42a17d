"""CSINode: the storage drivers of a node."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.storage import csi_names
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, duplicate, immutable, invalid, required, too_long
from kubewheel.libs.wire import Object

NODE_ID_BYTES = 256


def _validate_driver(driver: Object, path: str) -> Faults:
    node_id = driver.get("nodeID") or ""
    faults = csi_names.validate_driver_name(driver.get("name") or "", f"{path}.name")
    if not node_id:
        faults.append(required(f"{path}.nodeID"))
    elif len(node_id) > NODE_ID_BYTES:
        faults.append(too_long(f"{path}.nodeID", NODE_ID_BYTES))
    count = (driver.get("allocatable") or {}).get("count")
    if count is not None and count < 0:
        faults.append(invalid(f"{path}.allocatable.count", count, "must be greater than or equal to 0"))
    seen: set[str] = set()
    for key in driver.get("topologyKeys") or []:
        if not key:
            faults.append(required(f"{path}.topologyKeys"))
            continue
        if key in seen:
            faults.append(duplicate(f"{path}.topologyKeys", key))
        seen.add(key)
        faults += labels.validate_label_name(key, f"{path}.topologyKeys")
    return faults


def validate(node: Object) -> Faults:
    """Return the faults of a CSINode."""
    faults: Faults = []
    seen: set[str] = set()
    for index, driver in enumerate((node.get("spec") or {}).get("drivers") or []):
        path, name = f"spec.drivers[{index}]", driver.get("name") or ""
        faults += _validate_driver(driver, path)
        if name in seen:
            faults.append(duplicate(f"{path}.name", name))
        seen.add(name)
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that drivers keep their names for the node; only how much they can attach changes."""
    known = {each.get("name"): each for each in (old.get("spec") or {}).get("drivers") or []}
    faults: Faults = []
    for index, driver in enumerate((new.get("spec") or {}).get("drivers") or []):
        before = known.get(driver.get("name"))
        if before is None:
            continue
        for field in ("nodeID", "topologyKeys"):
            if (driver.get(field) or None) != (before.get(field) or None):
                faults += immutable(f"spec.drivers[{index}].{field}", driver.get(field), before.get(field))
    return faults


def row(node: Object, now: float) -> list[Any]:
    """Return the cells of a CSINode."""
    return [cells.name(node), len((node.get("spec") or {}).get("drivers") or []), cells.age(node, now)]


KIND = Kind(
    "storage.k8s.io", "CSINode", validate=validate, validate_update=validate_update, row=row,
    columns=(NAME, Column("Drivers", "integer"), AGE),
)
