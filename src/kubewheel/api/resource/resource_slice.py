"""ResourceSlice: devices that a driver offers."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.storage.csi_names import validate_driver_name
from kubewheel.api.validation import node_selectors
from kubewheel.api.validation.faults import (
    Faults,
    duplicate,
    each,
    immutable,
    invalid,
    required,
    too_long,
    too_many,
)
from kubewheel.libs.wire import Object

MAX_DEVICES = 128
POOL_BYTES = 253
PLACES = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")
ONE_PLACE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
VALUES = ("int", "bool", "string", "version")


def _validate_pool(pool: Object, path: str) -> Faults:
    name = pool.get("name") or ""
    faults: Faults = [] if name else [required(f"{path}.name")]
    if len(name) > POOL_BYTES:
        faults.append(too_long(f"{path}.name", POOL_BYTES))
    for part in name.split("/") if name else ():
        faults += each(f"{path}.name", part, names.dns_subdomain(part))
    if (pool.get("resourceSliceCount") or 0) <= 0:
        detail = "must be greater than zero"
        faults.append(invalid(f"{path}.resourceSliceCount", pool.get("resourceSliceCount") or 0, detail))
    if (pool.get("generation") or 0) < 0:
        faults.append(invalid(f"{path}.generation", pool["generation"], "must be greater than or equal to zero"))
    return faults


def _validate_attributes(attributes: Object, path: str) -> Faults:
    faults: Faults = []
    for key, value in attributes.items():
        here = f"{path}[{key}]"
        domain, slash, name = key.rpartition("/")
        if slash:
            faults += each(here, domain, names.dns_subdomain(domain))
        faults += each(here, name, names.c_identifier(name))
        if sum(value.get(kind) is not None for kind in VALUES) != 1:
            faults.append(required(here, "exactly one value must be specified"))
    return faults


def _validate_devices(devices: Sequence[Object], path: str) -> Faults:
    faults = [too_many(path, len(devices), MAX_DEVICES)] if len(devices) > MAX_DEVICES else []
    seen: set[str] = set()
    for index, device in enumerate(devices):
        here, name = f"{path}[{index}]", device.get("name") or ""
        faults += each(f"{here}.name", name, names.dns_label(name)) if name else [required(f"{here}.name")]
        if name in seen:
            faults.append(duplicate(f"{here}.name", name))
        seen.add(name)
        faults += _validate_attributes(device.get("attributes") or {}, f"{here}.attributes")
    return faults


def validate(resource_slice: Object) -> Faults:
    """Return the faults of a ResourceSlice."""
    spec = resource_slice.get("spec") or {}
    faults = validate_driver_name(spec.get("driver") or "", "spec.driver")
    faults += _validate_pool(spec.get("pool") or {}, "spec.pool")
    places = [name for name in PLACES if spec.get(name)]
    if len(places) != 1:
        faults.append(invalid("spec", dict.fromkeys(places), ONE_PLACE) if places else required("spec", ONE_PLACE))
    if node := spec.get("nodeName"):
        faults += each("spec.nodeName", node, names.dns_subdomain(node))
    if selector := spec.get("nodeSelector"):
        faults += node_selectors.validate_node_selector(selector, "spec.nodeSelector")
    return faults + _validate_devices(spec.get("devices") or [], "spec.devices")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a slice stays with its driver, pool and node."""
    now, before = new.get("spec") or {}, old.get("spec") or {}
    faults: Faults = []
    for name in ("driver", "nodeName"):
        faults += immutable(f"spec.{name}", now.get(name), before.get(name))
    pool, was = ((part.get("pool") or {}).get("name") for part in (now, before))
    return faults + immutable("spec.pool.name", pool, was)


def row(resource_slice: Object, now: float) -> list[Any]:
    """Return the cells of a ResourceSlice."""
    spec = resource_slice.get("spec") or {}
    return [
        cells.name(resource_slice), spec.get("nodeName") or "", spec.get("driver") or "",
        (spec.get("pool") or {}).get("name") or "", cells.age(resource_slice, now),
    ]


KIND = Kind(
    "resource.k8s.io", "ResourceSlice", validate=validate, validate_update=validate_update, has_generation=True,
    row=row, columns=(NAME, Column("Node"), Column("Driver"), Column("Pool"), AGE),
    selectable={
        "spec.nodeName": lambda found: str((found.get("spec") or {}).get("nodeName") or ""),
        "spec.driver": lambda found: str((found.get("spec") or {}).get("driver") or ""),
    },
)
