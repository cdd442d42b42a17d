"""Quotas: charged by the API server, counted again by the controller."""

import asyncio
from typing import Any

import pytest

from kubewheel.api.errors import StatusError


def quota(name: str = "compute-quota", *, scopes: tuple[str, ...] = (), **hard: str) -> dict[str, Any]:
    amounts = {each.replace("__", "/").replace("_", "."): value for each, value in hard.items()}
    spec = {"hard": amounts, **({"scopes": list(scopes)} if scopes else {})}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec}


def pod(name: str, memory: str = "", **spec: Any) -> dict[str, Any]:
    needs = {side: {"memory": memory} for side in ("requests", "limits")} if memory else {}
    containers = [{"name": "c", "image": "i", "resources": needs}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers, **spec}}


def service(name: str, kind: str) -> dict[str, Any]:
    spec = {"type": kind, "ports": [{"port": 80}], "selector": {"a": "b"}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def config(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


async def start(cluster: Any, obj: dict[str, Any]) -> None:
    await cluster.create(obj)
    await cluster.pass_time(1)
    await cluster.settle()


async def used(cluster: Any, name: str = "compute-quota") -> Any:
    return (await cluster.get("ResourceQuota", name))["status"]["used"]


async def refusal(cluster: Any, obj: dict[str, Any]) -> str:
    with pytest.raises(StatusError) as found:
        await cluster.create(obj)
    assert found.value.code == 403
    return str(found.value.message)


async def test_memory_is_charged_and_freed(cluster: Any) -> None:
    await start(cluster, quota(requests_memory="1Gi", pods="5"))
    assert await used(cluster) == {"requests.memory": "0", "pods": "0"}
    await cluster.create(pod("a", "0.5Gi"))
    await cluster.create(pod("b", "512Mi"))
    assert await used(cluster) == {"requests.memory": "1Gi", "pods": "2"}
    assert await refusal(cluster, pod("c", "512Mi")) == (
        'pods "c" is forbidden: exceeded quota: compute-quota, requested: requests.memory=512Mi, '
        "used: requests.memory=1Gi, limited: requests.memory=1Gi"
    )
    await cluster.client.delete("Pod", "a", "default", grace_seconds=0)
    await cluster.pass_time(2)
    assert await used(cluster) == {"requests.memory": "512Mi", "pods": "1"}
    await cluster.start("b", phase="Succeeded")
    await cluster.pass_time(2)
    assert await used(cluster) == {"requests.memory": "0", "pods": "0"}
    await cluster.patch("ResourceQuota", "compute-quota", {"spec": {"hard": {"pods": None}}})
    await cluster.pass_time(2)
    assert (await cluster.get("ResourceQuota", "compute-quota"))["status"] == {
        "hard": {"requests.memory": "1Gi"}, "used": {"requests.memory": "0"},
    }


async def test_pods_must_say_what_is_limited(cluster: Any) -> None:
    await start(cluster, quota("q", limits_cpu="1", requests_memory="1Gi"))
    assert await refusal(cluster, pod("x")) == (
        'pods "x" is forbidden: failed quota: q: must specify limits.cpu for: c; requests.memory for: c'
    )


async def test_concurrent_creates_stay_within(cluster: Any) -> None:
    await start(cluster, quota(pods="7"))
    made = await asyncio.gather(
        *(cluster.client.create(pod(f"p{number}"), namespace="default") for number in range(30)), return_exceptions=True
    )
    assert sum(isinstance(each, StatusError) and each.code == 403 for each in made) == 23
    assert await used(cluster) == {"pods": "7"}
    assert len(await cluster.names("Pod")) == 7


async def test_dry_run_and_taken_names_cost_nothing(cluster: Any) -> None:
    await start(cluster, quota(pods="2"))
    await cluster.create(pod("a"))
    await cluster.client.create(pod("b"), namespace="default", dry_run=True)
    with pytest.raises(StatusError, match="already exists"):
        await cluster.create(pod("a"))
    assert await used(cluster) == {"pods": "1"}


async def test_a_second_quota_that_refuses_leaves_the_first_alone(cluster: Any) -> None:
    await start(cluster, quota("a", pods="5"))
    await start(cluster, quota("b", requests_memory="1Gi"))
    assert "exceeded quota: b" in await refusal(cluster, pod("x", "2Gi"))
    assert await used(cluster, "a") == {"pods": "0"}


async def test_object_counts(cluster: Any) -> None:
    await start(cluster, quota("objects", configmaps="2", count__deployments_apps="0"))
    assert await used(cluster, "objects") == {"configmaps": "1", "count/deployments.apps": "0"}
    await cluster.create(config("one"))
    assert await refusal(cluster, config("two")) == (
        'configmaps "two" is forbidden: exceeded quota: objects, requested: configmaps=1, used: configmaps=2, '
        "limited: configmaps=2"
    )
    await cluster.delete("ConfigMap", "one")
    await cluster.pass_time(2)
    await cluster.create(config("two"))
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]},
        }},
    }
    assert "requested: count/deployments.apps=1" in await refusal(cluster, deployment)


