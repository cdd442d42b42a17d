"""RuntimeClass: a way to run containers."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation import labels, resources, tolerations
from kubewheel.api.validation.faults import Faults, each, immutable, invalid
from kubewheel.libs.wire import Object

GROUP = "node.k8s.io"


def _validate_scheduling(scheduling: Object | None, path: str) -> Faults:
    if scheduling is None:
        return []
    faults = labels.validate_labels(scheduling.get("nodeSelector"), f"{path}.nodeSelector")
    listed = scheduling.get("tolerations") or []
    faults += tolerations.validate_tolerations(listed, f"{path}.tolerations")
    seen: list[Object] = []
    for index, toleration in enumerate(listed):
        if toleration in seen:
            faults.append(invalid(f"{path}.tolerations[{index}]", toleration, "toleration must be unique"))
        seen.append(toleration)
    return faults


def validate(runtime_class: Object) -> Faults:
    """Return the faults of a RuntimeClass."""
    handler = runtime_class.get("handler") or ""
    faults = each("handler", handler, names.dns_label(handler))
    overhead = runtime_class.get("overhead")
    if overhead is not None:
        needs = {"limits": overhead.get("podFixed") or {}}
        faults += [
            type(fault)(fault.field.replace("overhead.limits", "overhead"), fault.type, fault.value, fault.detail)
            for fault in resources.validate_requirements(needs, "overhead")
        ]
    return faults + _validate_scheduling(runtime_class.get("scheduling"), "scheduling")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a class keeps its handler."""
    return immutable("handler", new.get("handler"), old.get("handler"))


def row(runtime_class: Object, now: float) -> list[Any]:
    """Return the cells of a RuntimeClass."""
    return [cells.name(runtime_class), runtime_class.get("handler") or "", cells.age(runtime_class, now)]


KIND = Kind(
    GROUP, "RuntimeClass", validate=validate, validate_update=validate_update, row=row,
    columns=(NAME, Column("Handler", description="How the node's runtime calls it."), AGE),
)
