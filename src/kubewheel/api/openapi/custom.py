"""Schemas of custom resources as OpenAPI: complete with what all objects have, and in the dialect of the version."""

from typing import Any

from kubewheel.api import objects
from kubewheel.api.custom import structure
from kubewheel.api.openapi.operations import Operation
from kubewheel.api.resources import Resource
from kubewheel.api.schema import META
from kubewheel.libs.wire import Object

PREFIXES = {2: "#/definitions/", 3: "#/components/schemas/"}
_API_VERSION = "APIVersion defines the form of this object: the group and version of its kind."
_KIND = "Kind is the kind of this object, in CamelCase."
ROOTS = frozenset({f"{META}ObjectMeta", f"{META}ListMeta"})
_VALUE_RULES = ("anyOf", "oneOf", "allOf", "not")


def schema(resource: Resource, written: Object, *, version: int) -> dict[str, Any]:
    """Return the definition of the kind of `resource`, whose schema is `written`."""
    result: dict[str, Any] = objects.copy(written)
    if version == 2:
        result = _older(result)
    known = result.setdefault("properties", {}) if not _is_free(result) else {}
    if known or not _is_free(result):
        about = (written.get("properties") or {}).get("metadata") or {}
        reference = {"$ref": f"{PREFIXES[version]}{META}ObjectMeta"}
        known |= {
            "apiVersion": {"type": "string", "description": _API_VERSION},
            "kind": {"type": "string", "description": _KIND},
            "metadata": reference if version == 2 else {
                "allOf": [reference], "description": about.get("description") or "Standard object's metadata.",
            },
        }
    group, name, kind = resource.group, resource.version, resource.kind
    result["x-kubernetes-group-version-kind"] = [{"group": group, "version": name, "kind": kind}]
    if resource.custom is not None and resource.custom.selectable:
        result["x-kubernetes-selectable-fields"] = [{"fieldPath": each} for each in resource.custom.selectable]
    return result


def names(resource: Resource) -> tuple[str, str]:
    """Return the names of the definitions of a custom kind and of its list: com.example.v1.Widget."""
    prefix = ".".join([*reversed(resource.group.split(".")), resource.version])
    return f"{prefix}.{resource.kind}", f"{prefix}.{resource.list_kind}"


def bodies(operation: Operation, own: tuple[str, str] | None) -> tuple[str, str]:
    """Return the definitions of what an operation takes and answers; `own` are those of a custom kind."""
    body, answer = operation.body, operation.answer
    if own is not None:
        body = body or (own[0] if operation.method in ("post", "put") else "")
        listed = own[1] if operation.action == "list" else ""
        answer = answer or listed or (own[0] if operation.action in ("get", "post", "put", "patch") else "")
    return body, answer


def list_schema(resource: Resource, item: str, *, version: int) -> dict[str, Any]:
    """Return the definition of the list of the kind, whose items are of definition `item`."""
    prefix = PREFIXES[version]
    metadata = {"$ref": f"{prefix}{META}ListMeta"}
    return {
        "description": f"{resource.list_kind} is a list of {resource.kind}", "type": "object", "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string", "description": _API_VERSION},
            "items": {
                "type": "array", "items": {"$ref": f"{prefix}{item}"},
                "description": f"List of {resource.plural}.",
            },
            "kind": {"type": "string", "description": _KIND},
            "metadata": metadata if version == 2 else {
                "allOf": [metadata], "description": "Standard list metadata.",
            },
        },
        "x-kubernetes-group-version-kind": [
            {"group": resource.group, "version": resource.version, "kind": resource.list_kind},
        ],
    }


def _is_free(part: Object) -> bool:
    return bool(part.get(structure.PRESERVE)) and not part.get("properties") and "type" not in part


def _older(part: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as version 2 can say it: it knows no alternatives, and no nulls."""
    result = {name: value for name, value in part.items() if name not in (*_VALUE_RULES, "nullable")}
    if part.get("nullable") or part.get("x-kubernetes-int-or-string"):
        for name in ("type", "items", "properties", "nullable", "default"):
            result.pop(name, None)
        return result
    if part.get(structure.PRESERVE) and not part.get("properties"):
        result.pop("items", None)
    if "properties" in result:
        result["properties"] = {name: _older(each) for name, each in result["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(result.get(name), dict):
            result[name] = _older(result[name])
    return result
