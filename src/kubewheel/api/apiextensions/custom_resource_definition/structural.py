"""Whether a schema is structural: it says the type of everything, and what restricts values adds nothing to that.

Rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
#specifying-a-structural-schema
"""

from collections.abc import Iterator, Mapping
from typing import Any

from kubewheel.api.custom import patterns
from kubewheel.api.errors import FieldError
from kubewheel.api.validation.faults import Faults, forbidden, invalid, required
from kubewheel.libs.wire import Object

PRESERVE, INT_OR_STRING = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"
EMBEDDED, LIST_TYPE = "x-kubernetes-embedded-resource", "x-kubernetes-list-type"
LIST_KEYS, MAP_TYPE = "x-kubernetes-list-map-keys", "x-kubernetes-map-type"
RULES = "x-kubernetes-validations"
JUNCTORS = ("anyOf", "allOf", "oneOf")

# What stands only in the skeleton, not below allOf, anyOf, oneOf and not; and what it must be there.
SKELETON: Mapping[str, str] = {
    "type": "empty", "additionalProperties": "undefined", "default": "undefined", "title": "empty",
    "description": "empty", "nullable": "false", PRESERVE: "false", EMBEDDED: "false", INT_OR_STRING: "false",
    LIST_KEYS: "empty", LIST_TYPE: "undefined", MAP_TYPE: "undefined", RULES: "empty",
}
# Where x-kubernetes-int-or-string is set, these spell out what it says.
INT_OR_STRING_FORM: list[dict[str, str]] = [{"type": "integer"}, {"type": "string"}]
NAMES_ONLY = frozenset({"name", "generateName"})
ROOT, FIELD, ITEM = "at the root", "for specified object fields", "for specified array items"


def child(path: str, name: str, key: Any = None) -> str:
    """Return the path of a part of a schema."""
    return f"{path}.{name}" if key is None else f"{path}.{name}[{key}]"


def validate(schema: Object, path: str) -> Faults:
    """Return why a schema is not structural, sorted."""
    faults = [*_invariants(schema, path, ROOT), *_completeness(schema, schema, path, path)]
    return sorted(faults, key=str)


def _invariants(schema: Object, path: str, level: str) -> Iterator[FieldError]:
    items = schema.get("items")
    if schema.get("type") == "array" and items is None:
        yield required(child(path, "items"), "must be specified")
    if isinstance(items, dict):
        yield from _invariants(items, child(path, "items"), ITEM)
    for name, part in (schema.get("properties") or {}).items():
        yield from _invariants(part, child(path, "properties", name), FIELD)
    yield from _additional(schema, path, level)
    yield from _type(schema, path, level)
    yield from _extensions(schema, path)
    yield from _values(schema, path)
    yield from _about(schema, path, level)


def _additional(schema: Object, path: str, level: str) -> Iterator[FieldError]:
    additional, here = schema.get("additionalProperties"), child(path, "additionalProperties")
    if additional is None:
        return
    if level == ROOT:
        yield forbidden(here, "must not be used at the root")
    if schema.get(EMBEDDED):
        yield forbidden(here, "must not be used if x-kubernetes-embedded-resource is set")
    if isinstance(additional, dict):
        yield from _invariants(additional, here, FIELD)


def _type(schema: Object, path: str, level: str) -> Iterator[FieldError]:
    kind, here = schema.get("type") or "", child(path, "type")
    if schema.get(EMBEDDED) and kind != "object":
        detail = "must be object if x-kubernetes-embedded-resource is true"
        yield invalid(here, kind, detail) if kind else required(here, detail)
    elif not kind and not schema.get(INT_OR_STRING) and not schema.get(PRESERVE):
        yield required(here, f"must not be empty {level}")
    if level == ROOT and kind and kind != "object":
        yield invalid(here, kind, "must be object at the root")


