"""PriorityClass."""

import pytest

from kubewheel.api.scheduling.priority_class import KIND


def created(name="high", value=5, **fields):
    made = {"metadata": {"name": name}, "value": value, **fields}
    KIND.default(made)
    return made


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(created(), [], id="good"),
    pytest.param(created(value=-5), [], id="negative"),
    pytest.param(
        created(value=1_000_000_001),
        ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"], id="too-high",
    ),
    pytest.param(created("system-node-critical", 2_000_001_000), [], id="system"),
    pytest.param(
        created("system-node-critical", 1),
        [
            "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. "
            "error: "
            "value of system-node-critical PriorityClass must be 2000001000"
        ],
        id="system-value",
    ),
    pytest.param(
        created("system-mine"),
        [
            "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. "
            "error: "
            "system-mine is not a known system priority class"
        ],
        id="system-name",
    ),
    pytest.param(
        created(preemptionPolicy="Always"),
        ['preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"'],
        id="policy",
    ),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_update():
    found = KIND.validate_update(created(value=6, preemptionPolicy="Never"), created())
    assert [str(fault) for fault in found] == [
        "value: Forbidden: may not be changed in an update.",
        'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]


def test_row():
    assert list(KIND.row(created(), 0)) == ["high", 5, False, "<unknown>", "PreemptLowerPriority"]
