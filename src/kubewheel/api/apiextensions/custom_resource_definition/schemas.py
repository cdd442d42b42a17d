"""Schemas of custom resources: what OpenAPI knows and Kubernetes refuses, lists and maps, and all checks in order."""

from collections.abc import Sequence

from kubewheel.api.apiextensions.custom_resource_definition import schema_defaults, structural
from kubewheel.api.apiextensions.custom_resource_definition.structural import (
    EMBEDDED,
    INT_OR_STRING,
    JUNCTORS,
    LIST_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    PRESERVE,
    child,
)
from kubewheel.api.custom import rule_definitions
from kubewheel.api.validation.faults import Faults, forbidden, invalid, required, unsupported
from kubewheel.libs.wire import Object

__all__ = ["EMBEDDED", "INT_OR_STRING", "LIST_KEYS", "LIST_TYPE", "MAP_TYPE", "PRESERVE", "validate"]

TYPES = ("array", "boolean", "integer", "number", "object", "string")
LIST_TYPES = ("atomic", "set", "map")
MAP_TYPES = ("atomic", "granular")
UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
KEY_NEEDED = f"this property is in {LIST_KEYS}, so it must have a default or be a required property"
# With a status subresource the root restricts nothing that the status alone could not keep to.
ROOT_FIELDS = frozenset({
    "description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
    "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items", "properties",
    "externalDocs", "example", PRESERVE, structural.RULES,
})
ROOT_NAMES = (
    "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern "
    "MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields "
    "XValidations]"
)


def validate(schema: Object, path: str, *, has_status: bool = False) -> Faults:
    """Return the faults of the schema of a version."""
    faults: Faults = []
    if has_status and any(value and name not in ROOT_FIELDS for name, value in schema.items()):
        detail = f"only {ROOT_NAMES} fields are allowed at the root of the schema if the status subresource is enabled"
        faults.append(invalid(path, dict(schema), detail))
    if schema.get("nullable"):
        faults.append(forbidden(child(path, "nullable"), "nullable cannot be true at the root"))
    faults += structural.validate(schema, path) or schema_defaults.validate(schema, path)
    faults += _validate_node(schema, path)
    return faults or rule_definitions.validate(schema, path)


def _validate_node(schema: Object, path: str) -> Faults:
    faults = _validate_forbidden(schema, path)
    if isinstance(others := schema.get("additionalProperties"), dict):
        faults += _validate_node(others, child(path, "additionalProperties"))
    for name, part in (schema.get("properties") or {}).items():
        faults += _validate_node(part, child(path, "properties", name))
    if isinstance(schema.get("not"), dict):
        faults += _validate_node(schema["not"], child(path, "not"))
    for name in JUNCTORS:
        for index, part in enumerate(schema.get(name) or []):
            faults += _validate_node(part, child(path, name, index))
    if isinstance(items := schema.get("items"), dict):
        faults += _validate_node(items, child(path, "items"))
    return faults + _validate_extensions(schema, path) + _validate_list(schema, path)


def _validate_forbidden(schema: Object, path: str) -> Faults:
    faults: Faults = []
    kind = schema.get("type") or ""
    if kind and kind not in TYPES:
        faults.append(unsupported(child(path, "type"), kind, TYPES))
    faults += [
        forbidden(child(path, name), f"{name} is not supported") for name in UNSUPPORTED
        if schema.get(name) is not None and schema[name] not in ("", {})
    ]
    if kind == "null":
        detail = "type cannot be set to null, use nullable as an alternative"
        faults.append(forbidden(child(path, "type"), detail))
    if isinstance(schema.get("items"), list):
        faults.append(forbidden(child(path, "items"), "items must be a schema object and not an array"))
    if schema.get("uniqueItems"):
        detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        faults.append(forbidden(child(path, "uniqueItems"), detail))
    additional = schema.get("additionalProperties")
    if additional is False:
        detail = "additionalProperties cannot be set to false"
        faults.append(forbidden(child(path, "additionalProperties"), detail))
    if additional is not None and additional is not True and schema.get("properties"):
        detail = "additionalProperties and properties are mutual exclusive"
        faults.append(forbidden(child(path, "additionalProperties"), detail))
    return faults


