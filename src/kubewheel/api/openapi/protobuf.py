"""OpenAPI 2 in the protobuf encoding that kubectl and client-go ask for.

In: the document as JSON has it.  Out: bytes of an `openapi.v2.Document`. Numbers of fields are those of gnostic's
`OpenAPIv2.proto`; what a message does not have is left out, as gnostic does for what it does not know.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

EXTENSION = "x-"
VARINT, FIXED64, BYTES = 0, 1, 2

# Message -> {name in JSON: (number, type)}. Types: s(tring), b(ool), i(nteger), d(ouble), a(ny value), a message; with
# `*` before them repeated. Those in `_SPECIAL` are unions or maps. "x-" has the number of extensions.
_NUMBERS = {
    "multipleOf": (6, "d"), "maximum": (7, "d"), "exclusiveMaximum": (8, "b"), "minimum": (9, "d"),
    "exclusiveMinimum": (10, "b"), "maxLength": (11, "i"), "minLength": (12, "i"), "pattern": (13, "s"),
    "maxItems": (14, "i"), "minItems": (15, "i"), "uniqueItems": (16, "b"), "maxProperties": (17, "i"),
    "minProperties": (18, "i"),
}
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Document": {
        "swagger": (1, "s"), "info": (2, "Info"), "paths": (8, "Paths"), "definitions": (9, "Definitions"),
        EXTENSION: (16, ""),
    },
    "Info": {"title": (1, "s"), "version": (2, "s"), "description": (3, "s"), EXTENSION: (7, "")},
    "PathItem": {
        "get": (2, "Operation"), "put": (3, "Operation"), "post": (4, "Operation"), "delete": (5, "Operation"),
        "options": (6, "Operation"), "head": (7, "Operation"), "patch": (8, "Operation"),
        "parameters": (9, "*Parameter"), EXTENSION: (10, ""),
    },
    "Operation": {
        "tags": (1, "*s"), "summary": (2, "s"), "description": (3, "s"), "operationId": (5, "s"),
        "produces": (6, "*s"), "consumes": (7, "*s"), "parameters": (8, "*Parameter"), "responses": (9, "Responses"),
        "schemes": (10, "*s"), "deprecated": (11, "b"), EXTENSION: (13, ""),
    },
    "BodyParameter": {
        "description": (1, "s"), "name": (2, "s"), "in": (3, "s"), "required": (4, "b"), "schema": (5, "Schema"),
        EXTENSION: (6, ""),
    },
    "QueryParameter": {
        "required": (1, "b"), "in": (2, "s"), "description": (3, "s"), "name": (4, "s"), "type": (6, "s"),
        "format": (7, "s"), "uniqueItems": (20, "b"), EXTENSION: (23, ""),
    },
    "PathParameter": {
        "required": (1, "b"), "in": (2, "s"), "description": (3, "s"), "name": (4, "s"), "type": (5, "s"),
        "format": (6, "s"), "uniqueItems": (19, "b"), EXTENSION: (22, ""),
    },
    "Response": {"description": (1, "s"), "schema": (2, "SchemaItem"), EXTENSION: (5, "")},
    "Schema": {
        "$ref": (1, "s"), "format": (2, "s"), "title": (3, "s"), "description": (4, "s"), "default": (5, "a"),
        **_NUMBERS, "required": (19, "*s"), "enum": (20, "*a"), "additionalProperties": (21, "AdditionalProperties"),
        "type": (22, "TypeItem"), "items": (23, "ItemsItem"), "allOf": (24, "*Schema"),
        "properties": (25, "Properties"), "example": (30, "a"), EXTENSION: (31, ""),
    },
}
_PLACES = {"query": (3, "QueryParameter"), "path": (4, "PathParameter")}


def encode(document: Mapping[str, Any]) -> bytes:
    """Return a document."""
    return _message("Document", document)


def _message(kind: str, content: Mapping[str, Any]) -> bytes:
    fields = _MESSAGES[kind]
    return b"".join(_fields(fields, content))


def _fields(fields: Mapping[str, tuple[int, str]], content: Mapping[str, Any]) -> Iterator[bytes]:
    for name, value in content.items():
        field = fields.get(name)
        if field is not None:
            number, kind = field
            if kind[0] == "*":
                for each in value:
                    yield _value(number, kind[1:], each)
            else:
                yield _value(number, kind, value)
        elif name.startswith(EXTENSION):
            yield _bytes(fields[EXTENSION][0], _named(name, _any(value)))


def _value(number: int, kind: str, value: Any) -> bytes:
    if kind == "s":
        return _bytes(number, str(value).encode())
    if kind in ("b", "i"):
        return _varint(number << 3 | VARINT) + _varint(int(value) & 0xFFFFFFFFFFFFFFFF)
    if kind == "d":
        return _varint(number << 3 | FIXED64) + struct.pack("<d", value)
    if kind == "a":
        return _bytes(number, _any(value))
    special = _SPECIAL.get(kind)
    return _bytes(number, special(value) if special is not None else _message(kind, value))


def _bytes(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    if value < 0x80:
        return _SMALL[value]
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


_SMALL = [bytes((value,)) for value in range(0x80)]


def _any(value: Any) -> bytes:
    """Return any value, as the YAML that JSON is."""
    return _bytes(2, orjson.dumps(value))


def _named(name: str, content: bytes) -> bytes:
    return _bytes(1, name.encode()) + _bytes(2, content)


def _schemas(content: Mapping[str, Any]) -> bytes:
    return b"".join(_bytes(1, _named(name, _message("Schema", each))) for name, each in content.items())


def _paths(content: Mapping[str, Any]) -> bytes:
    return b"".join(_bytes(2, _named(name, _message("PathItem", each))) for name, each in content.items())


def _responses(content: Mapping[str, Any]) -> bytes:
    return b"".join(
        _bytes(1, _named(name, _bytes(1, _message("Response", each)))) for name, each in content.items()
    )


def _schema_item(content: Mapping[str, Any]) -> bytes:
    return _bytes(1, _message("Schema", content))


def _additional(content: Any) -> bytes:
    return _value(2, "b", content) if isinstance(content, bool) else _schema_item(content)


def _type_item(content: str | Sequence[str]) -> bytes:
    return b"".join(_value(1, "s", each) for each in ([content] if isinstance(content, str) else content))


def _items(content: Any) -> bytes:
    return b"".join(_schema_item(each) for each in (content if isinstance(content, list) else [content]))


def _parameter(content: Mapping[str, Any]) -> bytes:
    """Return a parameter within the unions that tell a body from what stands in the URL."""
    if content["in"] == "body":
        return _bytes(1, _bytes(1, _message("BodyParameter", content)))
    number, kind = _PLACES[content["in"]]
    return _bytes(1, _bytes(2, _bytes(number, _message(kind, content))))


_SPECIAL = {
    "Definitions": _schemas, "Properties": _schemas, "Paths": _paths, "Responses": _responses,
    "SchemaItem": _schema_item, "AdditionalProperties": _additional, "TypeItem": _type_item, "ItemsItem": _items,
    "Parameter": _parameter,
}
