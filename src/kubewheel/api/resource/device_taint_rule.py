"""DeviceTaintRule: taints devices that it selects."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import begin_with
from kubewheel.api.kinds import AGE, NAME, Kind, keep_status
from kubewheel.api.storage.csi_names import validate_driver_name
from kubewheel.api.validation import conditions, labels
from kubewheel.api.validation.faults import Faults, each, required, unsupported
from kubewheel.libs.wire import Object

EFFECTS = ("NoExecute", "NoSchedule", "None")


def validate(rule: Object) -> Faults:
    """Return the faults of a DeviceTaintRule."""
    spec = rule.get("spec") or {}
    taint, selector = spec.get("taint") or {}, spec.get("deviceSelector")
    faults: Faults = []
    if selector is not None and selector.get("driver") is not None:
        faults += validate_driver_name(selector["driver"], "spec.deviceSelector.driver")
    faults += labels.validate_label_name(taint.get("key") or "", "spec.taint.key")
    if value := taint.get("value"):
        faults += each("spec.taint.value", value, names.label_value(value))
    effect = taint.get("effect") or ""
    if not effect:
        faults.append(required("spec.taint.effect"))
    elif effect not in EFFECTS:
        faults.append(unsupported("spec.taint.effect", effect, EFFECTS))
    return faults


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    return conditions.validate_conditions((new.get("status") or {}).get("conditions"), "status.conditions")


def row(rule: Object, now: float) -> list[Any]:
    """Return the cells of a DeviceTaintRule."""
    return [cells.name(rule), cells.age(rule, now)]


KIND = Kind(
    "resource.k8s.io", "DeviceTaintRule", prepare_create=begin_with(), prepare_update=keep_status, validate=validate,
    validate_status=validate_status, has_generation=True, row=row, columns=(NAME, AGE),
)