async def test_services_that_change_are_charged_the_difference(cluster: Any) -> None:
    await start(cluster, quota("services", services_loadbalancers="1", services_nodeports="2"))
    await cluster.create(service("a", "LoadBalancer"))
    await cluster.create(service("b", "ClusterIP"))
    with pytest.raises(StatusError, match=r"requested: services.loadbalancers=1, used: services.loadbalancers=1"):
        await cluster.patch("Service", "b", {"spec": {"type": "LoadBalancer"}})
    await cluster.patch("Service", "b", {"spec": {"type": "NodePort"}})
    assert await used(cluster, "services") == {"services.loadbalancers": "1", "services.nodeports": "2"}


async def test_storage_by_class(cluster: Any) -> None:
    gold = "gold.storageclass.storage.k8s.io/requests.storage"
    limits = quota("storage", requests_storage="10Gi")
    limits["spec"]["hard"][gold] = "2Gi"
    await start(cluster, limits)
    claim: dict[str, Any] = {
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "silver"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "3Gi"}},
                 "storageClassName": "silver"},
    }
    await cluster.create(claim)
    assert await used(cluster, "storage") == {"requests.storage": "3Gi", gold: "0"}
    claim = {**claim, "metadata": {"name": "gold"}, "spec": {**claim["spec"], "storageClassName": "gold"}}
    assert f"requested: {gold}=3Gi, used: {gold}=0, limited: {gold}=2Gi" in await refusal(cluster, claim)


@pytest.mark.parametrize(("scope", "inside", "outside"), [
    pytest.param("BestEffort", {}, {"memory": "1Mi"}, id="best-effort"),
    pytest.param("NotBestEffort", {"memory": "1Mi"}, {}, id="not-best-effort"),
    pytest.param("Terminating", {"activeDeadlineSeconds": 5}, {}, id="terminating"),
    pytest.param("NotTerminating", {}, {"activeDeadlineSeconds": 5}, id="not-terminating"),
    pytest.param("PriorityClass", {"priorityClassName": "system-node-critical"}, {}, id="priority-class"),
    pytest.param(
        "CrossNamespacePodAffinity",
        {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "zone", "namespaces": ["x"], "labelSelector": {"matchLabels": {"a": "b"}}},
        ]}}}, {}, id="affinity",
    ),
])
async def test_scopes(cluster: Any, scope: str, inside: Any, outside: Any) -> None:
    await start(cluster, quota("scoped", scopes=(scope,), pods="1"))
    await cluster.create(pod("out", **outside))
    assert await used(cluster, "scoped") == {"pods": "0"}
    await cluster.create(pod("in", **inside))
    assert await used(cluster, "scoped") == {"pods": "1"}
    assert "exceeded quota: scoped" in await refusal(cluster, pod("more", **inside))


async def test_scope_selector(cluster: Any) -> None:
    limits = quota("critical", pods="0")
    limits["spec"]["scopeSelector"] = {"matchExpressions": [
        {"scopeName": "PriorityClass", "operator": "In", "values": ["system-node-critical"]},
    ]}
    await start(cluster, limits)
    await cluster.create(pod("plain"))
    await cluster.create(pod("other", priorityClassName="system-cluster-critical"))
    assert "exceeded quota" in await refusal(cluster, pod("critical", priorityClassName="system-node-critical"))
