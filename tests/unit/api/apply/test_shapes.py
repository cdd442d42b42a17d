"""Shapes of built-in and custom kinds."""

import pytest

from kubewheel.api.apply import shapes
from kubewheel.api.apply.shapes import Form

POD = shapes.of_kind("", "v1", "Pod")


def at(shape, *path):
    for name in path:
        shape = shape.element if name == "*" else shape.part(name)
    return shape


@pytest.mark.parametrize(("path", "form"), [
    (("metadata",), Form.STRUCT), (("metadata", "labels"), Form.MAP), (("metadata", "finalizers"), Form.SET),
    (("metadata", "ownerReferences", "*"), Form.LEAF), (("spec", "containers"), Form.KEYED),
    (("spec", "containers", "*", "command"), Form.LEAF), (("spec", "nodeSelector"), Form.LEAF),
    (("spec", "tolerations"), Form.LEAF), (("spec", "imagePullSecrets", "*"), Form.LEAF),
    (("spec", "containers", "*", "resources", "limits"), Form.MAP),
])
def test_forms(path, form):
    assert at(POD, *path).form is form


def test_field_overrides_its_type():
    volume = shapes.of_kind("", "v1", "PersistentVolume")
    assert at(volume, "spec", "claimRef").form is Form.STRUCT


@pytest.mark.parametrize(("item", "name"), [
    ({"containerPort": 80}, 'k:{"containerPort":80,"protocol":"TCP"}'),
    ({"containerPort": 53, "protocol": "UDP"}, 'k:{"containerPort":53,"protocol":"UDP"}'),
])
def test_keys_may_have_defaults(item, name):
    assert at(POD, "spec", "containers", "*", "ports").item(item) == name


def test_items_are_named_by_their_only_key():
    containers = at(POD, "spec", "containers")
    assert containers.item({"name": 'a"b'}) == 'k:{"name":"a\\"b"}'
    assert containers.item({"image": "x"}) == 'k:{"name":""}'
    with pytest.raises(ValueError, match="non-map"):
        containers.item("a")


SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {
            "whole": {"type": "array", "items": {"type": "string"}},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "map": {
                "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id", "zone"],
                "items": {"type": "object", "properties": {
                    "id": {"type": "string"}, "zone": {"type": "string", "default": "a"},
                }},
            },
            "atomic": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}}},
            "named": {"type": "object", "additionalProperties": {"type": "integer"}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            "either": {"x-kubernetes-int-or-string": True},
            "pod": {"type": "object", "x-kubernetes-embedded-resource": True},
        }},
    },
}


@pytest.mark.parametrize(("name", "form"), [
    ("whole", Form.LEAF), ("set", Form.SET), ("map", Form.KEYED), ("atomic", Form.LEAF), ("named", Form.MAP),
    ("free", Form.DEDUCED), ("either", Form.LEAF), ("pod", Form.STRUCT),
])
def test_forms_of_custom_kinds(name, form):
    custom = shapes.of_custom(SCHEMA)
    assert at(custom, "spec", name).form is form
    assert at(custom, "metadata", "finalizers").form is Form.SET


def test_keys_of_custom_lists():
    found = at(shapes.of_custom(SCHEMA), "spec", "map")
    assert found.item({"id": "x"}) == 'k:{"id":"x","zone":"a"}'
    assert found.item({}) == 'k:{"zone":"a"}'


def test_unknown_kinds_have_metadata():
    assert at(shapes.of_kind("example.com", "v1", "Widget"), "metadata", "labels").form is Form.MAP
