"""StorageClass: a kind of volumes, and who makes them."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import fill
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.storage import topology
from kubewheel.api.validation.faults import (
    Faults,
    duplicate,
    each,
    forbidden,
    immutable,
    invalid,
    required,
    too_long,
    unsupported,
)
from kubewheel.libs.wire import Object

GROUP = "storage.k8s.io"
DEFAULT_ANNOTATIONS = (
    "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class",
)
RECLAIM_POLICIES = ("Delete", "Retain")
BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
MAX_PARAMETERS = 512
PARAMETER_BYTES = 256 * 1024


def default(storage_class: dict[str, Any]) -> None:
    """Complete a StorageClass."""
    fill(storage_class, "reclaimPolicy", "Delete")
    fill(storage_class, "volumeBindingMode", "Immediate")


def validate_parameters(parameters: Object | None, path: str, *, needed: bool = False) -> Faults:
    """Check what is told to the maker of volumes."""
    known = parameters or {}
    faults = [too_long(path, MAX_PARAMETERS)] if len(known) > MAX_PARAMETERS else []
    faults += [invalid(path, key, "field can not be empty.") for key in known if not key]
    if sum(len(key) + len(str(value or "")) for key, value in known.items()) > PARAMETER_BYTES:
        faults.append(too_long(path, PARAMETER_BYTES))
    if needed and not known:
        faults.append(required(path, "must contain at least one key/value pair"))
    return faults


def validate_provisioner(name: str, path: str) -> Faults:
    """Check the name of a maker of volumes."""
    return each(path, name, names.qualified_name(name.lower())) if name else [required(path)]


def validate(storage_class: Object) -> Faults:
    """Return the faults of a StorageClass."""
    faults = validate_provisioner(storage_class.get("provisioner") or "", "provisioner")
    faults += validate_parameters(storage_class.get("parameters"), "parameters")
    policy, mode = storage_class.get("reclaimPolicy"), storage_class.get("volumeBindingMode")
    if policy and policy not in RECLAIM_POLICIES:
        faults.append(unsupported("reclaimPolicy", policy, RECLAIM_POLICIES))
    if mode is None:
        faults.append(required("volumeBindingMode"))
    elif mode not in BINDING_MODES:
        faults.append(unsupported("volumeBindingMode", mode, BINDING_MODES))
    terms = storage_class.get("allowedTopologies") or []
    for index, term in enumerate(terms):
        path = f"allowedTopologies[{index}]"
        faults += topology.validate_term(term, path)
        if topology.meaning(term) in [topology.meaning(other) for other in terms[:index]]:
            faults.append(duplicate(f"{path}.matchLabelExpressions", ""))
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that volumes of a class remain alike."""
    faults = [
        forbidden(name, f"updates to {name} are forbidden.")
        for name in ("parameters", "provisioner", "reclaimPolicy") if (new.get(name) or None) != (old.get(name) or None)
    ]
    return faults + immutable("volumeBindingMode", new.get("volumeBindingMode"), old.get("volumeBindingMode"))


def is_default(storage_class: Object) -> bool:
    """Return whether claims that name no class mean this one."""
    annotations = (storage_class.get("metadata") or {}).get("annotations") or {}
    return any(annotations.get(name) == "true" for name in DEFAULT_ANNOTATIONS)


def row(storage_class: Object, now: float) -> list[Any]:
    """Return the cells of a StorageClass."""
    name = cells.name(storage_class)
    return [
        f"{name} (default)" if is_default(storage_class) else name, storage_class.get("provisioner") or "",
        storage_class.get("reclaimPolicy") or "Delete", storage_class.get("volumeBindingMode") or "Immediate",
        bool(storage_class.get("allowVolumeExpansion")), cells.age(storage_class, now),
    ]


KIND = Kind(
    GROUP, "StorageClass", default=default, validate=validate, validate_update=validate_update, row=row,
    columns=(
        NAME, Column("Provisioner"), Column("ReclaimPolicy"), Column("VolumeBindingMode"),
        Column("AllowVolumeExpansion"), AGE,
    ),
)
