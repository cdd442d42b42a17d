"""HorizontalPodAutoscaler."""

import pytest

from kubewheel.api.autoscaling.horizontal_pod_autoscaler import KIND


def created(**spec):
    made = {
        "metadata": {"name": "h"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "maxReplicas": 5, **spec},
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


def test_defaults():
    spec = created()["spec"]
    assert spec["minReplicas"] == 1
    assert spec["metrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
    ]
    assert "behavior" not in spec
    assert created(behavior={})["spec"]["behavior"]["scaleDown"]["selectPolicy"] == "Max"


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, [], id="good"),
    pytest.param(
        {"minReplicas": 0}, ["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"], id="zero",
    ),
    pytest.param(
        {"minReplicas": 6},
        ["spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"], id="order",
    ),
    pytest.param(
        {"maxReplicas": None, "minReplicas": 1},
        [
            "spec.maxReplicas: Invalid value: 0: must be greater than 0",
            "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
        ],
        id="no-maximum",
    ),
    pytest.param(
        {"scaleTargetRef": {}},
        ["spec.scaleTargetRef.kind: Required value", "spec.scaleTargetRef.name: Required value"], id="no-target",
    ),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


def test_row():
    made = {**created(), "status": {"currentReplicas": 2}}
    assert list(KIND.row(made, 0)) == ["h", "Deployment/d", "cpu: <unknown>/80%", "1", 5, 2, "<unknown>"]


def test_status():
    assert [fault.field for fault in KIND.validate_status({"status": {"desiredReplicas": -1}}, {})] == [
        "status.desiredReplicas"
    ]
