"""The document of OpenAPI 2 as protobuf, read again by a reader of the wire format."""

import pytest

from kubewheel.api.openapi import protobuf


def read(data):
    """Return the fields of a message: (number, value)."""
    found, place = [], 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while place < len(data):
        tag = varint()
        if tag & 7 == protobuf.VARINT:
            found.append((tag >> 3, varint()))
            continue
        size = 8 if tag & 7 == protobuf.FIXED64 else varint()
        found.append((tag >> 3, data[place:place + size]))
        place += size
    return found


def at(data, *numbers):
    """Return the first field at a path of numbers."""
    for number in numbers:
        data = dict(reversed(read(data)))[number]
    return data


DOCUMENT = {
    "swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1"},
    "paths": {"/api/v1/pods": {
        "parameters": [{"name": "pretty", "in": "query", "type": "string", "uniqueItems": True}],
        "post": {
            "operationId": "createPod", "parameters": [{"name": "body", "in": "body", "schema": {"$ref": "#/x"}}],
            "responses": {"200": {"description": "OK", "schema": {"$ref": "#/y"}}},
            "x-kubernetes-action": "post",
        },
    }},
    "definitions": {"Pod": {
        "type": "object", "required": ["a", "b"], "properties": {
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 300, "minimum": 0.5},
        },
        "additionalProperties": False, "x-kubernetes-group-version-kind": [{"kind": "Pod"}], "oneOf": ["is unknown"],
    }},
}
ENCODED = protobuf.encode(DOCUMENT)
PATH, POD = (8, 2), (9, 1, 2)


@pytest.mark.parametrize(("path", "value"), [
    ((1,), b"2.0"), ((2, 2), b"v1"), ((*PATH, 1), b"/api/v1/pods"),
    ((*PATH, 2, 9, 1, 2, 3, 4), b"pretty"), ((*PATH, 2, 9, 1, 2, 3, 20), 1),
    ((*PATH, 2, 4, 5), b"createPod"), ((*PATH, 2, 4, 8, 1, 1, 5, 1), b"#/x"),
    ((*PATH, 2, 4, 9, 1, 1), b"200"), ((*PATH, 2, 4, 9, 1, 2, 1, 2, 1, 1), b"#/y"),
    ((*PATH, 2, 4, 13, 2, 2), b'"post"'),
    ((*POD, 22, 1), b"object"), ((*POD, 25, 1, 1), b"tags"), ((*POD, 25, 1, 2, 23, 1, 22, 1), b"string"),
    ((*POD, 25, 1, 2, 14), 300), ((*POD, 21, 2), 0), ((*POD, 31, 1), b"x-kubernetes-group-version-kind"),
    ((*POD, 31, 2, 2), b'[{"kind":"Pod"}]'),
])
def test_fields(path, value):
    assert at(ENCODED, *path) == value


def test_lists_are_repeated():
    pod = at(ENCODED, *POD)
    assert [value for number, value in read(pod) if number == 19] == [b"a", b"b"]


def test_several_types():
    found = protobuf.encode({"definitions": {"A": {"type": ["string", "null"], "additionalProperties": {}}}})
    assert [value for _, value in read(at(found, *POD, 22))] == [b"string", b"null"]
    assert at(found, *POD, 21, 1) == b""
