"""LimitRanger: defaults and bounds for containers, pods and claims."""

from typing import Any

import pytest

from tests.component.apiserver.conftest import PODS, Cluster, content, pod

RANGES = "/api/v1/namespaces/default/limitranges"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"


def limit_range(kind: str, **item: Any) -> dict[str, Any]:
    return {"metadata": {"name": "limits"}, "spec": {"limits": [{"type": kind, **item}]}}


def with_needs(requests: dict[str, str], limits: dict[str, str]) -> dict[str, Any]:
    return pod(containers=[{"name": "c", "image": "i", "resources": {"requests": requests, "limits": limits}}])


def claim(size: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {"metadata": {"name": "claim"}, "spec": spec}


async def test_defaults(cluster: Cluster) -> None:
    await cluster.create(RANGES, limit_range(
        "Container", default={"cpu": "200m", "memory": "512Mi"}, defaultRequest={"cpu": "100m", "memory": "256Mi"},
    ))
    made = await cluster.create(PODS, pod(
        containers=[{"name": "c", "image": "i", "resources": {"requests": {"cpu": "50m"}}}],
        initContainers=[{"name": "first", "image": "i"}],
    ))
    assert made["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"cpu": "200m", "memory": "512Mi"},
    }
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: memory request for container c; cpu, memory limit for container c; "
        "cpu, memory request for init container first; cpu, memory limit for init container first"
    )
    assert made["status"]["qosClass"] == "Burstable"


async def test_no_range_no_change(cluster: Cluster) -> None:
    made = await cluster.create(PODS, pod())
    assert made["spec"]["containers"][0]["resources"] == {}
    assert "annotations" not in made["metadata"]
    assert made["status"]["qosClass"] == "BestEffort"


@pytest.mark.parametrize(("item", "requests", "limits", "message"), [
    pytest.param(
        {"type": "Container", "min": {"cpu": "100m"}, "defaultRequest": {"cpu": "100m"}}, {"cpu": "50m"}, {},
        "minimum cpu usage per Container is 100m, but request is 50m", id="below",
    ),
    pytest.param(
        {"type": "Container", "max": {"memory": "1Gi"}}, {}, {"memory": "2Gi"},
        "maximum memory usage per Container is 1Gi, but limit is 2Gi", id="above",
    ),
    pytest.param(
        {"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}}, {"cpu": "100m"}, {"cpu": "300m"},
        "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000", id="ratio",
    ),
    pytest.param(
        {"type": "Pod", "max": {"cpu": "1"}}, {}, {},
        "maximum cpu usage per Pod is 1.  No limit is specified", id="pod-without-limit",
    ),
    pytest.param(
        {"type": "Pod", "min": {"cpu": "1", "memory": "1Gi"}}, {"cpu": "2"}, {},
        "minimum memory usage per Pod is 1Gi.  No request is specified", id="pod-without-request",
    ),
    pytest.param(
        {"type": "Pod", "min": {"cpu": "1", "memory": "1Gi"}}, {}, {},
        "[minimum cpu usage per Pod is 1.  No request is specified, "
        "minimum memory usage per Pod is 1Gi.  No request is specified]", id="two-faults",
    ),
])
async def test_bounds_of_pods(
    cluster: Cluster, item: dict[str, Any], requests: dict[str, str], limits: dict[str, str], message: str,
) -> None:
    await cluster.create(RANGES, limit_range(item.pop("type"), **item))
    answer = await cluster.ask("POST", PODS, with_needs(requests, limits))
    assert answer.status == 403
    assert content(answer)["message"] == f'pods "p" is forbidden: {message}'


async def test_bounds_of_claims(cluster: Cluster) -> None:
    await cluster.create(RANGES, limit_range("PersistentVolumeClaim", min={"storage": "1Gi"}, max={"storage": "2Gi"}))
    start = 'persistentvolumeclaims "claim" is forbidden: '
    low, high = [content(await cluster.ask("POST", CLAIMS, claim(size)))["message"] for size in ("1Mi", "3Gi")]
    assert low == f"{start}minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi"
    assert high == f"{start}maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"
    await cluster.create(CLAIMS, claim("2Gi"))