def _extensions(schema: Object, path: str) -> Iterator[FieldError]:
    if schema.get(INT_OR_STRING):
        for name in (PRESERVE, EMBEDDED):
            if schema.get(name):
                yield invalid(child(path, name), True, "must be false if x-kubernetes-int-or-string is true")
    if schema.get(EMBEDDED) and not schema.get("properties") and not schema.get(PRESERVE):
        yield required(
            child(path, "properties"),
            f"must not be empty if {EMBEDDED} is true without {PRESERVE}",
        )


def _about(schema: Object, path: str, level: str) -> Iterator[FieldError]:
    """Check what a schema says of apiVersion, kind and metadata, where these are what they are everywhere."""
    known = schema.get("properties") or {}
    is_object = level == ROOT or bool(schema.get(EMBEDDED))
    for name, kind in (("kind", "string"), ("apiVersion", "string"), ("metadata", "object")):
        if is_object and name in known and known[name].get("type") != kind:
            yield invalid(child(path, "properties", name) + ".type", known[name].get("type") or "", f"must be {kind}")
    metadata = known.get("metadata")
    if metadata is None or level != ROOT:
        return
    allowed = {"type", "default", "properties"}
    if {*(metadata.get("properties") or {})} - NAMES_ONLY or any(
        value for name, value in metadata.items() if name not in allowed and name != "description"
    ):
        detail = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        yield forbidden(child(path, "properties", "metadata"), detail)


def _values(schema: Object, path: str) -> Iterator[FieldError]:
    """Check what restricts the values that the skeleton describes."""
    spelled = schema.get("anyOf") == INT_OR_STRING_FORM
    first = (schema.get("allOf") or [{}])[0].get("anyOf") == INT_OR_STRING_FORM
    for name in JUNCTORS:
        for index, part in enumerate(schema.get(name) or []):
            if name == "anyOf" and spelled:
                continue
            skips = name == "allOf" and first and index == 0
            yield from _nested({**part, "anyOf": []} if skips else part, child(path, name, index))
    if isinstance(schema.get("not"), dict):
        yield from _nested(schema["not"], child(path, "not"))
    if pattern := schema.get("pattern"):
        try:
            patterns.compiled(pattern)
        except patterns.Unreadable as error:
            yield invalid(
                child(path, "pattern"), pattern, f"must be a valid regular expression, but isn't: {error}",
            )


def _nested(schema: Object, path: str) -> Iterator[FieldError]:
    yield from _values(schema, path)
    if isinstance(schema.get("items"), dict):
        yield from _nested(schema["items"], child(path, "items"))
    for name, part in (schema.get("properties") or {}).items():
        yield from _nested(part, child(path, "properties", name))
    for name, wanted in SKELETON.items():
        if schema.get(name) not in (None, "", False, []):
            yield forbidden(child(path, name), f"must be {wanted} to be structural")
    if "metadata" in (schema.get("properties") or {}):
        yield forbidden(child(path, "properties", "metadata"), "must not be specified in a nested context")


def _completeness(restricting: Object, schema: Object | None, path: str, where: str) -> Iterator[FieldError]:
    """Check that the skeleton has every field that restrictions name."""
    for name in JUNCTORS:
        for index, part in enumerate(restricting.get(name) or []):
            yield from _complete(part, schema, path, child(where, name, index))
    if isinstance(restricting.get("not"), dict):
        yield from _complete(restricting["not"], schema, path, child(where, "not"))


def _complete(part: Object, schema: Object | None, path: str, where: str) -> Iterator[FieldError]:
    if schema is None:
        yield required(path, f"because it is defined in {where}")
        return
    yield from _completeness(part, schema, path, where)
    if isinstance(part.get("items"), dict):
        items = schema.get("items")
        yield from _complete(part["items"], items, child(path, "items"), child(where, "items"))
    known = schema.get("properties") or {}
    for name, inner in (part.get("properties") or {}).items():
        key = ("properties", name)
        yield from _complete(inner, known.get(name), child(path, *key), child(where, *key))
