"""PriorityLevelConfiguration."""

import pytest

from kubewheel.api.flowcontrol.priority_level_configuration import KIND


def created(name="l", **spec):
    made = {"metadata": {"name": name}, "spec": spec}
    KIND.prepare_create(made)
    KIND.default(made)
    return made


def limited(kind="Queue", queuing=None, **fields):
    response = {"type": kind}
    if queuing is not None:
        response["queuing"] = queuing
    return created(type="Limited", limited={"limitResponse": response, **fields})


def test_defaults():
    assert limited(queuing={})["spec"]["limited"] == {
        "nominalConcurrencyShares": 30, "lendablePercent": 0,
        "limitResponse": {"type": "Queue", "queuing": {"queues": 64, "handSize": 8, "queueLengthLimit": 50}},
    }
    assert created(type="Exempt")["spec"]["exempt"] == {"nominalConcurrencyShares": 0, "lendablePercent": 0}


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(limited(queuing={}), [], id="queue"),
    pytest.param(limited("Reject"), [], id="reject"),
    pytest.param(
        created(type="Exempt"),
        ["spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"], id="exempt",
    ),
    pytest.param(
        created(type="Free"), ['spec.type: Unsupported value: "Free": supported values: "Exempt", "Limited"'],
        id="type",
    ),
    pytest.param(
        created(type="Limited"), ["spec.limited: Required value: must not be empty when type is Limited"],
        id="no-limit",
    ),
    pytest.param(
        limited("Reject", {}),
        [
            "spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited"
        ],
        id="needless-queue",
    ),
    pytest.param(
        limited(),
        [
            "spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is "
            "Limited"
        ],
        id="no-queue",
    ),
    pytest.param(
        limited(queuing={"queues": 4, "handSize": 5}, lendablePercent=101),
        [
            "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
            "spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)",
        ],
        id="numbers",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_mandatory_levels_cannot_change():
    made = limited("Reject")
    made["metadata"]["name"] = "catch-all"
    assert [fault.detail for fault in KIND.validate(made)] == ["spec of 'catch-all' must equal the fixed value"]


def test_row():
    assert list(KIND.row(limited(queuing={}), 0)) == ["l", "Limited", 30, 64, 8, 50, "<unknown>"]
    assert list(KIND.row(created("exempt", type="Exempt"), 0))[1:6] == ["Exempt", *["<none>"] * 4]
