"""Pruning and defaulting."""

from kubewheel.api.custom import structure

SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
    "a": {"type": "integer", "default": 1}, "free": {"type": "object", structure.PRESERVE: True},
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
    "list": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string", "default": "y"}}}},
}}}}


def test_prune() -> None:
    obj = {"apiVersion": "v", "kind": "k", "metadata": {"name": "n"}, "other": 1, "spec": {
        "free": {"any": {"thing": 1}}, "map": {"k": "v"}, "list": [{"x": "1", "z": 2}], "no": 1,
    }}
    assert structure.prune(obj, SCHEMA) == ["other", "spec.list[0].z", "spec.no"]
    assert obj["spec"] == {"free": {"any": {"thing": 1}}, "map": {"k": "v"}, "list": [{"x": "1"}]}


def test_fill() -> None:
    obj = {"spec": {"list": [{}], "map": {"k": None}, "a": None}}
    structure.fill(obj, SCHEMA)
    assert obj == {"spec": {"list": [{"x": "y"}], "map": {}, "a": 1}}
