"""Columns, subresources and selectable fields of a version: everything that points into objects by a JSON path."""

import re
from collections.abc import Sequence

from kubewheel.api.validation.faults import Faults, duplicate, invalid, required, too_many
from kubewheel.libs.wire import Object

COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
MAX_SELECTABLE = 8
SELECTABLE = ("boolean", "integer", "string")
NOT_SELECTABLE = (
    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
)


def validate_columns(columns: Sequence[Object] | None, path: str) -> Faults:
    """Check the columns of tables."""
    faults: Faults = []
    for index, column in enumerate(columns or ()):
        here, kind, form = f"{path}[{index}]", column.get("type") or "", column.get("format") or ""
        if not column.get("name"):
            faults.append(required(f"{here}.name"))
        if not kind:
            faults.append(required(f"{here}.type", f"must be one of {','.join(COLUMN_TYPES)}"))
        elif kind not in COLUMN_TYPES:
            faults.append(invalid(f"{here}.type", kind, f"must be one of {','.join(COLUMN_TYPES)}"))
        if form and form not in COLUMN_FORMATS:
            faults.append(invalid(f"{here}.format", form, f"must be one of {','.join(COLUMN_FORMATS)}"))
        pointer = column.get("jsonPath") or ""
        if not pointer:
            faults.append(required(f"{here}.JSONPath"))
        elif not pointer.startswith("."):
            faults.append(invalid(f"{here}.JSONPath", pointer, "must be a simple json path starting with ."))
    return faults


def _validate_simple_path(value: str, path: str, roots: Sequence[str], where: str) -> Faults:
    if not value.startswith("."):
        return [invalid(path, value, "must be a simple json path starting with .")]
    if not re.fullmatch(r"(\.[-_A-Za-z0-9]+)+", value):
        return [invalid(path, value, "must be a json path in the dot notation")]
    if not any(value.startswith(f"{root}.") for root in roots):
        return [invalid(path, value, f"should be a json path under {where}")]
    return []


def validate_subresources(subresources: Object | None, path: str) -> Faults:
    """Check where a version keeps its replicas."""
    scale, here = (subresources or {}).get("scale"), f"{path}.scale"
    if scale is None:
        return []
    faults: Faults = []
    for name, root in (("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")):
        value = scale.get(name) or ""
        if value:
            faults += _validate_simple_path(value, f"{here}.{name}", (root,), root)
        else:
            faults.append(required(f"{here}.{name}"))
    if value := scale.get("labelSelectorPath"):
        where = "either .spec or .status"
        faults += _validate_simple_path(value, f"{here}.labelSelectorPath", (".spec", ".status"), where)
    return faults


def validate_selectable(fields: Sequence[Object] | None, schema: Object, path: str) -> Faults:
    """Check fields by which lists can be narrowed."""
    faults: Faults = []
    seen: set[str] = set()
    for index, field in enumerate(fields or ()):
        here, pointer = f"{path}[{index}].jsonPath", field.get("jsonPath") or ""
        if not pointer:
            faults.append(required(here))
            continue
        faults += _validate_pointer(pointer, schema, here)
        if pointer in seen:
            faults.append(duplicate(here, pointer))
        seen.add(pointer)
    return faults + ([too_many(path, len(seen), MAX_SELECTABLE)] if len(seen) > MAX_SELECTABLE else [])


def _validate_pointer(pointer: str, schema: Object, path: str) -> Faults:
    part: Object | None = schema
    names = pointer.removeprefix(".").split(".")
    if "[" in pointer or not pointer.startswith("."):
        return [invalid(path, pointer, "is an invalid path: does not refer to a valid field")]
    if names[0] == "metadata":
        return [invalid(path, pointer, "must not point to fields in metadata")]
    for name in names:
        part = ((part or {}).get("properties") or {}).get(name)
        if part is None:
            return [invalid(path, pointer, f"is an invalid path: does not refer to a valid field: {name}")]
    return [] if (part or {}).get("type") in SELECTABLE else [invalid(path, pointer, NOT_SELECTABLE)]
