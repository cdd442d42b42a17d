"""OpenAPI 3."""

import dataclasses

import orjson
import pytest

from kubewheel.api import kinds
from kubewheel.api.openapi import v3
from kubewheel.api.registry import Registry, Resource

WIDGETS = Resource(
    "example.com", "v1", "widgets", "widget", "Widget", True, custom=kinds.Kind("example.com", "Widget"),
)


@pytest.fixture
def registry():
    return Registry.builtin()


def read(documents, path):
    return orjson.loads(documents.document(path).body)


def references(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_index_leads_to_the_documents(registry):
    documents = v3.OpenApi(registry)
    paths = read(documents, "/openapi/v3")["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/autoscaling/v1", "apis/autoscaling/v2"} <= set(paths)
    path, _, digest = paths["apis/apps/v1"]["serverRelativeURL"].partition("?hash=")
    assert documents.document(path).etag == f'"{digest}"'


def test_group_document(registry):
    document = read(v3.OpenApi(registry, version="v1.37.9"), "/openapi/v3/apis/policy/v1")
    assert document["info"]["version"] == "v1.37.9"
    path = "/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/{name}"
    operation = document["paths"][path]["patch"]
    assert operation["x-kubernetes-group-version-kind"] == {
        "group": "policy", "version": "v1", "kind": "PodDisruptionBudget",
    }
    assert "fieldValidation" in [each["name"] for each in operation["parameters"]]
    assert "application/strategic-merge-patch+json" in operation["requestBody"]["content"]
    assert [each["name"] for each in document["paths"][path]["parameters"]] == ["name", "namespace", "pretty"]
    assert document["components"]["schemas"]["io.k8s.api.policy.v1.PodDisruptionBudgetSpec"]["properties"]["selector"][
        "x-kubernetes-patch-strategy"
    ] == "replace"


def test_every_reference_of_every_document_leads_somewhere(registry):
    documents = v3.OpenApi(registry)
    for path in read(documents, "/openapi/v3")["paths"]:
        document = read(documents, f"/openapi/v3/{path}")
        known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
        assert set(references(document)) <= known, path


def test_unknown_documents(registry):
    documents = v3.OpenApi(registry)
    assert documents.document("/openapi/v3/apis/nope/v1") is None
    assert documents.document("/openapi/v3/api/v2") is None
    assert documents.document("/openapi/v3/") is not None


def test_documents_are_kept_while_their_resources_stay(registry):
    shape = {"type": "object", "description": "A widget."}
    documents = v3.OpenApi(registry, schema_of=lambda resource: shape if resource.custom else None)
    apps, index = documents.document("/openapi/v3/apis/apps/v1"), documents.document("/openapi/v3")
    registry.add(WIDGETS)
    assert documents.document("/openapi/v3/apis/apps/v1") is apps
    assert documents.document("/openapi/v3").etag != index.etag
    first = documents.document("/openapi/v3/apis/example.com/v1")
    document = orjson.loads(first.body)
    assert document["components"]["schemas"]["com.example.v1.Widget"] == shape
    posted = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets"]["post"]
    assert set(references(posted)) == {"#/components/schemas/com.example.v1.Widget"}
    registry.add(dataclasses.replace(WIDGETS, short_names=("wd",)))
    assert documents.document("/openapi/v3/apis/example.com/v1").etag != first.etag


def test_hashes_are_the_same_for_every_server(registry):
    assert v3.OpenApi(registry).index() == v3.OpenApi(Registry.builtin()).index()
