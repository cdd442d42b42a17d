"""Schemas of custom resources: they must be structural, that is, say the type of everything.

Rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
#specifying-a-structural-schema
"""

from collections.abc import Sequence
from typing import Any

from kubewheel.api.custom import rules
from kubewheel.api.validation.faults import Faults, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

TYPES = ("array", "boolean", "integer", "number", "object", "string")
LIST_TYPES = ("atomic", "map", "set")
MAP_TYPES = ("atomic", "granular")
PRESERVE, INT_OR_STRING = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"
EMBEDDED, LIST_TYPE = "x-kubernetes-embedded-resource", "x-kubernetes-list-type"
LIST_KEYS, MAP_TYPE = "x-kubernetes-list-map-keys", "x-kubernetes-map-type"
JUNCTORS = ("allOf", "anyOf", "oneOf")
UNSUPPORTED = ("definitions", "dependencies", "patternProperties", "additionalItems", "id")

# What may stand only in the skeleton, not below allOf, anyOf, oneOf and not.
SKELETON = (
    "description", "default", "nullable", "title", "additionalProperties", "type", PRESERVE, EMBEDDED, INT_OR_STRING,
    LIST_TYPE, LIST_KEYS, MAP_TYPE,
)
# Where x-kubernetes-int-or-string is set, these spell out what it says.
INT_OR_STRING_FORMS: tuple[list[dict[str, str]], ...] = ([{"type": "integer"}, {"type": "string"}],)

ROOT, FIELD, ITEM = "at the root", "for specified object fields", "for specified array items"


def child(path: str, name: str, key: Any = None) -> str:
    """Return the path of a part of a schema."""
    return f"{path}.{name}" if key is None else f"{path}.{name}[{key}]"


def validate(schema: Object, path: str) -> Faults:
    """Return the faults of the schema of a version."""
    faults = _validate_type(schema, path, ROOT)
    if schema.get("type") and schema["type"] != "object":
        faults.append(invalid(child(path, "type"), schema["type"], "must be object at the root"))
    faults += _validate_node(schema, path)
    return faults + _validate_metadata(schema, path) + rules.validate_schema(schema, path)


def _validate_metadata(schema: Object, path: str) -> Faults:
    metadata = (schema.get("properties") or {}).get("metadata")
    if metadata is None:
        return []
    here = child(path, "properties", "metadata")
    faults: Faults = []
    if metadata.get("type") and metadata["type"] != "object":
        faults.append(invalid(child(here, "type"), metadata["type"], "must be object"))
    allowed = {"type", "description", "properties"}
    others = {*(metadata.get("properties") or {})} - {"name", "generateName"}
    if others or any(value for name, value in metadata.items() if name not in allowed):
        detail = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        faults.append(forbidden(here, detail))
    return faults


def _validate_type(schema: Object, path: str, level: str) -> Faults:
    kind = schema.get("type") or ""
    here = child(path, "type")
    if not kind:
        is_free = level != ROOT and (schema.get(INT_OR_STRING) or schema.get(PRESERVE))
        return [] if is_free else [required(here, f"must not be empty {level}")]
    if kind == "null":
        return [forbidden(here, "type cannot be set to null, use nullable as an alternative")]
    return [] if kind in TYPES else [unsupported(here, kind, TYPES)]


def _validate_node(schema: Object, path: str) -> Faults:
    faults = _validate_forbidden(schema, path) + _validate_extensions(schema, path)
    for name, part in (schema.get("properties") or {}).items():
        here = child(path, "properties", name)
        faults += _validate_type(part, here, FIELD) + _validate_node(part, here)
    additional = schema.get("additionalProperties")
    if isinstance(additional, dict):
        here = child(path, "additionalProperties")
        faults += _validate_type(additional, here, FIELD) + _validate_node(additional, here)
    items = schema.get("items")
    if isinstance(items, dict):
        here = child(path, "items")
        faults += _validate_type(items, here, ITEM) + _validate_node(items, here)
    elif schema.get("type") == "array" and items is None:
        faults.append(required(child(path, "items"), "must be specified"))
    return faults + _validate_junctors(schema, path)


def _validate_forbidden(schema: Object, path: str) -> Faults:
    faults = [forbidden(child(path, name), f"{name} is not supported") for name in UNSUPPORTED if schema.get(name)]
    if schema.get("$ref"):
        faults.append(forbidden(child(path, "$ref"), "$ref is not supported"))
    if schema.get("uniqueItems"):
        detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        faults.append(forbidden(child(path, "uniqueItems"), detail))
    additional = schema.get("additionalProperties")
    if additional is not None:
        here = child(path, "additionalProperties")
        if additional is False:
            faults.append(forbidden(here, "additionalProperties cannot be set to false"))
        if schema.get("properties"):
            faults.append(forbidden(here, "additionalProperties and properties are mutual exclusive"))
    if isinstance(schema.get("items"), list):
        faults.append(forbidden(child(path, "items"), "items must be a schema object and not an array"))
    return faults


