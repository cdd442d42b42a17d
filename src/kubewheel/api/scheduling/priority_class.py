"""PriorityClass: how important pods are."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.defaults.fields import fill_empty
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.scheduling import bootstrap
from kubewheel.api.validation.faults import Faults, choice, forbidden, immutable
from kubewheel.libs.wire import Object

GROUP = "scheduling.k8s.io"
POLICIES = ("PreemptLowerPriority", "Never")
RESERVED_PREFIX = "system-"
RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: "


def default(priority_class: dict[str, Any]) -> None:
    """Complete a PriorityClass."""
    fill_empty(priority_class, "preemptionPolicy", POLICIES[0])
    priority_class.setdefault("value", 0)


def _system_fault(name: str, priority_class: Object) -> str:
    """Return why a class with a reserved name is not the one that the name is reserved for."""
    wanted = bootstrap.VALUES.get(name)
    if wanted is None:
        return f"{name} is not a known system priority class"
    if (priority_class.get("value") or 0) != wanted:
        return f"value of {name} PriorityClass must be {wanted}"
    if priority_class.get("globalDefault"):
        return f"globalDefault of {name} PriorityClass must be false"
    return ""


def validate(priority_class: Object) -> Faults:
    """Return the faults of a PriorityClass."""
    name = cells.name(priority_class)
    faults: Faults = []
    if name.startswith(RESERVED_PREFIX):
        if fault := _system_fault(name, priority_class):
            faults.append(forbidden("metadata.name", RESERVED + fault))
    elif (priority_class.get("value") or 0) > bootstrap.HIGHEST_OF_USERS:
        detail = f"maximum allowed value of a user defined priority is {bootstrap.HIGHEST_OF_USERS}"
        faults.append(forbidden("value", detail))
    if (policy := priority_class.get("preemptionPolicy")) is not None:
        faults += choice("preemptionPolicy", policy, POLICIES)
    return faults


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a class means what it always did."""
    faults: Faults = []
    if (new.get("value") or 0) != (old.get("value") or 0):
        faults.append(forbidden("value", "may not be changed in an update."))
    return faults + immutable("preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))


def row(priority_class: Object, now: float) -> list[Any]:
    """Return the cells of a PriorityClass."""
    return [
        cells.name(priority_class), priority_class.get("value") or 0, bool(priority_class.get("globalDefault")),
        cells.age(priority_class, now), priority_class.get("preemptionPolicy") or "",
    ]


KIND = Kind(
    GROUP, "PriorityClass", default=default, validate=validate, validate_update=validate_update,
    has_generation=True, row=row,
    columns=(
        NAME, Column("Value", "integer"), Column("Global-Default", "boolean"), AGE, Column("PreemptionPolicy"),
    ),
)
