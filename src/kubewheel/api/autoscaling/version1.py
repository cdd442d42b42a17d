"""autoscaling/v1: knows one metric, the share of CPU; the rest of what v2 knows travels in annotations."""

import json
from collections.abc import Mapping
from typing import Any

from kubewheel.libs.wire import Object

PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS, CURRENT, CONDITIONS, BEHAVIOR = (
    f"{PREFIX}{name}" for name in ("metrics", "current-metrics", "conditions", "behavior")
)

# For each kind of source: (name in v1, path in v2) of every field; `*` stands for target or current.
_FIELDS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "object": (
        ("target", ("describedObject",)), ("metricName", ("metric", "name")), ("selector", ("metric", "selector")),
        ("*Value", ("*", "value")), ("averageValue", ("*", "averageValue")),
    ),
    "pods": (
        ("metricName", ("metric", "name")), ("selector", ("metric", "selector")),
        ("*AverageValue", ("*", "averageValue")),
    ),
    "resource": (
        ("name", ("name",)), ("*AverageUtilization", ("*", "averageUtilization")),
        ("*AverageValue", ("*", "averageValue")),
    ),
    "containerResource": (
        ("name", ("name",)), ("container", ("container",)),
        ("*AverageUtilization", ("*", "averageUtilization")), ("*AverageValue", ("*", "averageValue")),
    ),
    "external": (
        ("metricName", ("metric", "name")), ("metricSelector", ("metric", "selector")),
        ("*Value", ("*", "value")), ("*AverageValue", ("*", "averageValue")),
    ),
}


def _get(part: Object, path: tuple[str, ...]) -> Any:
    for name in path[:-1]:
        part = part.get(name) or {}
    return part.get(path[-1])


