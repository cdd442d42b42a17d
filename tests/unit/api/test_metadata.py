"""Metadata of objects."""

import random

import pytest

from kubewheel.api import metadata


def messages(faults):
    return [str(fault) for fault in faults]


def pod(**extra):
    return {"metadata": {"name": "web", "namespace": "default", **extra}}


def test_fill():
    obj = {"metadata": {"generateName": "web-", "labels": {}, "uid": "mine", "deletionTimestamp": "x", "generation": 7}}
    metadata.fill(obj, namespace="default", now=0.0, source=random.Random(1))
    filled = obj["metadata"]
    assert filled["name"].startswith("web-")
    assert len(filled["name"]) == 9
    assert filled["creationTimestamp"] == "1970-01-01T00:00:00Z"
    assert len(filled["uid"]) == 36
    assert filled["uid"] != "mine"
    assert set(filled) == {"generateName", "name", "namespace", "uid", "creationTimestamp"}
    assert metadata.validate(obj, namespaced=True) == []


def test_carry_over_keeps_what_the_server_owns():
    old = pod(uid="u", creationTimestamp="t", generation=3, deletionTimestamp="d", deletionGracePeriodSeconds=0)
    new = pod(creationTimestamp="other", generation=9, labels={}, resourceVersion="5")
    metadata.carry_over(new, old)
    assert new["metadata"] == {**old["metadata"], "resourceVersion": "5"}
    assert metadata.validate_update(new, old) == []


@pytest.mark.parametrize(("extra", "expected"), [
    ({"name": ""}, ["metadata.name: Required value: name or generateName is required"]),
    ({"namespace": ""}, ["metadata.namespace: Required value"]),
    ({"labels": {"a": "b c"}}, 1), ({"labels": {"a b": "c"}}, 1), ({"annotations": {"A/b": "anything goes"}}, []),
    ({"annotations": {"a b": ""}}, 1),
    ({"annotations": {"a": "x" * 262144}}, ["metadata.annotations: Too long: may not be more than 262144 bytes"]),
    ({"finalizers": ["orphan", "foregroundDeletion"]},
    ['metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: '
      "finalizer orphan and foregroundDeletion cannot be both set"]),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "a"}]},
     ['metadata.ownerReferences.uid: Invalid value: "": must not be empty']),
    ({"ownerReferences": [{"apiVersion": "apps/", "kind": "Pod", "name": "a", "uid": "u"}]},
     ['metadata.ownerReferences.apiVersion: Invalid value: "apps/": version must not be empty']),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "u"}]}, 1),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": name, "uid": "u",
    "controller": True} for name in "ab"]}, 1),
    ({"generateName": "Web-"}, 1),
])
def test_validate(extra, expected):
    found = messages(metadata.validate(pod(**extra), namespaced=True))
    assert len(found) == expected if isinstance(expected, int) else found == expected


def test_validate_scope_and_own_rule():
    assert messages(metadata.validate(pod(), namespaced=False)) == ["metadata.namespace: Forbidden: not allowed on "
     "this type"]
    assert messages(metadata.validate(pod(), namespaced=True, validate_name=lambda name: ["no"])) == [
        'metadata.name: Invalid value: "web": no',
    ]


def test_validate_update():
    old = pod(uid="u", deletionTimestamp="d", finalizers=["a/b"])
    new = pod(uid="v", deletionTimestamp="d", finalizers=["a/b", "c/d"])
    assert messages(metadata.validate_update(new, old)) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"c/d"}',
        'metadata.uid: Invalid value: "v": field is immutable',
    ]


def test_generation_counts_changes_beyond_metadata_and_status():
    old = {"metadata": {"name": "a"}, "spec": {"x": 1}, "status": {}}
    assert not metadata.is_spec_changed({"metadata": {"name": "b"}, "spec": {"x": 1}, "status": {"y": 2}}, old)
    assert metadata.is_spec_changed({"metadata": {}, "spec": {"x": 2}}, old)
    assert metadata.is_spec_changed({"metadata": {}, "spec": {"x": 1}, "data": {}}, old)
