"""What an autoscaler goes by: checks of metrics, and how they are shown."""

from collections.abc import Callable, Sequence
from typing import Any

from kubewheel.api import cells, names, quantity
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

# The type of a metric -> the field that describes it.
SOURCES = {
    "ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods",
    "Resource": "resource",
}
TARGETS = ("Utilization", "Value", "AverageValue")
SHOWN = 2
UNKNOWN = "<unknown>"


def validate_reference(reference: Object, path: str) -> Faults:
    """Check a reference to an object that is scaled or measured."""
    faults: Faults = []
    for name in ("kind", "name"):
        value = reference.get(name) or ""
        faults += each(f"{path}.{name}", value, names.path_segment(value)) if value else [required(f"{path}.{name}")]
    version = reference.get("apiVersion") or ""
    if version.count("/") > 1:
        faults.append(invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    return faults


def _validate_target(target: Object, path: str) -> Faults:
    kind = target.get("type") or ""
    faults: Faults = []
    if not kind:
        faults.append(required(f"{path}.type", "must specify a metric target type"))
    elif kind not in TARGETS:
        faults.append(invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue"))
    for name in ("value", "averageValue"):
        if target.get(name) is not None and quantity.of(target[name]).nanos <= 0:
            faults.append(invalid(f"{path}.{name}", target[name], "must be positive"))
    if (share := target.get("averageUtilization")) is not None and share < 1:
        faults.append(invalid(f"{path}.averageUtilization", share, "must be greater than 0"))
    return faults


def _validate_metric(metric: Object, path: str) -> Faults:
    name = metric.get("name") or ""
    if not name:
        return [required(f"{path}.name", "must specify a metric name")]
    return each(f"{path}.name", name, names.path_segment(name))


def _validate_object(source: Object, path: str) -> Faults:
    target = source.get("target") or {}
    faults = validate_reference(source.get("describedObject") or {}, f"{path}.describedObject")
    faults += _validate_metric(source.get("metric") or {}, f"{path}.metric")
    faults += _validate_target(target, f"{path}.target")
    if target.get("value") is None and target.get("averageValue") is None:
        detail = "must set either a target value or averageValue"
        faults.append(required(f"{path}.target.averageValue", detail))
    return faults


def _validate_external(source: Object, path: str) -> Faults:
    target = source.get("target") or {}
    faults = _validate_metric(source.get("metric") or {}, f"{path}.metric")
    faults += _validate_target(target, f"{path}.target")
    has_value, has_average = (target.get(name) is not None for name in ("value", "averageValue"))
    if not has_value and not has_average:
        detail = "must set either a target value for metric or a per-pod target"
        faults.append(required(f"{path}.target.averageValue", detail))
    if has_value and has_average:
        detail = "may not set both a target value for metric and a per-pod target"
        faults.append(forbidden(f"{path}.target.value", detail))
    return faults


def _validate_pods(source: Object, path: str) -> Faults:
    target = source.get("target") or {}
    faults = _validate_metric(source.get("metric") or {}, f"{path}.metric")
    faults += _validate_target(target, f"{path}.target")
    if target.get("averageValue") is None or quantity.of(target["averageValue"]).nanos <= 0:
        detail = "must specify a positive target averageValue"
        faults.append(required(f"{path}.target.averageValue", detail))
    return faults


def _validate_resource(source: Object, path: str) -> Faults:
    target = source.get("target") or {}
    faults: Faults = []
    if not source.get("name"):
        faults.append(required(f"{path}.name", "must specify a resource name"))
    faults += _validate_target(target, f"{path}.target")
    has_share, has_average = (target.get(name) is not None for name in ("averageUtilization", "averageValue"))
    if not has_share and not has_average:
        detail = "must set either a target raw value or a target utilization"
        faults.append(required(f"{path}.target.averageUtilization", detail))
    if has_share and has_average:
        detail = "may not set both a target raw value and a target utilization"
        faults.append(forbidden(f"{path}.target.averageValue", detail))
    return faults


def _validate_container_resource(source: Object, path: str) -> Faults:
    faults = _validate_resource(source, path)
    if not source.get("container"):
        faults.append(required(f"{path}.container", "must specify a container name"))
    return faults


_RULES: dict[str, Callable[[Object, str], Faults]] = {
    "object": _validate_object, "external": _validate_external, "pods": _validate_pods,
    "resource": _validate_resource, "containerResource": _validate_container_resource,
}


def _validate_spec(spec: Object, path: str) -> Faults:
    kind = spec.get("type") or ""
    faults: Faults = []
    if not kind:
        faults.append(required(f"{path}.type", "must specify a metric source type"))
    elif kind not in SOURCES:
        faults.append(unsupported(f"{path}.type", kind, SOURCES))
    present = [name for name in _RULES if spec.get(name) is not None]
    if present:
        faults += _RULES[present[0]](spec[present[0]], f"{path}.{present[0]}")
    expected = SOURCES.get(kind)
    if expected is None:
        return faults
    if expected not in present:
        detail = "must populate information for the given metric source"
        faults.append(required(f"{path}.{expected}", detail))
    detail = "must populate the given metric source only"
    return faults + [forbidden(f"{path}.{name}", detail) for name in present if name != expected]


def validate(metrics: Sequence[Object], path: str) -> Faults:
    """Check the metrics of an autoscaler."""
    return [fault for index, spec in enumerate(metrics) for fault in _validate_spec(spec, f"{path}[{index}]")]


def _current(status: Object, field: str, name: str) -> Any:
    return ((status.get(field) or {}).get("current") or {}).get(name)


def _shown(spec: Object, status: Object) -> str:
    field = SOURCES.get(spec.get("type") or "")
    source = spec.get(field or "") or {}
    if field is None:
        return "<unknown type>"
    target = source.get("target") or {}
    if field in ("resource", "containerResource"):
        return f"{source.get('name') or ''}: {_share(target, status, field)}"
    name = "averageValue" if field == "pods" or target.get("averageValue") is not None else "value"
    note = " (avg)" if name == "averageValue" and field != "pods" else ""
    current = _current(status, field, name)
    return f"{UNKNOWN if current is None else current}/{target.get(name)}{note}"


def _share(target: Object, status: Object, field: str) -> str:
    if target.get("averageValue") is not None:
        current = _current(status, field, "averageValue")
        return f"{UNKNOWN if current is None else current}/{target['averageValue']}"
    share, current = target.get("averageUtilization"), _current(status, field, "averageUtilization")
    wanted = "<auto>" if share is None else f"{share}%"
    return f"{UNKNOWN if current is None else f'{current}%'}/{wanted}"


def summary(specs: Sequence[Object], statuses: Sequence[Object]) -> str:
    """Return metrics as `kubectl get` shows them: now and wanted."""
    if not specs:
        return cells.NONE
    listed = [
        _shown(spec, statuses[index] if index < len(statuses) else {}) for index, spec in enumerate(specs)
    ]
    shown = ", ".join(listed[:SHOWN])
    return f"{shown} + {len(listed) - SHOWN} more..." if len(listed) > SHOWN else shown
