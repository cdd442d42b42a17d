"""PodDisruptionBudget: how many pods may be missing at once."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.defaults.fields import begin_with
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import conditions, int_or_percent, labels
from kubewheel.api.validation.faults import Faults, invalid, not_negative, option
from kubewheel.libs.wire import Object

EVICTION_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
COUNTERS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
ABSENT = "N/A"


def validate(budget: Object) -> Faults:
    """Return the faults of a PodDisruptionBudget."""
    spec = budget.get("spec") or {}
    faults: Faults = []
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        faults.append(invalid("spec", dict(spec), "minAvailable and maxUnavailable cannot be both set"))
    for name in ("minAvailable", "maxUnavailable"):
        if (value := spec.get(name)) is not None:
            faults += int_or_percent.validate_int_or_percent(value, f"spec.{name}")
            faults += int_or_percent.validate_at_most_all(value, f"spec.{name}")
    faults += labels.validate_label_selector(spec.get("selector"), "spec.selector")
    return faults + option("spec.unhealthyPodEvictionPolicy", spec.get("unhealthyPodEvictionPolicy"), EVICTION_POLICIES)


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    status = new.get("status") or {}
    faults = conditions.validate_conditions(status.get("conditions"), "status.conditions")
    return faults + not_negative(status, "status", *COUNTERS)


def row(budget: Object, now: float) -> list[Any]:
    """Return the cells of a PodDisruptionBudget."""
    spec, status = budget.get("spec") or {}, budget.get("status") or {}
    limits = [str(spec[name]) if spec.get(name) is not None else ABSENT for name in ("minAvailable", "maxUnavailable")]
    return [cells.name(budget), *limits, status.get("disruptionsAllowed") or 0, cells.age(budget, now)]


KIND = Kind(
    "policy", "PodDisruptionBudget", prepare_create=begin_with(**dict.fromkeys(COUNTERS, 0)),
    prepare_update=keep_status, validate=validate, validate_status=validate_status, has_generation=True, row=row,
    columns=(
        NAME, Column("Min Available"), Column("Max Unavailable"), Column("Allowed Disruptions", "integer"), AGE,
    ),
)
