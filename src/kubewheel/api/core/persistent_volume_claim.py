"""PersistentVolumeClaim: a pod's wish for storage, which a volume fulfils."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds, names, quantity
from kubewheel.api.defaults import claims as defaults
from kubewheel.api.defaults import resources as amounts
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import claims, differences, pod_warnings, resource_names, resources
from kubewheel.api.validation.faults import Faults, each, forbidden, immutable, option, required, unsupported
from kubewheel.libs.wire import Object

CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
RESIZE_STATES = (
    "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible",
    "NodeResizePending",
)
FROZEN = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"


def _normalize_sources(spec: dict[str, Any]) -> None:
    """Say in both forms where the first content comes from, where both can say it."""
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None and reference is None:
        spec["dataSourceRef"] = dict(source)
    elif reference is not None and source is None and not reference.get("namespace"):
        spec["dataSource"] = {name: value for name, value in reference.items() if name != "namespace"}


def prepare_create(obj: dict[str, Any]) -> None:
    """Start pending."""
    obj["status"] = {"phase": "Pending"}
    spec = obj.get("spec") or {}
    source = spec.get("dataSource")
    if source and (source.get("apiGroup") or "", source.get("kind")) not in (
        ("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")
    ):
        # The older field knows these two only; upstream ignores others rather than refusing them.
        del spec["dataSource"]
    _normalize_sources(spec)


def prepare_update(new: dict[str, Any], old: Object) -> None:
    """Keep the status."""
    kinds.keep_status(new, old)
    _normalize_sources(new.get("spec") or {})


def default(obj: dict[str, Any]) -> None:
    """Complete the spec."""
    defaults.default_claim_spec(obj.setdefault("spec", {}))
    status = obj.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"
    amounts.default_amounts(status, "capacity", "allocatedResources")


def validate(obj: Object) -> list[FieldError]:
    """Check the spec."""
    return claims.validate_claim_spec(obj.get("spec") or {}, "spec")


def _annotation(obj: Object) -> str | None:
    found: str | None = (obj["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    return found


def _storage(part: Object, *path: str) -> quantity.Quantity:
    for name in path:
        part = part.get(name) or {}
    return quantity.of(part.get("storage"))


def _is_class_upgrade(new: Object, old: Object) -> bool:
    """Return whether the class of the old annotation moves to its field."""
    before, wanted = _annotation(old), (new.get("spec") or {}).get("storageClassName")
    if before is None or (old.get("spec") or {}).get("storageClassName") is not None or wanted != before:
        return False
    return _annotation(new) in (None, before)


def _validate_class(new: Object, old: Object, munged: dict[str, Any]) -> Faults:
    if _is_class_upgrade(new, old):
        munged.pop("storageClassName", None)
        return []
    before, after = _annotation(old), _annotation(new)
    spec = old.get("spec") or {}
    wanted = munged.get("storageClassName")
    if wanted is not None and spec.get("storageClassName") is None and before in (None, wanted):
        munged.pop("storageClassName")
    return immutable(f"metadata.annotations.{CLASS_ANNOTATION}", after or "", before or "")


def _munged(new: Object, old: Object, faults: Faults) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both specs, the new one with all that may change put back."""
    spec, before = dict(new.get("spec") or {}), dict(old.get("spec") or {})
    if not before.get("volumeName"):
        before["volumeName"] = spec.get("volumeName")
    faults += _validate_class(new, old, spec)
    if (new.get("status") or {}).get("phase") == "Bound":
        needs, had = spec.get("resources") or {}, before.get("resources") or {}
        storage = (had.get("requests") or {}).get("storage")
        spec["resources"] = {**needs, "requests": {**(needs.get("requests") or {}), "storage": storage}}
        if spec.get("volumeAttributesClassName") is not None:
            spec["volumeAttributesClassName"] = before.get("volumeAttributesClassName")
    return spec, before


