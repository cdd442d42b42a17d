"""OpenAPI 2 documents of several servers as one."""

from typing import Any

from kubewheel.api.openapi import merging


def uses(name: str) -> dict[str, Any]:
    return {"get": {"schema": {"$ref": f"#/definitions/{name}"}}}


def test_only_the_paths_asked_for_and_what_they_need() -> None:
    own = {"swagger": "2.0", "paths": {"/api": {}}, "definitions": {"Status": {"type": "object"}}}
    other = {
        "paths": {"/apis/a/v1/x": uses("X"), "/apis/a/v1": {}, "/apis/a/v10/y": {}, "/version": uses("Version")},
        "definitions": {"X": {"items": [{"$ref": "#/definitions/Status"}, {"$ref": "#/definitions/Y"}]},
                        "Y": {"$ref": "#/definitions/X"}, "Status": {"type": "object"}, "Version": {}},
    }
    merged = merging.merge(own, other, "/apis/a/v1/")
    assert set(merged["paths"]) == {"/api", "/apis/a/v1", "/apis/a/v1/x"}
    assert set(merged["definitions"]) == {"Status", "X", "Y"}
    assert own["definitions"] == {"Status": {"type": "object"}}


def test_other_content_gets_another_name() -> None:
    own = {"paths": {}, "definitions": {"X": {"type": "string"}, "X_v2": {"type": "integer"}}}
    other = {"paths": {"/apis/a/v1/x": uses("X")}, "definitions": {"X": {"properties": {"next": {
        "$ref": "#/definitions/X",
    }}}}}
    merged = merging.merge(own, other, "/apis/a/v1/")
    assert merged["paths"]["/apis/a/v1/x"] == uses("X_v3")
    assert merged["definitions"]["X_v3"] == {"properties": {"next": {"$ref": "#/definitions/X_v3"}}}


def test_a_document_that_is_none() -> None:
    assert merging.merge({"paths": {}, "definitions": {}}, {"paths": 7}, "/") == {"paths": {}, "definitions": {}}
