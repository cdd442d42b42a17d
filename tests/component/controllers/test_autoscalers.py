"""Autoscalers against the real API server: targets follow metrics, windows and policies go by the cluster's clock."""

from collections.abc import Callable
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object, Request
from tests.component.controllers.conftest import Cluster

PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods"
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}


def deployment(replicas: int, request: str | None = "100m") -> dict[str, Any]:
    resources = {"requests": {"cpu": request}} if request else {}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]},
            },
        },
    }


def autoscaler(*metrics: Object, **spec: Any) -> dict[str, Any]:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": target, "maxReplicas": 10, "metrics": list(metrics or (CPU,)), **spec},
    }


class Load:
    """A metrics API that says how busy each pod is: `each` for all together, in thousandths of a CPU, evenly spread."""

    def __init__(self, cluster: Cluster, total: int = 0) -> None:
        self.total = total
        self.names: list[str] = []
        self._cluster = cluster
        cluster.extensions[PODS] = self.answer

    def answer(self, request: Request) -> Object:
        assert request.parameter("labelSelector") == "app=web"
        now = rfc3339(self._cluster.clock.now())
        usage = f"{self.total // max(1, len(self.names))}m"
        return {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": [
            {"metadata": {"name": name}, "timestamp": now, "window": "30s",
             "containers": [{"name": "c", "usage": {"cpu": usage, "memory": "1Mi"}}]} for name in self.names]}


async def running(cluster: Cluster, load: Load, seconds: float) -> list[int]:
    """Let time pass by turns of the autoscaler, with a node that starts pods at once; return the sizes there were."""
    sizes = []
    for _ in range(round(seconds / 15)):
        await cluster.run_pods()
        load.names = list(await cluster.names("Pod"))
        await cluster.pass_time(15)
        sizes.append(await replicas(cluster))
    return sizes


async def replicas(cluster: Cluster) -> int:
    found = await cluster.get("Deployment.apps", "web")
    return int(found["spec"]["replicas"])


async def condition(cluster: Cluster, kind: str) -> tuple[str, str]:
    found = await cluster.get("HorizontalPodAutoscaler.autoscaling", "web")
    for each in (found.get("status") or {}).get("conditions") or ():
        if each["type"] == kind:
            return each["status"], each["reason"]
    return "", ""


async def old_enough(cluster: Cluster, load: Load) -> None:
    """Let pods become so old that their CPU is trusted."""
    await cluster.run_pods()
    load.names = list(await cluster.names("Pod"))
    await cluster.pass_time(400)


async def test_follows_load_up_at_once_and_down_after_the_window(cluster: Cluster) -> None:
    await cluster.add_node("n1")
    load = Load(cluster, 50)
    await cluster.create(deployment(1))
    await old_enough(cluster, load)
    await cluster.create(autoscaler())
    assert await running(cluster, load, 15) == [1]
    load.total = 400
    assert await running(cluster, load, 30) == [4, 8], "at most twice as many, or four"
    await old_enough(cluster, load)
    status = (await cluster.get("HorizontalPodAutoscaler.autoscaling", "web"))["status"]
    assert status["currentMetrics"][0]["resource"]["current"] == {"averageUtilization": 50, "averageValue": "50m"}
    assert (status["currentReplicas"], status["desiredReplicas"]) == (8, 8)
    load.total = 40
    sizes = await running(cluster, load, 270)
    assert set(sizes) == {8}
    assert await condition(cluster, "AbleToScale") == ("True", "ScaleDownStabilized")
    assert (await running(cluster, load, 60))[-1] == 1
    events = dict(await cluster.events())
    assert events["SuccessfulRescale"] in (
        "New size: 1; reason: All metrics below target", "New size: 8; reason: cpu resource utilization "
        "(percentage of request) above target", "New size: 4; reason: cpu resource utilization (percentage of request) "
        "above target")


async def test_policies_slow_both_directions(cluster: Cluster) -> None:
    await cluster.add_node("n1")
    load = Load(cluster, 50)
    await cluster.create(deployment(1))
    await old_enough(cluster, load)
    await cluster.create(autoscaler(behavior={
        "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
        "scaleDown": {"stabilizationWindowSeconds": 0, "policies": [
            {"type": "Percent", "value": 50, "periodSeconds": 60}]},
    }))
    await cluster.settle()
    load.total = 1000
    sizes = await running(cluster, load, 180)
    assert sizes == [2] * 4 + [3] * 4 + [4] * 4
    assert await condition(cluster, "ScalingLimited") == ("True", "ScaleUpLimit")
    load.total = 4
    await old_enough(cluster, load)
    assert await replicas(cluster) == 1


async def test_bounds_are_kept_without_any_metric(cluster: Cluster) -> None:
    load = Load(cluster)
    await cluster.create(deployment(20))
    await cluster.create(autoscaler(minReplicas=2))
    assert await replicas(cluster) == 10
    await cluster.patch("Deployment.apps", "web", {"spec": {"replicas": 1}})
    await cluster.pass_time(15)
    assert await replicas(cluster) == 2
    await cluster.patch("Deployment.apps", "web", {"spec": {"replicas": 0}})
    await cluster.pass_time(30)
    assert await replicas(cluster) == 0
    assert await condition(cluster, "ScalingActive") == ("False", "ScalingDisabled")
    assert load.names == []


