"""HorizontalPodAutoscaler: changes the number of replicas by what pods are busy with."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.autoscaling import behavior, metrics, version1
from kubewheel.api.defaults.fields import begin_with, fill, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation.faults import Faults, invalid, not_negative
from kubewheel.libs.wire import Object

CPU_PERCENT = 80


def default(scaler: dict[str, Any]) -> None:
    """Complete an autoscaler."""
    spec = part_of(scaler, "spec")
    fill(spec, "minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": CPU_PERCENT}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    if spec.get("behavior") is not None:
        behavior.default(spec["behavior"])


def validate(scaler: Object) -> Faults:
    """Return the faults of an autoscaler."""
    spec = scaler.get("spec") or {}
    low, high = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    faults: Faults = []
    if low is not None and low < 1:
        faults.append(invalid("spec.minReplicas", low, "must be greater than or equal to 1"))
    if high < 1:
        faults.append(invalid("spec.maxReplicas", high, "must be greater than 0"))
    if low is not None and high < low:
        faults.append(invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`"))
    faults += metrics.validate_reference(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef")
    faults += metrics.validate(spec.get("metrics") or [], "spec.metrics")
    return faults + behavior.validate(spec.get("behavior"), "spec.behavior")


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    return not_negative(new.get("status") or {}, "status", "currentReplicas", "desiredReplicas")


def row(scaler: Object, now: float) -> list[Any]:
    """Return the cells of an autoscaler."""
    spec, status = scaler.get("spec") or {}, scaler.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    low = spec.get("minReplicas")
    return [
        cells.name(scaler), f"{target.get('kind') or ''}/{target.get('name') or ''}",
        metrics.summary(spec.get("metrics") or [], status.get("currentMetrics") or []),
        cells.UNSET if low is None else str(low), spec.get("maxReplicas") or 0, status.get("currentReplicas") or 0,
        cells.age(scaler, now),
    ]


KIND = Kind(
    "autoscaling", "HorizontalPodAutoscaler", default=default,
    prepare_create=begin_with(currentMetrics=None, desiredReplicas=0), prepare_update=keep_status, validate=validate,
    validate_status=validate_status, row=row,
    columns=(
        NAME, Column("Reference"), Column("Targets"), Column("MinPods"), Column("MaxPods"), Column("Replicas"), AGE,
    ),
    conversions={"v1": (version1.to_stored, version1.from_stored)},
)
