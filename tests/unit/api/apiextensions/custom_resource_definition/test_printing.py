"""Columns, subresources and selectable fields."""

import pytest

from kubewheel.api.apiextensions.custom_resource_definition import printing


@pytest.mark.parametrize(("column", "fields"), [
    pytest.param({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}, [], id="good"),
    pytest.param({}, ["c[0].name", "c[0].type", "c[0].JSONPath"], id="empty"),
    pytest.param(
        {"name": "A", "type": "text", "format": "f", "jsonPath": "spec"}, ["c[0].type", "c[0].format", "c[0].JSONPath"],
        id="bad",
    ),
])
def test_columns(column, fields):
    assert [fault.field for fault in printing.validate_columns([column], "c")] == fields


@pytest.mark.parametrize(("scale", "expected"), [
    pytest.param({"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}, [], id="good"),
    pytest.param(
        {},
        ["s.scale.specReplicasPath: Required value", "s.scale.statusReplicasPath: Required value"], id="empty",
    ),
    pytest.param(
        {"specReplicasPath": "spec", "statusReplicasPath": ".spec.x", "labelSelectorPath": ".metadata.x"},
        [
            's.scale.specReplicasPath: Invalid value: "spec": must be a simple json path starting with .',
            's.scale.statusReplicasPath: Invalid value: ".spec.x": should be a json path under .status',
            's.scale.labelSelectorPath: Invalid value: ".metadata.x": should be a json path under either .spec or '
            '.status',
        ],
        id="bad",
    ),
])
def test_scale(scale, expected):
    assert [str(fault) for fault in printing.validate_subresources({"scale": scale}, "s")] == expected


def test_selectable():
    schema = {"properties": {"spec": {"properties": {"color": {"type": "string"}, "size": {"type": "object"}}}}}
    paths = [".spec.color", ".spec.color", ".spec.size", ".spec.none", ".metadata.name", ""]
    found = printing.validate_selectable([{"jsonPath": path} for path in paths], schema, "f")
    assert [(fault.field, fault.type) for fault in found] == [
        ("f[1].jsonPath", "Duplicate value"), ("f[2].jsonPath", "Invalid value"),
        ("f[3].jsonPath", "Invalid value"), ("f[4].jsonPath", "Invalid value"), ("f[5].jsonPath", "Required value"),
    ]