async def test_without_a_metrics_api_nothing_scales_and_it_says_why(cluster: Cluster) -> None:
    await cluster.create(deployment(1))
    await cluster.create(autoscaler())
    assert await condition(cluster, "ScalingActive") == ("False", "FailedGetResourceMetric")
    await cluster.settle()
    reasons = [reason for reason, _ in await cluster.events()]
    assert {"FailedGetResourceMetric", "FailedComputeMetricsReplicas"} <= set(reasons)
    assert await replicas(cluster) == 1


async def test_a_pod_without_a_request_is_named(cluster: Cluster) -> None:
    await cluster.add_node("n1")
    load = Load(cluster, 50)
    await cluster.create(deployment(1, request=None))
    await old_enough(cluster, load)
    await cluster.create(autoscaler())
    events = dict(await cluster.events())
    pod = load.names[0]
    assert events["FailedGetResourceMetric"] == (
        f"failed to get cpu utilization: missing request for cpu in container c of Pod {pod}")


async def test_a_missing_target(cluster: Cluster) -> None:
    await cluster.create(autoscaler())
    assert await condition(cluster, "AbleToScale") == ("False", "FailedGetScale")
    assert "FailedGetScale" in dict(await cluster.events())


async def test_targets_of_a_retired_group_are_found(cluster: Cluster) -> None:
    await cluster.create(deployment(20))
    scaler = autoscaler()
    scaler["spec"]["scaleTargetRef"]["apiVersion"] = "extensions/v1beta1"
    await cluster.create(scaler)
    assert await replicas(cluster) == 10


@pytest.mark.parametrize(("metric", "prefix", "value", "size"), [
    ({"type": "Pods", "pods": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "10"}}},
     "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/queue", "30", 3),
    ({"type": "Object", "object": {
        "metric": {"name": "hits"}, "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "front"},
        "target": {"type": "Value", "value": "100"}}},
     "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/services/front/hits", "400", 4),
    ({"type": "External", "external": {
        "metric": {"name": "jobs", "selector": {"matchLabels": {"queue": "a"}}},
        "target": {"type": "AverageValue", "averageValue": "5"}}},
     "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/jobs", "20", 4),
])
async def test_metrics_of_others(cluster: Cluster, metric: Object, prefix: str, value: str, size: int) -> None:
    await cluster.add_node("n1")
    await cluster.create(deployment(1))
    await cluster.run_pods()

    def answer(request: Request) -> Object:
        if metric["type"] == "External":
            assert request.parameter("labelSelector") == "queue=a"
        (name, *_) = names
        return {"items": [{"describedObject": {"name": name}, "value": value, "timestamp": None}]}

    names = await cluster.names("Pod")
    cluster.extensions[prefix] = answer
    await cluster.create(autoscaler(metric))
    assert await replicas(cluster) == size
    assert await condition(cluster, "ScalingActive") == ("True", "ValidMetricFound")


async def test_one_broken_metric_stops_scaling_down_but_not_up(cluster: Cluster) -> None:
    broken = {"type": "External", "external": {
        "metric": {"name": "none"}, "target": {"type": "AverageValue", "averageValue": "5"}}}
    await cluster.add_node("n1")
    load = Load(cluster, 400)
    await cluster.create(deployment(2))
    await old_enough(cluster, load)
    await cluster.create(autoscaler(CPU, broken))
    assert await replicas(cluster) == 4
    load.total = 1
    await old_enough(cluster, load)
    assert await replicas(cluster) == 4
    assert await condition(cluster, "ScalingActive") == ("False", "FailedGetExternalMetric")


async def test_both_versions_show_one_object(cluster: Cluster) -> None:
    await cluster.create(deployment(1))
    await cluster.create(autoscaler())
    path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/web"
    old = await cluster.client.get_path(path)
    assert old["spec"]["targetCPUUtilizationPercentage"] == 50
    assert old["spec"]["maxReplicas"] == 10


async def test_a_target_that_refuses_is_told(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(request: Request) -> Object:
        raise StatusError(403, "Forbidden", "no")

    await cluster.create(deployment(20))
    answers: dict[str, Callable[[Request], Object]] = {}
    scale = "/apis/apps/v1/namespaces/default/deployments/web/scale"
    found = await cluster.client.get_path(scale)
    answers[scale] = lambda request: refuse(request) if request.method == "PUT" else found
    cluster.extensions |= answers
    await cluster.create(autoscaler())
    assert await condition(cluster, "AbleToScale") == ("False", "FailedUpdateScale")
    await cluster.settle()
    assert "New size: 10; reason: Current number of replicas above Spec.MaxReplicas" in dict(
        await cluster.events())["FailedRescale"]
