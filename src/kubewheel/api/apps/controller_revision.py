"""ControllerRevision: a state that a StatefulSet or DaemonSet once had."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation.faults import NEGATIVE, Faults, immutable, invalid, required
from kubewheel.libs.wire import Object


def default(revision: dict[str, Any]) -> None:
    """Number a revision that has no number."""
    revision.setdefault("revision", 0)


def validate(revision: Object) -> Faults:
    """Return the faults of a ControllerRevision."""
    faults = [] if revision.get("data") is not None else [required("data", "data is mandatory")]
    if (revision.get("revision") or 0) < 0:
        faults.append(invalid("revision", revision["revision"], NEGATIVE))
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that what was stays what it was."""
    return immutable("data", new.get("data"), old.get("data"))


def _controller(revision: Object) -> str:
    for owner in (revision.get("metadata") or {}).get("ownerReferences") or []:
        if owner.get("controller"):
            group = str(owner.get("apiVersion") or "").rpartition("/")[0]
            kind = str(owner.get("kind") or "").lower()
            return f"{kind}.{group}/{owner.get('name')}" if group else f"{kind}/{owner.get('name')}"
    return cells.NONE


def row(revision: Object, now: float) -> list[Any]:
    """Return the cells of a ControllerRevision."""
    return [cells.name(revision), _controller(revision), revision.get("revision") or 0, cells.age(revision, now)]


KIND = Kind(
    "apps", "ControllerRevision", default=default, validate=validate, validate_update=validate_update, row=row,
    columns=(NAME, Column("Controller"), Column("Revision"), AGE),
)
