"""Bodies of PATCH requests."""

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.api.patches import bodies

GVK = ("", "v1", "Pod")
POD = {"metadata": {"name": "a", "finalizers": ["x/y"]}}


def refused(body, content_type, gvk=GVK):
    with pytest.raises(StatusError) as caught:
        bodies.apply(POD, body, content_type, gvk)
    return caught.value


@pytest.mark.parametrize(("body", "content_type", "finalizers"), [
    (b'[{"op":"add","path":"/metadata/finalizers/0","value":"a/b"}]', bodies.JSON, ["a/b", "x/y"]),
    (b'{"metadata":{"finalizers":["a/b"]}}', bodies.MERGE, ["a/b"]),
    (b'{"metadata":{"finalizers":["a/b"]}}', bodies.STRATEGIC + "; charset=utf-8", ["a/b", "x/y"]),
    ({"metadata": {"finalizers": ["a/b"]}}, bodies.MERGE, ["a/b"]),
])
def test_kinds_of_patches(body, content_type, finalizers):
    assert bodies.apply(POD, body, content_type, GVK)["metadata"]["finalizers"] == finalizers


def test_other_media_types():
    error = refused(b"{}", "application/json")
    assert error.code == 415
    assert error.message == (
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, "
        "application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml"
    )


def test_kinds_without_a_schema_take_no_strategic_patches():
    error = refused(b"{}", bodies.STRATEGIC, ("example.com", "v1", "Widget"))
    assert error.code == 415
    assert bodies.apply(POD, b'{"a":1}', bodies.MERGE, ("example.com", "v1", "Widget"))["a"] == 1


@pytest.mark.parametrize(("body", "content_type", "message"), [
    (b"{", bodies.MERGE, "error decoding patch: unexpected end of JSON input"),
    (b"[]", bodies.STRATEGIC, "error decoding patch: json: cannot unmarshal array into Go value of type "
     "map[string]interface {}"),
    (b"", bodies.JSON, "error decoding patch: unexpected end of JSON input"),
])
def test_unreadable_patches(body, content_type, message):
    error = refused(body, content_type)
    assert (error.code, error.message) == (400, message)


def test_metadata_stays():
    assert bodies.apply(POD, b'[{"op":"remove","path":"/metadata"}]', bodies.JSON, GVK)["metadata"] == {}
    assert bodies.apply(POD, b'{"metadata":null}', bodies.STRATEGIC, GVK)["metadata"] == {}
    assert refused(b'{"metadata":5}', bodies.MERGE).code == 422


def test_patches_cannot_nest_an_object_too_deeply():
    value = "[" * 150 + "]" * 150
    body = f'[{{"op":"add","path":"/a","value":{value}}},{{"op":"move","from":"/a","path":"/metadata/b"}}]'
    assert bodies.apply(POD, body.encode(), bodies.JSON, GVK)["metadata"]["b"]
    steps = ",".join(f'{{"op":"add","path":"{"/a" * n}","value":{{}}}}' for n in range(1, 230))
    assert refused(f"[{steps}]".encode(), bodies.JSON).code == 422