def _validate_attributes_class(new: Object, old: Object) -> Faults:
    path = "spec.volumeAttributesClassName"
    if (old.get("spec") or {}).get("volumeAttributesClassName") is None:
        return []
    wanted = (new.get("spec") or {}).get("volumeAttributesClassName")
    if wanted is None:
        return [forbidden(path, "update from non-nil value to nil is forbidden")]
    return [] if wanted else [forbidden(path, "update from non-nil value to an empty string is forbidden")]


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Check that a claim asks for what it did, or for more."""
    faults: Faults = []
    spec, before = _munged(new, old, faults)
    if not differences.is_same(spec, before):
        faults.append(forbidden("spec", FROZEN + differences.describe(before, spec, "spec")))
    wanted = _storage(new, "spec", "resources", "requests")
    if wanted < _storage(old, "spec", "resources", "requests") and wanted <= _storage(old, "status", "capacity"):
        detail = "field can not be less than status.capacity"
        faults.append(forbidden("spec.resources.requests.storage", detail))
    modes = [(each.get("spec") or {}).get("volumeMode") for each in (new, old)]
    faults += immutable("volumeMode", *modes)
    return faults + _validate_attributes_class(new, old)


def _validate_key(name: str, path: str) -> Faults:
    faults = each(path, name, names.qualified_name(name))
    if faults or not resource_names.is_native(name) or name == "storage":
        return faults
    return [unsupported(path, name, ("storage",))]


def validate_status(new: Object, _old: Object) -> list[FieldError]:
    """Check amounts and the progress of a resize."""
    status = new.get("status") or {}
    faults = [] if (new.get("spec") or {}).get("accessModes") else [required("Spec.accessModes")]
    for name, value in (status.get("capacity") or {}).items():
        faults += resources.validate_basic(value, f"status.capacity[{name}]")
    path = "status.allocatedResourceStatus"
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        faults += _validate_key(name, path)
        faults += option(path, state, RESIZE_STATES)
    path = "status.allocatedResources"
    for name, value in (status.get("allocatedResources") or {}).items():
        faults += _validate_key(name, path) or resources.validate_amount("storage", value, f"{path}[{name}]")
    return faults


def warnings(obj: Object) -> list[str]:
    """Return the warnings about the spec."""
    found = pod_warnings.claim_warnings(obj.get("spec") or {}, "spec")
    if _annotation(obj) is not None:
        path = f"metadata.annotations[{CLASS_ANNOTATION}]"
        found.append(f'{path}: deprecated since v1.8; use "storageClassName" attribute instead')
    return found


def class_of(obj: Object) -> str:
    """Return the class of a claim or volume, which older ones name in an annotation."""
    return _annotation(obj) or (obj.get("spec") or {}).get("storageClassName") or ""


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a claim."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    volume = spec.get("volumeName") or ""
    return (
        obj["metadata"].get("name"), cells.phase(obj), volume,
        str(_storage(status, "capacity")) if volume else "",
        cells.access_modes(status.get("accessModes")) if volume else "", class_of(obj),
        spec.get("volumeAttributesClassName") or cells.UNSET, cells.age(obj, now),
        spec.get("volumeMode") or cells.UNSET,
    )


KIND = kinds.Kind(
    group="", kind="PersistentVolumeClaim",
    default=default, prepare_create=prepare_create, prepare_update=prepare_update,
    validate=validate, validate_update=validate_update, validate_status=validate_status, warnings=warnings,
    columns=(
        kinds.NAME,
        kinds.Column("Status", description="Whether a volume is bound to the claim."),
        kinds.Column("Volume", description="The volume that is bound to the claim."),
        kinds.Column("Capacity", description="How much the volume holds."),
        kinds.Column("Access Modes", description="How the volume may be mounted."),
        kinds.Column("StorageClass", description="The class of the claim."),
        kinds.Column("VolumeAttributesClass", description="The class of the volume's attributes."),
        kinds.AGE,
        kinds.Column("VolumeMode", wide=True, description="Whether it is a file system or a block device."),
    ),
    row=row,
)
