"""VolumeAttachment: the wish that a volume be attached to a node."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.storage import csi_names
from kubewheel.api.validation.faults import Faults, each, invalid, not_negative, required, too_long
from kubewheel.libs.wire import Object

METADATA_BYTES = 256 * 1024
MESSAGE_BYTES = 1024


def prepare_create(attachment: dict[str, Any]) -> None:
    """Start detached."""
    attachment["status"] = {"attached": False}


def _validate_source(source: Object, path: str) -> Faults:
    inline, volume = source.get("inlineVolumeSpec"), source.get("persistentVolumeName")
    if (inline is None) == (volume is None):
        detail = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        return [required(path, detail)] if inline is None else [invalid(path, dict(source), detail)]
    if volume == "":
        return [required(f"{path}.persistentVolumeName", "must specify non empty persistentVolumeName")]
    return []


def validate(attachment: Object) -> Faults:
    """Return the faults of a VolumeAttachment."""
    spec = attachment.get("spec") or {}
    attacher, node = spec.get("attacher") or "", spec.get("nodeName") or ""
    faults = csi_names.validate_driver_name(attacher, "spec.attacher")
    faults += _validate_source(spec.get("source") or {}, "spec.source")
    faults += each("spec.nodeName", node, names.dns_subdomain(node)) if node else [required("spec.nodeName")]
    return faults + _validate_state(attachment.get("status") or {})


def _validate_state(status: Object) -> Faults:
    faults: Faults = []
    known = status.get("attachmentMetadata") or {}
    if sum(len(key) + len(value) for key, value in known.items()) > METADATA_BYTES:
        faults.append(too_long("status.attachmentMetadata", METADATA_BYTES))
    for name in ("attachError", "detachError"):
        error = status.get(name) or {}
        if len(error.get("message") or "") > MESSAGE_BYTES:
            faults.append(too_long(f"status.{name}.message", MESSAGE_BYTES))
        faults += not_negative(error, f"status.{name}", "errorCode")
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that the wish stays."""
    if new.get("spec") == old.get("spec"):
        return []
    return [invalid("spec", new.get("spec"), "field is immutable")]


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    return _validate_state(new.get("status") or {})


def row(attachment: Object, now: float) -> list[Any]:
    """Return the cells of a VolumeAttachment."""
    spec, status = attachment.get("spec") or {}, attachment.get("status") or {}
    return [
        cells.name(attachment), spec.get("attacher") or "",
        (spec.get("source") or {}).get("persistentVolumeName") or "", spec.get("nodeName") or "",
        bool(status.get("attached")), cells.age(attachment, now),
    ]


KIND = Kind(
    "storage.k8s.io", "VolumeAttachment", prepare_create=prepare_create, prepare_update=keep_status,
    validate=validate, validate_update=validate_update, validate_status=validate_status, row=row,
    columns=(
        NAME, Column("Attacher", format="name"), Column("PV"), Column("Node"), Column("Attached", "boolean"), AGE,
    ),
)
