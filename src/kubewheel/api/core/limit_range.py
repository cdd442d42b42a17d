"""LimitRange: how much containers, pods and claims of a namespace may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.api import kinds, names, quantity
from kubewheel.api.defaults import resources as defaults
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import resource_names
from kubewheel.api.validation.faults import Faults, duplicate, each, forbidden, invalid, required
from kubewheel.libs.wire import Object

TYPES = ("Pod", "Container", "PersistentVolumeClaim")
FIELDS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def default(obj: dict[str, Any]) -> None:
    """Derive the defaults of containers from each other and from the bounds."""
    for item in (obj.get("spec") or {}).get("limits") or []:
        defaults.default_amounts(item, *FIELDS)
        if item.get("type") != "Container":
            continue
        limits = {**(item.get("max") or {}), **(item.get("default") or {})}
        requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
        for name, value in (("default", limits), ("defaultRequest", requests)):
            if value:
                defaults.settle(item, name, value)


def _validate_type(kind: str, path: str, seen: set[str]) -> Faults:
    faults = each(path, kind, names.qualified_name(kind))
    if not faults and "/" not in kind and kind not in TYPES:
        faults.append(invalid(path, kind, "must be a standard limit type or fully qualified"))
    if kind in seen:
        faults.append(duplicate(path, kind))
    seen.add(kind)
    return faults


def _validate_names(item: Object, path: str) -> Faults:
    kind = item.get("type") or ""
    of_containers = kind in ("Pod", "Container")
    rule = resource_names.validate_container_name if of_containers else resource_names.validate_name
    faults: Faults = []
    for field in FIELDS:
        amounts = item.get(field) or {}
        if kind == "Pod" and field in ("default", "defaultRequest"):
            if amounts:
                faults.append(forbidden(f"{path}.{field}", "may not be specified when `type` is 'Pod'"))
            continue
        for name in amounts:
            faults += rule(name, f"{path}.{field}[{name}]")
    return faults


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What an item says of one resource."""

    name: str
    path: str
    amounts: Mapping[str, quantity.Quantity]

    def fault(self, field: str, value: quantity.Quantity, detail: str) -> FieldError:
        return invalid(f"{self.path}.{field}[{self.name}]", str(value), detail)


# Which may not be above which, on which field that is faulted, whose value is shown, and their names in the message.
_ORDER = (
    ("min", "max", "min", "min", "min value", "max value"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", "min value", "default request value"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", "default request value", "max value"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest", "default request value", "default limit value"),
    ("min", "default", "default", "min", "min value", "default value"),
    ("default", "max", "default", "max", "default value", "max value"),
)


def _validate_order(bounds: _Bounds) -> Faults:
    faults: Faults = []
    for low, high, field, shown, low_noun, high_noun in _ORDER:
        below, above = bounds.amounts.get(low), bounds.amounts.get(high)
        if below is not None and above is not None and below > above:
            detail = f"{low_noun} {below} is greater than {high_noun} {above}"
            faults.append(bounds.fault(field, bounds.amounts[shown], detail))
    return faults


def _validate_ratio(bounds: _Bounds) -> Faults:
    ratio, low, high = (bounds.amounts.get(field) for field in ("maxLimitRequestRatio", "min", "max"))
    if ratio is None:
        return []
    faults: Faults = []
    if ratio.nanos < quantity.NANO:
        faults.append(bounds.fault("maxLimitRequestRatio", ratio, f"ratio {ratio} is less than 1"))
    if low is not None and high is not None and low.nanos:
        largest = high.nanos / low.nanos
        if ratio.nanos / quantity.NANO > largest:
            detail = f"ratio {ratio} is greater than max/min = {largest:f}"
            faults.append(bounds.fault("maxLimitRequestRatio", ratio, detail))
    return faults


def _validate_item(item: Object, path: str) -> Faults:
    faults = _validate_names(item, path)
    bounded = {*(item.get("min") or {}), *(item.get("max") or {})}
    if item.get("type") == "PersistentVolumeClaim" and "storage" not in bounded:
        detail = "either minimum or maximum storage value is required, but neither was provided"
        faults.append(required(f"{path}.limits", detail))
    fields = [each for each in FIELDS if item.get("type") != "Pod" or not each.startswith("default")]
    for name in dict.fromkeys(name for field in fields for name in item.get(field) or {}):
        amounts = {field: quantity.of(item[field][name]) for field in fields if name in (item.get(field) or {})}
        bounds = _Bounds(name, path, amounts)
        faults += _validate_order(bounds) + _validate_ratio(bounds)
        given, requested = amounts.get("default"), amounts.get("defaultRequest")
        if given is None or requested is None or resource_names.may_overcommit(name) or given == requested:
            continue
        detail = f"default value {given} must equal to defaultRequest value {requested} in {name}"
        faults.append(bounds.fault("defaultRequest", requested, detail))
    return faults


def validate(obj: Object) -> list[FieldError]:
    """Check each item by itself, and that there is one of each type at most."""
    faults: Faults = []
    seen: set[str] = set()
    for index, item in enumerate((obj.get("spec") or {}).get("limits") or []):
        path = f"spec.limits[{index}]"
        faults += _validate_type(item.get("type") or "", f"{path}.type", seen)
        faults += _validate_item(item, path)
    return faults


KIND = kinds.Kind(group="", kind="LimitRange", default=default, validate=validate)
