"""CSINode."""

import pytest

from kubewheel.api.storage.csi_node import KIND


def created(*drivers):
    return {"metadata": {"name": "n"}, "spec": {"drivers": list(drivers)}}


GOOD = {"name": "a.b", "nodeID": "n-1", "topologyKeys": ["zone"], "allocatable": {"count": 3}}


@pytest.mark.parametrize(("made", "fields"), [
    pytest.param(created(GOOD), [], id="good"),
    pytest.param(created(GOOD, GOOD), ["spec.drivers[1].name"], id="twice"),
    pytest.param(
        created({"name": "a", "allocatable": {"count": -1}, "topologyKeys": ["", "x", "x"]}),
        [
            "spec.drivers[0].nodeID", "spec.drivers[0].allocatable.count", "spec.drivers[0].topologyKeys",
            "spec.drivers[0].topologyKeys",
        ],
        id="driver",
    ),
])
def test_validate(made, fields):
    assert [fault.field for fault in KIND.validate(made)] == fields


def test_update():
    found = KIND.validate_update(created({**GOOD, "nodeID": "n-2", "allocatable": {"count": 1}}), created(GOOD))
    assert [fault.field for fault in found] == ["spec.drivers[0].nodeID"]


def test_row():
    assert list(KIND.row(created(GOOD), 0)) == ["n", 1, "<unknown>"]
