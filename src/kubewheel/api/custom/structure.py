"""Structural schemas at work on objects: unknown fields go, defaults come, embedded metadata gets its kept form.

Rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
"""

from collections.abc import Callable, Iterator
from typing import Any

from kubewheel.api import fields, objects
from kubewheel.libs.wire import Object

PRESERVE, EMBEDDED = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"
IDENTITY = ("apiVersion", "kind", "metadata")


def child(path: str, name: str) -> str:
    """Return the path of a field below `path`, which is empty for the object itself."""
    return f"{path}.{name}" if path else name


def additional(schema: Object) -> Object | None:
    """Return the schema of values whose keys no property names."""
    found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else {} if found is True else None


def property_of(schema: Object, name: str) -> Object | None:
    """Return the schema of the field `name`, or None if the schema has none."""
    found = (schema.get("properties") or {}).get(name)
    return found if found is not None else additional(schema)


def prune(obj: dict[str, Any], schema: Object) -> list[str]:
    """Drop what the schema does not know, in place, and return its paths, sorted."""
    unknown: list[str] = []
    _prune(obj, {**schema, EMBEDDED: True}, "", unknown)
    return sorted(unknown)


def prune_value(value: Any, schema: Object) -> list[str]:
    """Drop what the schema of a part does not know from a value of it, in place, and return its paths."""
    unknown: list[str] = []
    _prune(value, schema, "", unknown)
    return unknown


def _prune(value: Any, schema: Object, path: str, unknown: list[str]) -> None:
    if type(value) is list:
        items = schema.get("items")
        if items is None and schema.get(PRESERVE):
            return
        for index, item in enumerate(value):
            _prune(item, items or {}, f"{path}[{index}]", unknown)
    elif type(value) is dict:
        _prune_map(value, schema, path, unknown)


def _prune_map(value: dict[str, Any], schema: Object, path: str, unknown: list[str]) -> None:
    for name in [*value]:
        here = child(path, name)
        if schema.get(EMBEDDED) and name in IDENTITY:
            if name == "metadata" and path:
                _clean_embedded(value, here, unknown)
            continue
        known = property_of(schema, name)
        if known is not None:
            _prune(value[name], known, here, unknown)
        elif not schema.get(PRESERVE):
            unknown.append(here)
            del value[name]


def _clean_embedded(value: dict[str, Any], path: str, unknown: list[str]) -> None:
    try:
        unknown += [path.removesuffix("metadata") + each for each in fields.clean_metadata(value)]
    except ValueError:
        return  # Validation says what is wrong with it.


def fill(value: Any, schema: Object) -> None:
    """Set defaults where fields are missing, and drop nulls that may not be, in place."""
    if type(value) is dict:
        _fill_map(value, schema)
    elif type(value) is list and (items := schema.get("items")):
        for item in value:
            fill(item, items)


def _fill_map(value: dict[str, Any], schema: Object) -> None:
    known = schema.get("properties") or {}
    for name, part in known.items():
        if name in value and (value[name] is not None or part.get("nullable")):
            continue
        default = part.get("default")
        if default is not None:
            value[name] = objects.copy({"": default})[""]
        else:
            value.pop(name, None)
    others = additional(schema)
    for name in [*value]:
        part = known.get(name, others)
        if part is None:
            continue
        if value[name] is None and part and not part.get("nullable"):
            del value[name]
        else:
            fill(value[name], part)


def has_defaults(schema: Object) -> bool:
    """Tell whether some part of the schema has a default."""
    return any("default" in part for part in parts(schema))


def parts(schema: Object) -> Iterator[Object]:
    """Yield the schema and all schemas that describe parts of the same objects."""
    yield schema
    for part in (schema.get("properties") or {}).values():
        yield from parts(part)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from parts(schema[name])


def visit(
    value: Any, schema: Object, see: Callable[[Any, Object, str], None], path: str = "",
) -> None:
    """Call `see` for every value that the schema describes, the outermost first."""
    see(value, schema, path)
    if type(value) is dict:
        for name, item in value.items():
            part = property_of(schema, name)
            if part:
                keyed = name not in (schema.get("properties") or {})
                visit(item, part, see, f"{path}[{name}]" if keyed else child(path, name))
    elif type(value) is list and (items := schema.get("items")):
        for index, item in enumerate(value):
            visit(item, items, see, f"{path}[{index}]")
