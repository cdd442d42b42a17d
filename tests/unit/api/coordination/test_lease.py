"""Lease."""

import pytest

from kubewheel.api.coordination.lease import KIND


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"holderIdentity": "a", "leaseDurationSeconds": 15, "leaseTransitions": 0}, [], id="good"),
    pytest.param(
        {"leaseDurationSeconds": 0, "leaseTransitions": -1},
        [
            "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
            "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
        ],
        id="numbers",
    ),
    pytest.param(
        {"strategy": "Random"},
        ['spec.strategy: Unsupported value: "Random": supported values: "OldestEmulationVersion"'], id="strategy",
    ),
    pytest.param({"strategy": "example.com/mine", "preferredHolder": "b"}, [], id="own-strategy"),
    pytest.param(
        {"preferredHolder": "b"},
        ["spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined"], id="preferred",
    ),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in KIND.validate({"spec": spec})] == expected


def test_row():
    assert list(KIND.row({"metadata": {"name": "l"}, "spec": {"holderIdentity": "a"}}, 0)) == ["l", "a", "<unknown>"]
