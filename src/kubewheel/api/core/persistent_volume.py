"""PersistentVolume: storage that outlives the pods that use it."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds, quantity
from kubewheel.api.defaults import resources as amounts
from kubewheel.api.defaults import volumes as defaults
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import differences, persistent_volumes, pod_warnings
from kubewheel.api.validation.faults import IMMUTABLE, Faults, forbidden, immutable, invalid
from kubewheel.libs.wire import Object

CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def prepare_create(obj: dict[str, Any]) -> None:
    """Start pending."""
    obj["status"] = {"phase": "Pending"}
    if created := obj["metadata"].get("creationTimestamp"):
        obj["status"]["lastPhaseTransitionTime"] = created


def default(obj: dict[str, Any]) -> None:
    """Complete the spec."""
    spec = obj.setdefault("spec", {})
    defaults.fill(spec, persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    amounts.default_amounts(spec, "capacity")
    for kind, rule in defaults.PERSISTENT.items():
        if spec.get(kind) is not None:
            rule(spec[kind])
    status = obj.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"


def validate(obj: Object) -> list[FieldError]:
    """Check the spec."""
    name = (obj.get("metadata") or {}).get("name") or ""
    return persistent_volumes.validate_volume_spec(obj.get("spec") or {}, name, "spec")


def _source(spec: Object) -> dict[str, Any]:
    return {kind: spec[kind] for kind in persistent_volumes.TYPES if spec.get(kind) is not None}


def _with_current_labels(affinity: Any) -> Any:
    """Return an affinity in which labels have the names that replaced their beta names."""
    if isinstance(affinity, dict):
        renamed = {name: _with_current_labels(value) for name, value in affinity.items()}
        if message := pod_warnings.node_label_warning(renamed.get("key") or ""):
            renamed["key"] = message.split('"')[1]
        return renamed
    return [_with_current_labels(item) for item in affinity] if isinstance(affinity, list) else affinity


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Check that the volume stays the same storage."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    after_source, source = _source(spec), _source(before)
    csi, old_csi = after_source.get("csi"), source.get("csi")
    if csi and old_csi and old_csi.get("controllerExpandSecretRef") is None:
        after_source["csi"] = {name: value for name, value in csi.items() if name != "controllerExpandSecretRef"}
    faults: Faults = []
    if not differences.is_same(after_source, source):
        detail = "spec.persistentvolumesource is immutable after creation\n"
        shown = differences.describe(source, after_source, "spec")
        faults.append(forbidden("spec.persistentvolumesource", detail + shown))
    faults += immutable("volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    affinity, old_affinity = spec.get("nodeAffinity"), before.get("nodeAffinity")
    if old_affinity is not None and affinity not in (old_affinity, _with_current_labels(old_affinity)):
        detail = f"{IMMUTABLE}, except for updating from beta label to GA"
        faults.append(invalid("nodeAffinity", affinity, detail))
    if before.get("volumeAttributesClassName") is not None and spec.get("volumeAttributesClassName") is None:
        faults.append(forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"))
    return faults


def warnings(obj: Object) -> list[str]:
    """Return the warnings about the spec."""
    spec = obj.get("spec") or {}
    found = []
    if CLASS_ANNOTATION in (obj["metadata"].get("annotations") or {}):
        path = f"metadata.annotations[{CLASS_ANNOTATION}]"
        found.append(f'{path}: deprecated since v1.8; use "storageClassName" attribute instead')
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the "
                     "recommended approach is to use dynamic provisioning.")
    terms = ((spec.get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms") or []
    for index, term in enumerate(terms):
        found += pod_warnings.term_warnings(term, f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]")
    return found


def _claim(spec: Object) -> str:
    reference = spec.get("claimRef")
    return f"{reference.get('namespace') or ''}/{reference.get('name') or ''}" if reference else ""


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a volume."""
    spec = obj.get("spec") or {}
    annotations = obj["metadata"].get("annotations") or {}
    return (
        obj["metadata"].get("name"), str(quantity.of((spec.get("capacity") or {}).get("storage"))),
        cells.access_modes(spec.get("accessModes")), spec.get("persistentVolumeReclaimPolicy") or "", cells.phase(obj),
        _claim(spec), annotations.get(CLASS_ANNOTATION) or spec.get("storageClassName") or "",
        spec.get("volumeAttributesClassName") or cells.UNSET, (obj.get("status") or {}).get("reason") or "",
        cells.age(obj, now), spec.get("volumeMode") or cells.UNSET,
    )


KIND = kinds.Kind(
    group="", kind="PersistentVolume",
    default=default, prepare_create=prepare_create, prepare_update=kinds.keep_status,
    validate=validate, validate_update=validate_update, warnings=warnings,
    columns=(
        kinds.NAME,
        kinds.Column("Capacity", description="How much the volume holds."),
        kinds.Column("Access Modes", description="How the volume may be mounted."),
        kinds.Column("Reclaim Policy", description="What becomes of the volume when its claim is gone."),
        kinds.Column("Status", description="Whether the volume is bound to a claim."),
        kinds.Column("Claim", description="The claim that the volume is bound to."),
        kinds.Column("StorageClass", description="The class of the volume."),
        kinds.Column("VolumeAttributesClass", description="The class of the volume's attributes."),
        kinds.Column("Reason", description="Why the volume is in this state."),
        kinds.AGE,
        kinds.Column("VolumeMode", wide=True, description="Whether it is a file system or a block device."),
    ),
    row=row,
)
