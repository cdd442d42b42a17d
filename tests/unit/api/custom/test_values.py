"""Values against schemas, in the words of upstream."""

from typing import Any

import pytest

from kubewheel.api.custom import lists, values


@pytest.mark.parametrize(("value", "schema", "text"), [
    pytest.param(1, {"type": "string"}, 'a: Invalid value: "integer": a in body must be of type string: "integer"',
                 id="type"),
    pytest.param(1.0, {"type": "integer"}, "", id="whole-float-is-integer"),
    pytest.param(None, {"type": "string"}, 'a: Invalid value: "null": a in body must be of type string: "null"',
                 id="null"),
    pytest.param(None, {"type": "string", "nullable": True}, "", id="nullable"),
    pytest.param("x", {"enum": ["a", "b"]}, 'a: Unsupported value: "x": supported values: "a", "b"', id="enum"),
    pytest.param("x", {"pattern": "^y$"}, "a: Invalid value: \"x\": a in body should match '^y$'", id="pattern"),
    pytest.param(5, {"maximum": 5, "exclusiveMaximum": True},
                 "a: Invalid value: 5: a in body should be less than 5", id="exclusive-maximum"),
    pytest.param(3, {"multipleOf": 2}, "a: Invalid value: 3: a in body should be a multiple of 2", id="multiple"),
    pytest.param("", {"minLength": 1}, 'a: Invalid value: "": a in body should be at least 1 chars long', id="short"),
    pytest.param([1, 2], {"maxItems": 1}, "a: Too many: 2: must have at most 1 items", id="max-items"),
    pytest.param([], {"minItems": 1}, "a: Invalid value: []: a in body should have at least 1 items", id="min-items"),
    pytest.param("no", {"type": "string", "format": "date-time"},
                 'a: Invalid value: "no": a in body must be of type date-time: "no"', id="format"),
    pytest.param(True, {"x-kubernetes-int-or-string": True},
                 'a: Invalid value: "boolean": a in body must be of type integer,string: "boolean"',
                 id="int-or-string"),
    pytest.param({}, {"required": ["b"]}, "a.b: Required value", id="required"),
    pytest.param(1, {"not": {"minimum": 0}}, '<nil>: Invalid value: "": "a" must not validate the schema (not)',
                 id="not"),
    pytest.param(
        5, {"oneOf": [{"minimum": 1}, {"minimum": 2}]},
        '<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found 2 valid alternatives',
        id="one-of",
    ),
])
def test_validate(value: Any, schema: dict[str, Any], text: str) -> None:
    faults = values.validate(value, schema, "a")
    assert "; ".join(str(fault) for fault in faults) == text


def test_what_an_update_leaves_alone_passes() -> None:
    schema = {"type": "object", "properties": {"a": {"maximum": 1}, "b": {"maximum": 1}}}
    found = values.validate({"a": 5, "b": 5}, schema, "", {"a": 5, "b": 4})
    assert [fault.field for fault in found] == ["b"]


def test_lists_hold_nothing_twice() -> None:
    schema = {"type": "object", "properties": {
        "s": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "m": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "items": {
            "type": "object", "properties": {"k": {"type": "string"}},
        }},
    }}
    found = lists.validate({"s": ["a", "a"], "m": [{"k": "x", "v": 1}, {"k": "x", "v": 2}]}, schema)
    assert [str(fault) for fault in found] == [
        's[1]: Duplicate value: "a"', 'm[1]: Duplicate value: {"k":"x"}',
    ]


@pytest.mark.parametrize(("old", "new", "schema", "fields"), [
    pytest.param({"a": "xx"}, {"a": "xx", "b": 1}, {"properties": {"a": {"maxLength": 1}, "b": {}}}, [],
                 id="unchanged-field"),
    pytest.param({"a": "xx"}, {"a": "yy"}, {"properties": {"a": {"maxLength": 1}}}, ["a"], id="changed-field"),
    pytest.param({"a": 1}, {"a": 1}, {"properties": {"a": {"type": "string"}}}, [], id="unchanged-type"),
    pytest.param({"a": 1}, {"a": True}, {"properties": {"a": {"type": "string"}}}, ["a"], id="one-is-not-true"),
    pytest.param({"a": {}}, {"a": {}, "b": 1}, {"properties": {"a": {"required": ["x"]}}}, [], id="unchanged-required"),
    pytest.param({"a": {}}, {"a": {"y": 1}}, {"properties": {"a": {"required": ["x"]}}}, ["a.x"],
        id="changed-required"),
    pytest.param({"a": 3}, {"a": 3, "b": 1}, {"properties": {"a": {"anyOf": [{"minimum": 5}]}}}, [],
        id="unchanged-any-of"),
    pytest.param({"a": [{"k": "x", "v": 9}]}, {"a": [{"k": "y", "v": 9}, {"k": "x", "v": 9}]}, {"properties": {"a": {
        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
        "items": {"properties": {"v": {"maximum": 5}}}}}}, ["a[0].v"], id="item-of-a-map"),
    pytest.param({"a": [9, 8]}, {"a": [8, 9]}, {"properties": {"a": {"items": {"maximum": 5}}}}, ["a[0]", "a[1]"],
                 id="items-without-keys"),
])
def test_ratcheting(old: Any, new: Any, schema: Any, fields: list[str]) -> None:
    assert [fault.field for fault in values.validate(new, {"type": "object", **schema}, "", old)] == fields


def test_lists_that_held_something_twice_may_go_on() -> None:
    schema = {"properties": {"a": {"type": "array", "x-kubernetes-list-type": "set"}, "b": {}}}
    assert lists.validate({"a": [1, 1], "b": 2}, schema, {"a": [1, 1]}) == []
    [fault] = lists.validate({"a": [1, 1]}, schema, {"a": [1]})
    assert str(fault) == "a[1]: Duplicate value: 1"
