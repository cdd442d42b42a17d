"""Namespace: a room of its own for the names of other objects."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds, names
from kubewheel.api.defaults.resources import settle
from kubewheel.api.errors import FieldError
from kubewheel.api.validation.faults import Faults, each, invalid
from kubewheel.libs.wire import Object

FINALIZER = "kubernetes"
NAME_LABEL = "kubernetes.io/metadata.name"
STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")


def prepare_create(obj: dict[str, Any]) -> None:
    """Start active, and keep the namespace until it has been emptied."""
    obj["status"] = {"phase": "Active"}
    spec = obj.get("spec") or {}
    finalizers = spec.get("finalizers") or []
    obj["spec"] = {**spec, "finalizers": finalizers if FINALIZER in finalizers else [*finalizers, FINALIZER]}


def prepare_update(new: dict[str, Any], old: Object) -> None:
    """Keep status and finalizers, which have subresources of their own."""
    kinds.keep_status(new, old)
    finalizers = (old.get("spec") or {}).get("finalizers")
    spec = dict(new.get("spec") or {})
    spec.pop("finalizers", None)
    new["spec"] = {**spec, "finalizers": finalizers} if finalizers else spec


def default(obj: dict[str, Any]) -> None:
    """Label the namespace with its name, so that selectors can choose it."""
    metadata = obj["metadata"]
    if metadata.get("name"):
        settle(metadata, "labels", {**(metadata.get("labels") or {}), NAME_LABEL: metadata["name"]})
    status = obj.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Active"


def validate(obj: Object) -> list[FieldError]:
    """Check the finalizers of the spec."""
    faults: Faults = []
    for name in (obj.get("spec") or {}).get("finalizers") or []:
        faults += each("spec.finalizers", name, names.qualified_name(name))
        if "/" not in name and name not in STANDARD_FINALIZERS:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            faults.append(invalid("spec.finalizers", name, detail))
    return faults


def validate_status(new: Object, _old: Object) -> list[FieldError]:
    """Check that the phase agrees with whether the namespace is being deleted."""
    phase = (new.get("status") or {}).get("phase") or ""
    if not new["metadata"].get("deletionTimestamp"):
        if phase != "Active":
            return [invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty")]
    elif phase != "Terminating":
        return [invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
    return []


def _phase(obj: Object) -> str:
    return (obj.get("status") or {}).get("phase") or ""


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a namespace."""
    return obj["metadata"].get("name"), _phase(obj), cells.age(obj, now)


KIND = kinds.Kind(
    group="", kind="Namespace",
    default=default, prepare_create=prepare_create, prepare_update=prepare_update,
    validate=validate, validate_status=validate_status, validate_name=names.dns_label,
    columns=(kinds.NAME, kinds.Column("Status", description="The status of the namespace"), kinds.AGE),
    row=row, selectable={"status.phase": _phase},
)
