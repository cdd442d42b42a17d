"""Schemas of custom resources."""

import pytest

from kubewheel.api.apiextensions.custom_resource_definition import schemas

STRING = {"type": "string"}


def root(**properties):
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(("schema", "expected"), [
    pytest.param(root(spec={"type": "object", "properties": {"a": STRING}}), [], id="good"),
    pytest.param({}, ["s.type: Required value: must not be empty at the root"], id="no-type"),
    pytest.param(STRING, ['s.type: Invalid value: "string": must be object at the root'], id="text"),
    pytest.param(
        root(a={}), ["s.properties[a].type: Required value: must not be empty for specified object fields"], id="field",
    ),
    pytest.param(
        root(a={"type": "array", "items": {}}),
        ["s.properties[a].items.type: Required value: must not be empty for specified array items"], id="item",
    ),
    pytest.param(root(a={"type": "array"}), ["s.properties[a].items: Required value: must be specified"], id="items"),
    pytest.param(root(a={schemas.PRESERVE: True}), [], id="anything"),
    pytest.param(
        root(a={"anyOf": [{"type": "integer"}, {"type": "string"}], schemas.INT_OR_STRING: True}), [],
        id="int-or-string",
    ),
    pytest.param(
        root(a={"type": "string", schemas.INT_OR_STRING: True}),
        ['s.properties[a].type: Invalid value: "string": must be empty if x-kubernetes-int-or-string is true'],
        id="int-or-string-with-type",
    ),
    pytest.param(
        root(a={"type": "object", "properties": {"b": STRING}, "additionalProperties": STRING}),
        [
            "s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"
        ],
        id="map-and-object",
    ),
    pytest.param(
        root(a={"type": "array", "items": STRING, "uniqueItems": True}),
        [
            "s.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity "
            "becomes "
            "quadratic"
        ],
        id="unique",
    ),
    pytest.param(root(a={"type": "string", "$ref": "#/x"}), ["s.properties[a].$ref: Forbidden: $ref is not supported"],
                 id="ref"),
    pytest.param(
        root(a={"type": "integer", "anyOf": [{"minimum": 1}, {"type": "integer"}]}),
        ["s.properties[a].anyOf[1].type: Forbidden: must be empty to be structural"], id="type-below-any-of",
    ),
    pytest.param(
        root(a={"type": "string", "not": {"description": "d"}}),
        ["s.properties[a].not.description: Forbidden: must be empty to be structural"], id="not",
    ),
    pytest.param(
        root(metadata={"type": "object", "properties": {"name": STRING, "labels": {"type": "object"}}}),
        [
            "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but "
            "metadata "
            "is implicitly specified"
        ],
        id="metadata",
    ),
    pytest.param(root(a={"type": "text"}), [
        's.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", '
        '"object", "string"'
    ], id="unknown-type"),
    pytest.param(
        root(a={"type": "string", schemas.MAP_TYPE: "granular"}),
        ['s.properties[a].type: Invalid value: "string": must be object if x-kubernetes-map-type is specified'],
        id="map-type",
    ),
])
def test_validate(schema, expected):
    assert [str(fault) for fault in schemas.validate(schema, "s")] == expected


def keyed(*keys, **items):
    return root(a={
        "type": "array", schemas.LIST_TYPE: "map", schemas.LIST_KEYS: list(keys),
        "items": {"type": "object", "properties": {"name": STRING}, **items},
    })


@pytest.mark.parametrize(("schema", "fields"), [
    pytest.param(keyed("name", required=["name"]), [], id="good"),
    pytest.param(keyed("name"), ["s.properties[a].items.properties[name].default"], id="optional-key"),
    pytest.param(keyed(), [f"s.properties[a].{schemas.LIST_KEYS}"], id="no-keys"),
    pytest.param(keyed("other"), [f"s.properties[a].{schemas.LIST_KEYS}"], id="unknown-key"),
    pytest.param(
        root(a={"type": "array", "items": STRING, schemas.LIST_TYPE: "bag"}), [f"s.properties[a].{schemas.LIST_TYPE}"],
        id="unknown-type",
    ),
])
def test_lists(schema, fields):
    assert [fault.field for fault in schemas.validate(schema, "s")] == fields
