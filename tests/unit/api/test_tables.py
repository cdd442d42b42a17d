"""Tables and metadata-only forms."""

import pytest

from kubewheel.api import kinds, tables
from kubewheel.api.errors import StatusError
from kubewheel.api.kinds import Column, Kind

OBJ = {"kind": "Widget", "metadata": {"name": "a", "creationTimestamp": "1970-01-01T00:00:00Z"}, "spec": {"size": 3}}
PLAIN = Kind("example.com", "Widget")
OWN = Kind(
    "example.com", "Widget", columns=(kinds.NAME, Column("Size", type="integer", wide=True)),
    row=lambda obj, now: (obj["metadata"]["name"], obj["spec"]["size"]),
)


def test_default_columns():
    found = tables.table(PLAIN, [OBJ], {"resourceVersion": "7"}, now=0.0)
    assert (found["kind"], found["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert found["metadata"] == {"resourceVersion": "7"}
    assert [each["name"] for each in found["columnDefinitions"]] == ["Name", "Created At"]
    assert found["columnDefinitions"][0]["format"] == "name"
    assert found["rows"] == [{
        "cells": ["a", "1970-01-01T00:00:00Z"],
        "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": OBJ["metadata"]},
    }]


def test_own_columns():
    found = tables.table(OWN, [OBJ], {}, now=0.0, include=tables.OBJECT)
    assert [(each["name"], each["priority"]) for each in found["columnDefinitions"]] == [("Name", 0), ("Size", 1)]
    assert found["rows"] == [{"cells": ["a", 3], "object": OBJ}]


def test_without_objects_and_headers():
    found = tables.table(OWN, [OBJ], {}, now=0.0, include=tables.NONE, headers=False)
    assert found["columnDefinitions"] is None
    assert found["rows"] == [{"cells": ["a", 3]}]


def test_partial_list():
    found = tables.partial_list([OBJ], {"resourceVersion": "7"})
    assert found["kind"] == "PartialObjectMetadataList"
    assert found["items"] == [tables.partial(OBJ)]
    assert "spec" not in found["items"][0]


def test_checked_include():
    assert tables.checked_include("") == "Metadata"
    assert tables.checked_include("None") == "None"
    with pytest.raises(StatusError, match='unrecognized includeObject value: "All"'):
        tables.checked_include("All")
