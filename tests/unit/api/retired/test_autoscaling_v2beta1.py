"""Metrics of autoscaling/v2beta1."""

import copy

import pytest

from kubewheel.api.autoscaling import version1
from kubewheel.api.retired import autoscaling_v2beta1 as version

DESCRIBED = {"kind": "Service", "name": "web"}


@pytest.mark.parametrize(("old", "new"), [
    ({"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 50}},
     {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}),
    ({"type": "Pods", "pods": {"metricName": "queue", "targetAverageValue": "5"}},
     {"type": "Pods", "pods": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "5"}}}),
    ({"type": "Object", "object": {"target": DESCRIBED, "metricName": "hits", "targetValue": "9"}},
     {"type": "Object", "object": {"describedObject": DESCRIBED, "metric": {"name": "hits"},
                                   "target": {"type": "Value", "value": "9"}}}),
])
def test_wanted(old, new):
    scaler = {"spec": {"metrics": [old]}}
    found = copy.deepcopy(scaler)
    version.to_stored(found)
    assert found == {"spec": {"metrics": [new]}}
    version.from_stored(found)
    assert found == scaler


def test_measured():
    scaler = {"spec": {}, "status": {"currentMetrics": [
        {"type": "Resource", "resource": {"name": "cpu", "currentAverageUtilization": 7, "currentAverageValue": "1m"}},
    ]}}
    found = copy.deepcopy(scaler)
    version.to_stored(found)
    assert found["status"]["currentMetrics"][0]["resource"]["current"] == {
        "averageUtilization": 7, "averageValue": "1m",
    }
    version.from_stored(found)
    assert found == scaler


def test_behavior_is_an_annotation():
    found = {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3}}}}
    version.from_stored(found)
    assert found["metadata"]["annotations"] == {
        version1.BEHAVIOR: '{"ScaleDown":{"StabilizationWindowSeconds":3}}',
    }
    version.to_stored(found)
    assert found == {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3}}}, "metadata": {}}
