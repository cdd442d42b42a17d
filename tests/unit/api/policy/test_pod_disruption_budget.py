"""PodDisruptionBudget."""

import pytest

from kubewheel.api.policy.pod_disruption_budget import KIND


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"minAvailable": 1, "selector": {}}, [], id="number"),
    pytest.param({"maxUnavailable": "50%"}, [], id="percentage"),
    pytest.param(
        {"minAvailable": 1, "maxUnavailable": 1},
        [
            'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be '
            'both set'
        ],
        id="both",
    ),
    pytest.param(
        {"minAvailable": -1}, ["spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"],
        id="negative",
    ),
    pytest.param(
        {"maxUnavailable": "101%"}, ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
        id="too-many",
    ),
    pytest.param(
        {"unhealthyPodEvictionPolicy": "Never"},
        [
            'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", '
            '"IfHealthyBudget"'
        ],
        id="policy",
    ),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in KIND.validate({"spec": spec})] == expected


def test_status():
    assert [fault.field for fault in KIND.validate_status({"status": {"currentHealthy": -1}}, {})] == [
        "status.currentHealthy"
    ]


def test_row():
    made = {"metadata": {"name": "p"}, "spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 2}}
    assert list(KIND.row(made, 0)) == ["p", "50%", "N/A", 2, "<unknown>"]
