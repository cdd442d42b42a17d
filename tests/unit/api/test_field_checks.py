"""Which values are right and in their kept form already."""

from typing import Any

import pytest

from kubewheel.api import field_checks, fields, schema

DEFINITION = ("apiextensions.k8s.io", "v1", "CustomResourceDefinition")


@pytest.mark.parametrize(("definition", "value", "expected"), [
    pytest.param("io.k8s.api.core.v1.ConfigMap", {"data": {"a": "b"}}, True, id="right"),
    pytest.param("io.k8s.api.core.v1.ConfigMap", {"data": {"a": 1}}, False, id="wrong-type"),
    pytest.param("io.k8s.api.core.v1.ConfigMap", {"x": 1}, False, id="unknown"),
    pytest.param("io.k8s.api.core.v1.ResourceRequirements", {"limits": {"cpu": "1000m"}}, False, id="not-canonical"),
    pytest.param(schema.JSON_SCHEMA, {"items": {"type": "string"}, "additionalProperties": False}, True, id="schemas"),
    pytest.param(schema.JSON_SCHEMA, {"items": [{"type": "string"}]}, True, id="list-of-schemas"),
    pytest.param(schema.JSON_SCHEMA, {"items": {"properties": {"a": "x"}}}, False, id="no-schema"),
    pytest.param(schema.JSON_SCHEMA, {"additionalProperties": [True]}, False, id="no-boolean"),
])
def test_checks(definition: str, value: Any, expected: bool) -> None:
    assert field_checks.of(schema.load()).struct(definition)(value) is expected


def _definition(inner: Any) -> dict[str, Any]:
    return {"spec": {"versions": [{"schema": {"openAPIV3Schema": inner}}]}}


def test_schemas_lose_what_schemas_do_not_have() -> None:
    made = _definition({"items": {"wrong": 1, "properties": {"a": {"type": "string", "x": 1}}}})
    assert fields.unknown_fields(DEFINITION, made) == []
    assert made == _definition({"items": {"properties": {"a": {"type": "string"}}}})


@pytest.mark.parametrize(("inner", "message"), [
    ({"items": {"properties": {"a": 5}}},
     "json: cannot unmarshal number into Go struct field JSONSchemaProps.properties of type v1.JSONSchemaProps"),
    ({"additionalProperties": "x"}, "boolean or JSON schema expected"),
    ({"dependencies": {"a": [1]}}, "json: cannot unmarshal number into Go value of type string"),
])
def test_schemas_of_wrong_types(inner: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fields.unknown_fields(DEFINITION, _definition(inner))
