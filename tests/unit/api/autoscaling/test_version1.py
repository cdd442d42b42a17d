"""autoscaling/v1."""

import copy
import json

from kubewheel.api.autoscaling import version1

CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
USED = {"averageUtilization": 7, "averageValue": "1m"}
OTHERS = [
    {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
    {"type": "Pods", "pods": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "10"}}},
    {
        "type": "Object",
        "object": {
            "describedObject": {"kind": "Ingress", "name": "i"}, "metric": {"name": "rps"},
            "target": {"type": "Value", "value": "1k"},
        },
    },
    {
        "type": "External",
        "external": {
            "metric": {"name": "q", "selector": {"matchLabels": {"a": "b"}}},
            "target": {"type": "AverageValue", "averageValue": "5"},
        },
    },
    {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu", "container": "c", "target": {"type": "Utilization", "averageUtilization": 60},
        },
    },
]


def stored():
    rules = {"selectPolicy": "Max", "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}]}
    return {
        "metadata": {"name": "h", "annotations": {"own": "x"}},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "d"}, "minReplicas": 1, "maxReplicas": 5,
            "metrics": [CPU, *copy.deepcopy(OTHERS)], "behavior": {"scaleUp": rules},
        },
        "status": {
            "currentReplicas": 2, "desiredReplicas": 3, "conditions": [{"type": "AbleToScale", "status": "True"}],
            "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": USED}}],
        },
    }


def test_there_and_back():
    made = stored()
    version1.from_stored(made)
    assert made["spec"] == {
        "scaleTargetRef": {"kind": "Deployment", "name": "d"}, "minReplicas": 1, "maxReplicas": 5,
        "targetCPUUtilizationPercentage": 50,
    }
    assert made["status"] == {"currentReplicas": 2, "desiredReplicas": 3, "currentCPUUtilizationPercentage": 7}
    assert sorted(made["metadata"]["annotations"]) == [
        "autoscaling.alpha.kubernetes.io/behavior", "autoscaling.alpha.kubernetes.io/conditions",
        "autoscaling.alpha.kubernetes.io/current-metrics", "autoscaling.alpha.kubernetes.io/metrics", "own",
    ]
    version1.to_stored(made)
    assert made == stored()


def test_annotations_have_the_old_form():
    made = stored()
    version1.from_stored(made)
    annotations = made["metadata"]["annotations"]
    [memory, pods, *_] = json.loads(annotations[version1.METRICS])
    assert memory == {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "1Gi"}}
    assert pods == {"type": "Pods", "pods": {"metricName": "rps", "targetAverageValue": "10"}}
    assert "ScaleUp" in json.loads(annotations[version1.BEHAVIOR])


def test_plain():
    made = {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}}
    version1.to_stored(made)
    assert made == {"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "metrics": [CPU]}}


def test_nonsense_in_annotations_is_dropped():
    annotations = {version1.METRICS: "{", version1.BEHAVIOR: "[]", version1.CONDITIONS: "7"}
    made = {"metadata": {"annotations": annotations}, "spec": {}}
    version1.to_stored(made)
    assert made == {"metadata": {}, "spec": {}}
