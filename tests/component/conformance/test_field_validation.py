"""Fields that nobody knows and fields that come twice, in kinds of ours and in custom ones."""

import itertools
import json
from typing import Any

import pytest

from tests.component.kinds.conftest import APPLY, Api
from tests.component.kinds.examples import NAMESPACE

conformance = pytest.mark.conformance
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_numbers = itertools.count(1)
BOTH = pytest.mark.parametrize("method", ["POST", "PATCH"], ids=["create", "apply"])


def deployment(name: str, more: str = "", in_metadata: str = "") -> bytes:
    template = '{"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}'
    return (
        f'{{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {{"name": "{name}"{in_metadata}}},'
        f' "spec": {{"selector": {{"matchLabels": {{"a": "b"}}}}, "template": {template}{more}}}}}'
    ).encode()


def send(api: Api, method: str, collection: str, name: str, body: bytes, validation: str = "Strict") -> Any:
    if method == "POST":
        return api.ask("POST", collection, body, fieldValidation=validation)
    return api.ask("PATCH", f"{collection}/{name}", body, kind=APPLY, fieldValidation=validation, fieldManager="m")


@conformance("Server side field validation, typed object")
def test_unknown_and_double_fields(api: Api) -> None:
    name = f"d{next(_numbers)}"
    answer = send(api, "POST", DEPLOYMENTS, name, deployment(name, ', "unknown": 1, "paused": true, "paused": false'))
    assert answer.status == 400
    assert "strict decoding error" in answer.body["message"]
    assert 'unknown field "spec.unknown"' in answer.body["message"]
    assert 'duplicate field "spec.paused"' in answer.body["message"]


@conformance("Server side field validation, typed object")
@pytest.mark.parametrize(("more", "told"), [
    pytest.param(', "unknown": 1', ".spec.unknown: field not declared in schema", id="unknown"),
    pytest.param(', "paused": true, "paused": false', 'duplicate field "spec.paused"', id="double"),
])
def test_unknown_and_double_fields_of_what_is_applied(api: Api, more: str, told: str) -> None:
    name = f"d{next(_numbers)}"
    answer = send(api, "PATCH", DEPLOYMENTS, name, deployment(name, more))
    assert answer.status >= 400
    assert told in answer.body["message"]
    api.expect(404, "GET", f"{DEPLOYMENTS}/{name}")


@conformance("Server side field validation, typed unknown metadata")
@BOTH
def test_unknown_fields_of_metadata(api: Api, method: str) -> None:
    name = f"d{next(_numbers)}"
    answer = send(api, method, DEPLOYMENTS, name, deployment(name, in_metadata=', "unknownMeta": "x"'))
    assert answer.status >= 400
    told = 'unknown field "metadata.unknownMeta"' if method == "POST" else ".metadata.unknownMeta: field not declared"
    assert told in answer.body["message"]


def define(api: Api, schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Define a kind; return the path of its objects, and how one begins."""
    number = next(_numbers)
    group, plural = "validation.example.com", f"things{number}"
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": plural, "kind": f"Thing{number}"}
    api.expect(201, "POST", DEFINITIONS, {"metadata": {"name": f"{plural}.{group}"}, "spec": {
        "group": group, "scope": "Namespaced", "names": names, "versions": [version],
    }})
    collection = f"/apis/{group}/v1/namespaces/{NAMESPACE}/{plural}"
    for _ in range(1000):
        if api.ask("GET", collection).status == 200:
            break
    return collection, {"apiVersion": f"{group}/v1", "kind": names["kind"], "metadata": {"name": "x"}}


LOOSE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
STRICT = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
    "cronSpec": {"type": "string", "pattern": r"^(\*|\d+) (\*|\d+)$"}, "replicas": {"type": "integer"},
    "ports": {"type": "array", "x-kubernetes-list-map-keys": ["containerPort"], "x-kubernetes-list-type": "map",
              "items": {"type": "object", "required": ["containerPort"], "properties": {
                  "containerPort": {"type": "integer"}, "name": {"type": "string"}}}},
}}}}
EMBEDDED = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"template": {
    "type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True,
}}}}}


@conformance("Server side field validation, unknown fields CR no validation schema")
@BOTH
def test_anything_goes_where_the_schema_keeps_it(api: Api, method: str) -> None:
    collection, start = define(api, LOOSE)
    body = json.dumps({**start, "spec": {"foo": "bar"}}).encode()
    answer = send(api, method, collection, "x", body)
    assert answer.status == 201, answer.body
    assert answer.body["spec"] == {"foo": "bar"}


@conformance("Server side field validation, valid CR with validation schema")
@BOTH
def test_what_the_schema_names_is_taken(api: Api, method: str) -> None:
    collection, start = define(api, STRICT)
    spec = {"cronSpec": "* 5", "replicas": 1, "ports": [{"containerPort": 80, "name": "x"}]}
    answer = send(api, method, collection, "x", json.dumps({**start, "spec": spec}).encode())
    assert answer.status == 201, answer.body
    assert answer.body["spec"] == spec


@conformance("Server side field validation, unknown fields CR fails validation")
@BOTH
def test_what_the_schema_does_not_name_is_refused(api: Api, method: str) -> None:
    collection, start = define(api, STRICT)
    body = json.dumps({**start, "spec": {"foo": "foo1", "cronSpec": "* 5"}}).encode()
    answer = send(api, method, collection, "x", body)
    assert answer.status >= 400
    told = 'unknown field "spec.foo"' if method == "POST" else ".spec.foo: field not declared in schema"
    assert told in answer.body["message"]
    api.expect(404, "GET", f"{collection}/x")


@conformance("Server side field validation, CR duplicates")
@BOTH
def test_double_fields_are_refused_even_where_anything_goes(api: Api, method: str) -> None:
    collection, start = define(api, LOOSE)
    text = json.dumps(start)[:-1] + ', "spec": {"a": 1, "foo": 1, "foo": 2}}'
    answer = send(api, method, collection, "x", text.encode())
    assert answer.status == 400
    assert "foo" in answer.body["message"]
    assert "duplicate" in answer.body["message"] or "already set" in answer.body["message"]


@conformance("Server side field validation, unknown metadata")
@BOTH
@pytest.mark.parametrize("place", ["root", "embedded"])
def test_unknown_metadata_of_custom_objects(api: Api, method: str, place: str) -> None:
    collection, start = define(api, EMBEDDED)
    template = {"apiVersion": "foo/v1", "kind": "Sub", "metadata": {"name": "sub", "labels": {"a": "b"}}}
    body: dict[str, Any] = {**start, "spec": {"template": template}}
    bad = body["metadata"] if place == "root" else template["metadata"]
    bad["unknownMeta"] = "unknown"
    answer = send(api, method, collection, "x", json.dumps(body).encode())
    assert answer.status >= 400
    name = "metadata.unknownMeta" if place == "root" else "spec.template.metadata.unknownMeta"
    assert name in answer.body["message"]
