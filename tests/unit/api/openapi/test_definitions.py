"""Definitions as JSON Schema."""

import pytest

from kubewheel.api import schema
from kubewheel.api.openapi import definitions

POD_SPEC = "io.k8s.api.core.v1.PodSpec"


@pytest.fixture(scope="module")
def docs():
    return definitions.load_docs()


def made(name, docs, dialect=definitions.V3):
    return dialect.definition(schema.load().definition(name), docs)


def test_fields_with_their_merge_keys(docs):
    containers = made(POD_SPEC, docs)["properties"]["containers"]
    assert containers.pop("description").startswith("List of containers")
    assert containers == {
        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
        "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name",
        "items": {"allOf": [{"$ref": "#/components/schemas/io.k8s.api.core.v1.Container"}], "default": {}},
    }


def test_references_of_both_versions(docs):
    third = made(POD_SPEC, docs)["properties"]["affinity"]
    assert third["allOf"] == [{"$ref": "#/components/schemas/io.k8s.api.core.v1.Affinity"}]
    second = made(POD_SPEC, docs, definitions.V2)["properties"]["affinity"]
    assert second["$ref"] == "#/definitions/io.k8s.api.core.v1.Affinity"
    assert second["description"] == third["description"]


def test_kinds_and_required_fields(docs):
    pod = made("io.k8s.api.core.v1.Pod", docs)
    assert pod["x-kubernetes-group-version-kind"] == [{"group": "", "version": "v1", "kind": "Pod"}]
    assert made(POD_SPEC, docs)["required"] == ["containers"]


@pytest.mark.parametrize(("name", "third", "second"), [
    ("io.k8s.apimachinery.pkg.api.resource.Quantity", {"oneOf": [{"type": "string"}, {"type": "number"}]},
    {"type": "string"}),
    ("io.k8s.apimachinery.pkg.util.intstr.IntOrString",
     {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
     {"format": "int-or-string", "type": "string"}),
    (schema.META + "Time", {"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
    (schema.META + "FieldsV1", {"type": "object"}, {"type": "object"}),
    ("io.k8s.apimachinery.pkg.runtime.RawExtension", {"type": "object"}, {"type": "object"}),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", {}, {}),
])
def test_scalars(docs, name, third, second):
    for dialect, expected in ((definitions.V3, third), (definitions.V2, second)):
        found = made(name, docs, dialect)
        found.pop("description", None)
        assert found == expected


def test_reached():
    names = definitions.reached(schema.load(), ["io.k8s.api.core.v1.ConfigMap"])
    assert schema.OBJECT_META in names
    assert POD_SPEC not in names
    assert names == sorted(names)
