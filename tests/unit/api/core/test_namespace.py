"""Namespace."""

import pytest

from kubewheel.api.core.namespace import KIND


def created(**spec):
    obj = {"metadata": {"name": "n"}, "spec": spec, "status": {"phase": "Terminating"}}
    KIND.prepare_create(obj)
    KIND.default(obj)
    return obj


def test_create():
    obj = created(finalizers=["example.com/mine"])
    assert obj["spec"]["finalizers"] == ["example.com/mine", "kubernetes"]
    assert obj["status"] == {"phase": "Active"}
    assert obj["metadata"]["labels"] == {"kubernetes.io/metadata.name": "n"}
    assert KIND.validate(obj) == []


def test_update_keeps_finalizers_and_status():
    old = created()
    new = {"metadata": {"name": "n"}, "spec": {"finalizers": []}, "status": {"phase": "Terminating"}}
    KIND.prepare_update(new, old)
    assert (new["spec"], new["status"]) == ({"finalizers": ["kubernetes"]}, {"phase": "Active"})


def test_finalizers():
    found = KIND.validate(created(finalizers=["mine"]))
    assert [fault.detail for fault in found] == [
        "name is neither a standard finalizer name nor is it fully qualified"
    ]


@pytest.mark.parametrize(("phase", "deleting", "detail"), [
    ("Active", False, ""), ("Terminating", True, ""),
    ("Terminating", False, "may only be 'Active' if `deletionTimestamp` is empty"),
    ("Active", True, "may only be 'Terminating' if `deletionTimestamp` is not empty"),
])
def test_status(phase, deleting, detail):
    obj = {"metadata": {"deletionTimestamp": "x"} if deleting else {}, "status": {"phase": phase}}
    assert [fault.detail for fault in KIND.validate_status(obj, {})] == ([detail] if detail else [])


def test_name_row_and_fields():
    assert KIND.validate_name("a.b") == ["must not contain dots"]
    obj = created()
    assert KIND.row(obj, 0) == ("n", "Active", "<unknown>")
    assert KIND.selectable["status.phase"](obj) == "Active"