def _put(part: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        part = part.setdefault(name, {})
    part[path[-1]] = value


def older(metric: Object, side: str) -> dict[str, Any]:
    """Return a metric of v2 in the form of v1; `side` is target for what is wanted, current for what is."""
    made: dict[str, Any] = {"type": metric.get("type") or ""}
    for field, names in _FIELDS.items():
        source = metric.get(field)
        if source is None:
            continue
        made[field] = {}
        for old, path in names:
            value = _get(source, tuple(side if step == "*" else step for step in path))
            if value is not None:
                made[field][old.replace("*", side)] = value
    return made


def newer(metric: Object, side: str) -> dict[str, Any]:
    """Return a metric of v1 in the form of v2."""
    made: dict[str, Any] = {"type": metric.get("type") or ""}
    for field, names in _FIELDS.items():
        source = metric.get(field)
        if source is None:
            continue
        made[field] = {side: {}}
        for old, path in names:
            value = source.get(old.replace("*", side))
            if value is not None:
                _put(made[field], tuple(side if step == "*" else step for step in path), value)
        if side == "target":
            made[field][side]["type"] = _target_type(made[field][side])
    return made


def _target_type(target: Object) -> str:
    if target.get("averageUtilization") is not None:
        return "Utilization"
    return "AverageValue" if target.get("averageValue") is not None else "Value"


def _is_cpu(metric: Object) -> bool:
    return metric.get("type") == "Resource" and (metric.get("resource") or {}).get("name") == "cpu"


def _capitalised(value: Any, *, down: bool) -> Any:
    """Return `value` with the first letters of its keys changed: the annotation has Go's names of fields."""
    if isinstance(value, Mapping):
        return {
            (key[:1].lower() if down else key[:1].upper()) + key[1:]: _capitalised(each, down=down)
            for key, each in value.items()
        }
    return [_capitalised(each, down=down) for each in value] if isinstance(value, list) else value


def _read(annotations: dict[str, Any], name: str) -> Any:
    """Take an annotation away and return what it holds; people write annotations, so it may hold nonsense."""
    try:
        return json.loads(annotations.pop(name, "null"))
    except ValueError:
        return None


def _read_list(annotations: dict[str, Any], name: str) -> list[Any]:
    found = _read(annotations, name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def to_stored(scaler: dict[str, Any]) -> None:
    """Give an autoscaler of v1 the form of v2."""
    spec = scaler["spec"] = dict(scaler.get("spec") or {})
    metadata = scaler["metadata"] = dict(scaler.get("metadata") or {})
    annotations = dict(metadata.get("annotations") or {})
    metrics = [newer(each, "target") for each in _read_list(annotations, METRICS)]
    share = spec.pop("targetCPUUtilizationPercentage", None)
    if share is not None:
        target = {"type": "Utilization", "averageUtilization": share}
        metrics.insert(0, {"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if metrics:
        spec["metrics"] = metrics
    _status_to_stored(scaler, annotations)
    metadata["annotations"] = annotations
    take_behavior(scaler)


def take_behavior(scaler: dict[str, Any]) -> None:
    """Move the behavior from its annotation to the spec."""
    metadata = scaler.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    behavior = _read(annotations, BEHAVIOR)
    if isinstance(behavior, Mapping):
        scaler.setdefault("spec", {})["behavior"] = _capitalised(behavior, down=True)
    if not annotations:
        metadata.pop("annotations", None)


def put_behavior(scaler: dict[str, Any]) -> None:
    """Move the behavior from the spec to an annotation."""
    behavior = (scaler.get("spec") or {}).pop("behavior", None)
    if behavior is not None:
        metadata = scaler.setdefault("metadata", {})
        metadata["annotations"] = {
            **(metadata.get("annotations") or {}), BEHAVIOR: _text(_capitalised(behavior, down=False)),
        }


def _status_to_stored(scaler: dict[str, Any], annotations: dict[str, Any]) -> None:
    current = [newer(each, "current") for each in _read_list(annotations, CURRENT)]
    conditions = _read_list(annotations, CONDITIONS)
    status = dict(scaler.get("status") or {})
    share = status.pop("currentCPUUtilizationPercentage", None)
    if share is not None and not any(_is_cpu(each) for each in current):
        found = {"averageUtilization": share}
        current.insert(0, {"type": "Resource", "resource": {"name": "cpu", "current": found}})
    if current:
        status["currentMetrics"] = current
    if conditions:
        status["conditions"] = [dict(each) for each in conditions]
    if status or "status" in scaler:
        scaler["status"] = status


def from_stored(scaler: dict[str, Any]) -> None:
    """Give an autoscaler of v2 the form of v1."""
    spec = scaler["spec"] = dict(scaler.get("spec") or {})
    metadata = scaler["metadata"] = dict(scaler.get("metadata") or {})
    annotations = dict(metadata.get("annotations") or {})
    metrics = spec.pop("metrics", None) or []
    others = []
    for metric in metrics:
        share = ((metric.get("resource") or {}).get("target") or {}).get("averageUtilization")
        if _is_cpu(metric) and share is not None:
            spec.setdefault("targetCPUUtilizationPercentage", share)
        else:
            others.append(older(metric, "target"))
    if others:
        annotations[METRICS] = _text(others)
    _status_from_stored(scaler, annotations)
    if annotations:
        metadata["annotations"] = annotations
    put_behavior(scaler)


def _status_from_stored(scaler: dict[str, Any], annotations: dict[str, Any]) -> None:
    if "status" not in scaler:
        return
    status = scaler["status"] = {"currentReplicas": 0, "desiredReplicas": 0, **(scaler["status"] or {})}
    current = status.pop("currentMetrics", None) or []
    conditions = status.pop("conditions", None) or []
    for metric in current:
        share = ((metric.get("resource") or {}).get("current") or {}).get("averageUtilization")
        if _is_cpu(metric) and share is not None:
            status.setdefault("currentCPUUtilizationPercentage", share)
    if current:
        annotations[CURRENT] = _text([older(each, "current") for each in current])
    if conditions:
        annotations[CONDITIONS] = _text(conditions)


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
