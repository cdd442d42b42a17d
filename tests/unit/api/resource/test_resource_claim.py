"""ResourceClaim."""

import pytest

from kubewheel.api.resource.resource_claim import KIND


def created(**status):
    made = {"metadata": {"name": "c"}, "spec": {"devices": {}}}
    KIND.prepare_create(made)
    KIND.default(made)
    return {**made, "status": status}


POD = {"resource": "pods", "name": "p", "uid": "1"}


@pytest.mark.parametrize(("status", "old", "fields"), [
    pytest.param({"allocation": {}, "reservedFor": [POD]}, {}, [], id="good"),
    pytest.param({"reservedFor": [POD]}, {}, ["status.reservedFor"], id="not-allocated"),
    pytest.param(
        {"allocation": {}, "reservedFor": [POD, POD, {}]}, {},
        [
            "status.reservedFor[1].uid", "status.reservedFor[2].resource", "status.reservedFor[2].name",
            "status.reservedFor[2].uid",
        ],
        id="consumers",
    ),
    pytest.param({"allocation": {"a": 1}}, {"allocation": {}}, ["status.allocation"], id="moved"),
    pytest.param({}, {"allocation": {}}, [], id="given-back"),
])
def test_status(status, old, fields):
    assert [fault.field for fault in KIND.validate_status(created(**status), created(**old))] == fields


@pytest.mark.parametrize(("status", "metadata", "state"), [
    pytest.param({}, {}, "pending", id="pending"),
    pytest.param({"allocation": {}}, {}, "allocated", id="allocated"),
    pytest.param({"allocation": {}, "reservedFor": [POD]}, {}, "allocated,reserved", id="reserved"),
    pytest.param({"allocation": {}}, {"deletionTimestamp": "t"}, "deleted,allocated", id="deleted"),
])
def test_row(status, metadata, state):
    made = created(**status)
    made["metadata"].update(metadata)
    assert list(KIND.row(made, 0)) == ["c", state, "<unknown>"]


def test_spec_is_immutable():
    assert [fault.field for fault in KIND.validate_update({"spec": {"a": 1}}, created())] == ["spec"]
    assert KIND.validate(created()) == []