def _validate_extensions(schema: Object, path: str) -> Faults:
    kind = schema.get("type") or ""
    faults: Faults = []
    if schema.get(PRESERVE) is False:
        detail = "must be true or undefined"
        faults.append(invalid(child(path, PRESERVE), False, detail))
    if schema.get(EMBEDDED) and kind != "object":
        detail = "must be object if x-kubernetes-embedded-resource is true"
        faults.append(invalid(child(path, "type"), kind, detail))
    if schema.get(EMBEDDED) and not schema.get("properties") and not schema.get(PRESERVE):
        detail = f"must not be empty if {EMBEDDED} is true without {PRESERVE}"
        faults.append(required(child(path, "properties"), detail))
    if schema.get(INT_OR_STRING) and kind:
        detail = "must be empty if x-kubernetes-int-or-string is true"
        faults.append(invalid(child(path, "type"), kind, detail))
    if (map_type := schema.get(MAP_TYPE)) is not None:
        if kind != "object":
            detail = "must be object if x-kubernetes-map-type is specified"
            faults.append(invalid(child(path, "type"), kind, detail))
        if map_type not in MAP_TYPES:
            faults.append(unsupported(child(path, MAP_TYPE), map_type, MAP_TYPES))
    return faults + _validate_list(schema, path)


def _validate_list(schema: Object, path: str) -> Faults:
    list_type, keys = schema.get(LIST_TYPE), schema.get(LIST_KEYS) or []
    faults: Faults = []
    if list_type is None:
        if keys:
            detail = "must be map if x-kubernetes-list-map-keys is non-empty"
            faults.append(required(child(path, LIST_TYPE), detail))
        return faults
    if schema.get("type") != "array":
        detail = "must be array if x-kubernetes-list-type is specified"
        faults.append(invalid(child(path, "type"), schema.get("type") or "", detail))
    if list_type not in LIST_TYPES:
        return [*faults, unsupported(child(path, LIST_TYPE), list_type, LIST_TYPES)]
    if list_type != "map":
        return faults
    if not keys:
        detail = "must not be empty if x-kubernetes-list-type is map"
        faults.append(required(child(path, LIST_KEYS), detail))
    items = schema.get("items") or {}
    known = items.get("properties") or {}
    if items.get("type") != "object":
        detail = "must be object if parent array's x-kubernetes-list-type is map"
        faults.append(invalid(child(path, "items.type"), items.get("type") or "", detail))
    return faults + _validate_keys(keys, items, known, path)


def _validate_keys(keys: Sequence[str], items: Object, known: Object, path: str) -> Faults:
    faults: Faults = []
    for index, key in enumerate(keys):
        here = child(path, LIST_KEYS, index)
        if key not in known:
            faults.append(invalid(here, key, "must refer to properties in items.properties"))
            continue
        if key in keys[:index]:
            faults.append(invalid(here, key, "must be unique"))
        if key not in (items.get("required") or []) and known[key].get("default") is None:
            detail = f"this property is in {LIST_KEYS}, so it must have a default or be a required property"
            faults.append(required(child(path, "items.properties", key) + ".default", detail))
    return faults


def _validate_junctors(schema: Object, path: str) -> Faults:
    faults: Faults = []
    is_mixed = bool(schema.get(INT_OR_STRING))
    for name in JUNCTORS:
        listed = schema.get(name) or []
        if is_mixed and name == "anyOf" and listed in INT_OR_STRING_FORMS:
            continue
        for index, part in enumerate(listed):
            spelled = is_mixed and name == "allOf" and (part.get("anyOf") or []) in INT_OR_STRING_FORMS
            rest = {key: value for key, value in part.items() if key != "anyOf"} if spelled else part
            faults += _validate_value_rules(rest, child(path, name, index))
    if schema.get("not") is not None:
        faults += _validate_value_rules(schema["not"], child(path, "not"))
    return faults


def _validate_value_rules(schema: Object, path: str) -> Faults:
    """Check what stands below allOf and its like: it may restrict values, but not add to the skeleton."""
    faults = [
        forbidden(child(path, name), "must be empty to be structural")
        for name in SKELETON if schema.get(name) not in (None, "", False, [])
    ]
    for name, part in (schema.get("properties") or {}).items():
        faults += _validate_value_rules(part, child(path, "properties", name))
    if isinstance(schema.get("items"), dict):
        faults += _validate_value_rules(schema["items"], child(path, "items"))
    for name in JUNCTORS:
        for index, part in enumerate(schema.get(name) or []):
            faults += _validate_value_rules(part, child(path, name, index))
    if isinstance(schema.get("not"), dict):
        faults += _validate_value_rules(schema["not"], child(path, "not"))
    return faults