def _validate_extensions(schema: Object, path: str) -> Faults:
    kind, here = schema.get("type") or "", child(path, "type")
    faults: Faults = []
    if schema.get(PRESERVE) is False:
        faults.append(invalid(child(path, PRESERVE), False, "must be true or undefined"))
    if schema.get(INT_OR_STRING) and kind:
        faults.append(invalid(here, kind, "must be empty if x-kubernetes-int-or-string is true"))
    map_type = schema.get(MAP_TYPE)
    if map_type is not None and kind != "object":
        detail = "must be object if x-kubernetes-map-type is specified"
        faults.append(invalid(here, kind, detail) if kind else required(here, detail))
    if map_type is not None and map_type not in MAP_TYPES:
        faults.append(unsupported(child(path, MAP_TYPE), map_type, MAP_TYPES))
    return faults


def _validate_list(schema: Object, path: str) -> Faults:
    list_type, kind = schema.get(LIST_TYPE), schema.get("type") or ""
    faults: Faults = []
    if list_type is not None and kind != "array":
        detail = "must be array if x-kubernetes-list-type is specified"
        here = child(path, "type")
        faults.append(invalid(here, kind, detail) if kind else required(here, detail))
    elif list_type == "set":
        faults += _validate_set(schema.get("items") or {}, child(path, "items"))
    if list_type is not None and list_type not in LIST_TYPES:
        faults.append(unsupported(child(path, LIST_TYPE), list_type, LIST_TYPES))
    if schema.get(LIST_KEYS) and list_type != "map":
        detail, here = "must be map if x-kubernetes-list-map-keys is non-empty", child(path, LIST_TYPE)
        faults.append(required(here, detail) if list_type is None else invalid(here, list_type, detail))
    if list_type in ("set", "map") and (schema.get("items") or {}).get("nullable"):
        detail = f"cannot be nullable when x-kubernetes-list-type is {list_type}"
        faults.append(forbidden(child(path, "items") + ".nullable", detail))
    return faults + (_validate_map(schema, path) if list_type == "map" else [])


def _validate_set(items: Object, path: str) -> Faults:
    detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
    if items.get("type") == "array" and items.get(LIST_TYPE, "atomic") != "atomic":
        return [invalid(child(path, LIST_TYPE), items[LIST_TYPE], detail)]
    if items.get("type") == "object" and items.get(MAP_TYPE) != "atomic":
        return [invalid(child(path, MAP_TYPE), items.get(MAP_TYPE), detail)]
    return []


def _validate_map(schema: Object, path: str) -> Faults:
    keys, items = schema.get(LIST_KEYS) or [], schema.get("items")
    faults: Faults = []
    if not keys:
        detail = "must not be empty if x-kubernetes-list-type is map"
        faults.append(required(child(path, LIST_KEYS), detail))
    if items is None:
        faults.append(required(child(path, "items"), "must have a schema if x-kubernetes-list-type is map"))
    if not isinstance(items, dict):
        return faults
    if items.get("type") != "object":
        detail = "must be object if parent array's x-kubernetes-list-type is map"
        return [*faults, invalid(child(path, "items.type"), items.get("type") or "", detail)]
    return faults + _validate_keys(keys, items, path)


def _validate_keys(keys: Sequence[str], items: Object, path: str) -> Faults:
    known, here = items.get("properties") or {}, child(path, LIST_KEYS)
    faults: Faults = []
    for index, key in enumerate(keys):
        part, where = known.get(key), child(child(path, "items"), "properties", key)
        if part is None:
            faults.append(invalid(here, [*keys], "entries must all be names of item properties"))
        elif part.get("type") in ("array", "object"):
            detail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            faults.append(invalid(f"{where}.type", items["type"], detail))
        if key in keys[:index]:
            faults.append(invalid(here, [*keys], "must not contain duplicate entries"))
        if part is not None and key not in (items.get("required") or []) and part.get("default") is None:
            faults.append(required(f"{where}.default", KEY_NEEDED))
        if part is not None and part.get("nullable"):
            detail = f"this property is in {LIST_KEYS}, so it cannot be nullable"
            faults.append(forbidden(f"{where}.nullable", detail))
    return faults
