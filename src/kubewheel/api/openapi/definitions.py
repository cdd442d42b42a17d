"""Definitions: structs as JSON Schema, in the dialects of OpenAPI 2 and 3."""

import json
import lzma
from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api.schema import Definition, Field, Schema, Type, read_data

Docs = Mapping[str, tuple[str, Mapping[str, str]]]

_TYPES: Mapping[Type, dict[str, str]] = {
    Type.STRING: {"type": "string"}, Type.BOOL: {"type": "boolean"},
    Type.INT32: {"type": "integer", "format": "int32"}, Type.INT64: {"type": "integer", "format": "int64"},
    Type.FLOAT64: {"type": "number", "format": "double"}, Type.BYTES: {"type": "string", "format": "byte"},
    Type.TIME: {"type": "string", "format": "date-time"}, Type.MICRO_TIME: {"type": "string", "format": "date-time"},
}
_FREE_FORM = ("RawExtension", "FieldsV1", "Patch")


def load_docs() -> Docs:
    """Return the descriptions of all definitions and their fields; 1 MB that nobody should keep for long."""
    found: Docs = json.loads(lzma.decompress(read_data("docs.xz")))
    return found


def reached(schema: Schema, roots: Iterable[str]) -> list[str]:
    """Return the names of `roots` and of all definitions that they refer to, sorted."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for field in schema.definition(name).fields.values():
            inner: Field | None = field
            while inner is not None:
                if inner.ref:
                    waiting.append(inner.ref)
                inner = inner.element
    return sorted(found)


class Dialect:
    """How one version of OpenAPI writes definitions: `prefix` leads to them, 3 wraps references in `allOf`."""

    def __init__(self, prefix: str, *, wraps: bool) -> None:
        self.prefix = prefix
        self._wraps = wraps

    def reference(self, name: str) -> dict[str, str]:
        """Return a reference to a definition."""
        return {"$ref": f"{self.prefix}{name}"}

    def definition(self, definition: Definition, docs: Docs) -> dict[str, Any]:
        """Return one definition with its descriptions."""
        about, fields = docs.get(definition.base or definition.name, ("", {}))
        fields = {**fields, **definition.docs}
        result: dict[str, Any] = {"description": about} if about else {}
        if definition.scalar is not None or not definition.fields:
            return result | self._scalar(definition)
        result["type"] = "object"
        result["properties"] = {
            name: self._field(field, fields.get(name, "")) for name, field in definition.fields.items()
        }
        if definition.required:
            result["required"] = list(definition.required)
        if definition.map_type:
            result["x-kubernetes-map-type"] = definition.map_type
        if definition.kinds:
            result["x-kubernetes-group-version-kind"] = [
                {"group": group, "version": version, "kind": kind} for group, version, kind in definition.kinds
            ]
        return result

    def _scalar(self, definition: Definition) -> dict[str, Any]:
        if definition.scalar is Type.QUANTITY:
            return self._either("string", "number", "string", "")
        if definition.scalar is Type.INT_OR_STRING:
            return self._either("integer", "string", "string", "int-or-string")
        if definition.scalar is not None and definition.scalar in _TYPES:
            return dict(_TYPES[definition.scalar])
        is_object = definition.scalar is None or definition.go_struct in _FREE_FORM
        return {"type": "object"} if is_object else {}

    def _either(self, first: str, second: str, otherwise: str, form: str) -> dict[str, Any]:
        result: dict[str, Any] = {"format": form} if form else {}
        if self._wraps:
            return result | {"oneOf": [{"type": first}, {"type": second}]}
        return result | {"type": otherwise}

    def _field(self, field: Field, about: str) -> dict[str, Any]:
        result: dict[str, Any] = self._type(field)
        if about:
            result["description"] = about
        for name, value in (
            ("list-type", field.list_type), ("list-map-keys", list(field.list_map_keys)),
            ("map-type", field.map_type), ("patch-strategy", field.patch_strategy),
            ("patch-merge-key", field.merge_key),
        ):
            if value:
                result[f"x-kubernetes-{name}"] = value
        return result

    def _type(self, field: Field) -> dict[str, Any]:
        if field.ref:
            if not self._wraps:
                return dict(self.reference(field.ref))
            wrapped: dict[str, Any] = {"allOf": [self.reference(field.ref)]}
            return wrapped | {"default": {}} if field.type is Type.STRUCT else wrapped
        if field.type is Type.LIST:
            return {"type": "array", "items": self._type(field.element) if field.element else {}}
        if field.type is Type.MAP:
            inner = {"additionalProperties": self._type(field.element)} if field.element else {}
            return {"type": "object", **inner}
        return dict(_TYPES.get(field.type, {}))


V2 = Dialect("#/definitions/", wraps=False)
V3 = Dialect("#/components/schemas/", wraps=True)
