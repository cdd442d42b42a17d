"""Defaults keep to their schemas."""

import pytest

from kubewheel.api.apiextensions.custom_resource_definition import schemas

PATH = "spec.validation.openAPIV3Schema"


def root(**properties):
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(("part", "expected"), [
    pytest.param({"type": "string", "default": "a", "pattern": "^a$"}, [], id="good"),
    pytest.param({"type": "string", "default": 5},
        ['Invalid value: "integer":  in body must be of type string: "integer"'],
                 id="type"),
    pytest.param({"type": "integer", "default": 5, "maximum": 4},
                 ["Invalid value: 5:  in body should be less than or equal to 4"], id="bound"),
    pytest.param({"type": "string", "default": "x", "enum": ["a"]},
                 ['Unsupported value: "x": supported values: "a"'], id="enum"),
    pytest.param({"type": "object", "default": {"b": 1}, "properties": {"a": {"type": "string"}}},
                 ['Invalid value: {"b":1}: must not have unknown fields'], id="unknown"),
    pytest.param({"type": "array", "default": ["a", 1], "items": {"type": "string"}},
                 ['[1]: Invalid value: "integer": [1] in body must be of type string: "integer"'], id="item"),
])
def test_values(part, expected):
    faults = [str(fault) for fault in schemas.validate(root(spec=root(x=part)), PATH)]
    here = f"{PATH}.properties[spec].properties[x].default"
    assert [fault.removeprefix(here).removeprefix(": ") for fault in faults] == expected


def test_fields_within():
    part = {"type": "object", "default": {}, "required": ["a"], "properties": {"a": {"type": "string"}}}
    [fault] = schemas.validate(root(x=part), PATH)
    assert str(fault) == f"{PATH}.properties[x].default.a: Required value"


def test_metadata():
    schema = root(metadata={"type": "object", "properties": {"name": {"type": "string", "default": "x"}}})
    [fault] = schemas.validate(schema, PATH)
    assert str(fault) == (
        f"{PATH}.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata"
    )


def test_null_is_no_default():
    assert schemas.validate(root(a={"type": "string", "nullable": True, "default": None}), PATH) == []
