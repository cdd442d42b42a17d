"""ControllerRevision."""

import pytest

from kubewheel.api.apps.controller_revision import KIND


@pytest.mark.parametrize(("obj", "expected"), [
    pytest.param({"data": {}, "revision": 1}, [], id="good"),
    pytest.param({}, ["data: Required value: data is mandatory"], id="no-data"),
    pytest.param(
        {"data": {}, "revision": -1}, ["revision: Invalid value: -1: must be greater than or equal to 0"],
        id="negative",
    ),
])
def test_validate(obj, expected):
    assert [str(fault) for fault in KIND.validate(obj)] == expected


def test_data_is_immutable():
    assert [fault.field for fault in KIND.validate_update({"data": {"a": 1}}, {"data": {}})] == ["data"]


def test_row():
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "controller": True}
    obj = {"metadata": {"name": "db-1", "ownerReferences": [owner]}, "revision": 2}
    assert list(KIND.row(obj, 0)) == ["db-1", "statefulset.apps/db", 2, "<unknown>"]
    assert list(KIND.row({"metadata": {"name": "x"}}, 0)) == ["x", "<none>", 0, "<unknown>"]


def test_default():
    obj = {}
    KIND.default(obj)
    assert obj == {"revision": 0}
