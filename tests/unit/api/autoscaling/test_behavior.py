"""How fast an autoscaler acts."""

import pytest

from kubewheel.api.autoscaling import behavior


def test_default():
    made = {"scaleDown": {"stabilizationWindowSeconds": 60}}
    behavior.default(made)
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    assert made == {
        "scaleUp": {
            "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
            "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, percent],
        },
        "scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "policies": [percent]},
    }
    assert behavior.validate(made, "b") == []


@pytest.mark.parametrize(("rules", "expected"), [
    pytest.param(
        {"stabilizationWindowSeconds": 3601},
        [
            "b.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
            "b.scaleUp.policies: Required value: must specify at least one Policy",
        ],
        id="window",
    ),
    pytest.param(
        {"selectPolicy": "Some", "policies": [{"type": "Nodes", "periodSeconds": 1801}]},
        [
            'b.scaleUp.selectPolicy: Unsupported value: "Some": supported values: "Disabled", "Max", "Min"',
            'b.scaleUp.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
            "b.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
            "b.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
        ],
        id="policies",
    ),
    pytest.param(
        {"tolerance": "-1"}, ['b.scaleUp.tolerance: Invalid value: "-1": must be greater or equal to zero'],
        id="tolerance",
    ),
])
def test_validate(rules, expected):
    assert [str(fault) for fault in behavior.validate({"scaleUp": rules}, "b")] == expected


def test_none():
    assert behavior.validate(None, "b") == []
