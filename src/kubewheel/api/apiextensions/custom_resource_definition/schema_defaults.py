"""Defaults in schemas: they keep to the schema that they stand in, or the definition is refused."""

from dataclasses import replace
from typing import Any

from kubewheel.api import objects
from kubewheel.api.apiextensions.custom_resource_definition.structural import EMBEDDED, child
from kubewheel.api.custom import lists, structure, values
from kubewheel.api.errors import FieldError
from kubewheel.api.validation.faults import Faults, forbidden, invalid
from kubewheel.libs.wire import Object


def validate(schema: Object, path: str) -> Faults:
    """Return the faults of the defaults in a structural schema."""
    faults = _validate_part(schema, path)
    for name, part in (schema.get("properties") or {}).items():
        here = child(path, "properties", name)
        if name in structure.IDENTITY and path.endswith("openAPIV3Schema"):
            faults += _forbid(part, here, name)
        else:
            faults += validate(part, here)
    if isinstance(items := schema.get("items"), dict):
        faults += validate(items, child(path, "items"))
    if isinstance(others := schema.get("additionalProperties"), dict):
        faults += validate(others, child(path, "additionalProperties"))
    return faults


def _forbid(part: Object, path: str, name: str) -> Faults:
    faults = [forbidden(child(path, "default"), f"must not be set in top-level {name}")] if _has(part) else []
    for inner, each in (part.get("properties") or {}).items():
        faults += _forbid(each, child(path, "properties", inner), name)
    return faults


def _has(schema: Object) -> bool:
    return schema.get("default") is not None


def _validate_part(schema: Object, path: str) -> Faults:
    if not _has(schema):
        return []
    here, default = child(path, "default"), schema["default"]
    faults: Faults = []
    pruned = objects.copy({"": default})
    if structure.prune_value(pruned[""], schema) or pruned[""] != default:
        faults.append(invalid(here, default, "must not have unknown fields"))
    wrong = values.validate(default, {**schema, "default": None}, "")
    if not wrong and isinstance(default, dict) and not schema.get(EMBEDDED):
        wrong = lists.validate(default, schema)
    return faults + [_moved(fault, here) for fault in wrong]


def _moved(fault: FieldError, path: str) -> FieldError:
    """Return a fault of a value as one of the default that holds it."""
    inner: Any = fault.field
    where = path if inner in ("", values.NOWHERE) else f"{path}{'' if inner.startswith('[') else '.'}{inner}"
    return replace(fault, field=where)
