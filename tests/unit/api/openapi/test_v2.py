"""OpenAPI 2."""

import orjson
import pytest

from kubewheel.api import kinds
from kubewheel.api.openapi import v2
from kubewheel.api.registry import Registry, Resource


@pytest.fixture
def registry():
    return Registry.builtin()


def test_document(registry):
    document = orjson.loads(v2.OpenApi(registry).document().body)
    assert document["swagger"] == "2.0"
    pod = document["definitions"]["io.k8s.api.core.v1.Pod"]
    assert pod["properties"]["spec"]["$ref"] == "#/definitions/io.k8s.api.core.v1.PodSpec"
    operation = document["paths"]["/api/v1/namespaces/{namespace}/pods/{name}"]["patch"]
    assert operation["consumes"][0] == "application/json-patch+json"
    assert operation["parameters"][-1]["in"] == "body"
    assert operation["responses"]["200"]["schema"]["$ref"] == "#/definitions/io.k8s.api.core.v1.Pod"


def test_every_reference_leads_somewhere(registry):
    text = v2.OpenApi(registry).document().body.decode()
    known = orjson.loads(text)["definitions"]
    for part in text.split('"$ref":"#/definitions/')[1:]:
        assert part.partition('"')[0] in known


def test_the_document_is_kept_until_the_registry_changes(registry):
    documents = v2.OpenApi(registry)
    first = documents.document()
    assert documents.document() is first
    registry.add(Resource(
        "example.com", "v1", "widgets", "widget", "Widget", True, custom=kinds.Kind("example.com", "Widget"),
    ))
    assert documents.document() is not first
