"""Scales of retired workloads."""

import pytest

from kubewheel.api.registry import Registry
from kubewheel.api.retired import resources, scale

BY_GVK = {each.gvk: each for each in resources([*Registry.builtin()])}
MADE = {"apiVersion": "autoscaling/v1", "kind": "Scale", "spec": {"replicas": 1},
        "status": {"replicas": 1, "selector": "app=web"}}


def test_selector_twice():
    resource = BY_GVK["apps", "v1beta1", "Deployment"]
    assert scale.gvk(resource) == ("apps", "v1beta1", "Scale")
    workload = {"spec": {"selector": {"matchLabels": {"app": "web"}}}}
    assert scale.shown(MADE, workload, resource) == {**MADE, "apiVersion": "apps/v1beta1", "status": {
        "replicas": 1, "selector": {"app": "web"}, "targetSelector": "app=web",
    }}


@pytest.mark.parametrize("kind", ["Deployment.apps", "ReplicationController"])
def test_others_stay(kind):
    resource = Registry.builtin().by_kind(kind)
    assert scale.gvk(resource) == ("autoscaling", "v1", "Scale")
    assert scale.shown(MADE, {}, resource) is MADE
