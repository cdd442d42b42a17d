"""ResourceQuota and LimitRange: what is used is counted, and given back."""

from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from tests.component.conformance.conftest import Space, pod, workload
from tests.component.kinds.conftest import MERGE

conformance = pytest.mark.conformance


def quota(name: str = "q", scopes: list[str] | None = None, **hard: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"hard": {key.replace("__", "."): value for key, value in hard.items()}}
    if scopes:
        spec["scopes"] = scopes
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec}


def used(space: Space, name: str = "q") -> dict[str, str]:
    space.wait(15)
    status = space.get("ResourceQuota", name)["status"]
    assert status["hard"] == space.get("ResourceQuota", name)["spec"]["hard"]
    return dict(status["used"])


@conformance("ResourceQuota, object count quota, resourcequotas")
def test_status_is_calculated(space: Space) -> None:
    space.create(quota(pods="5", resourcequotas="1", services="10", configmaps="10", secrets="10"))
    assert used(space)["resourcequotas"] == "1"
    with pytest.raises(StatusError, match="exceeded quota"):
        space.create(quota("more", pods="1"))


@conformance("ResourceQuota, apply changes to a ResourceQuota status")
def test_status_follows_the_spec(space: Space) -> None:
    space.create(quota(pods="5"))
    assert used(space) == {"pods": "0"}
    target = space.path("resourcequotas", "q") + "/status"
    told = space.api.expect(200, "PATCH", target, {"status": {"hard": {"pods": "7"}}}, kind=MERGE)
    assert (told["status"]["hard"], told["spec"]["hard"]) == ({"pods": "7"}, {"pods": "5"})
    space.patch("ResourceQuota", "q", {"spec": {"hard": {"pods": "6", "secrets": "2"}}})
    assert used(space) == {"pods": "0", "secrets": "0"}
    found = space.api.expect(200, "GET", target)
    assert found["status"]["hard"] == found["spec"]["hard"] == {"pods": "6", "secrets": "2"}


OBJECTS = [
    pytest.param("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}},
                 marks=conformance("ResourceQuota, object count quota, configmap")),
    pytest.param("secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}},
                 marks=conformance("ResourceQuota, object count quota, secret")),
    pytest.param("replicationcontrollers", workload("ReplicationController", 0, "x"),
                 marks=conformance("ResourceQuota, object count quota, replicationController")),
    pytest.param("count/replicasets.apps", workload("ReplicaSet", 0, "x"),
                 marks=conformance("ResourceQuota, object count quota, replicaSet")),
]


@pytest.mark.parametrize(("counted", "body"), OBJECTS)
def test_objects_are_counted_while_they_live(space: Space, counted: str, body: dict[str, Any]) -> None:
    space.create(quota(**{counted.replace(".", "__"): "10"}))
    before = int(used(space)[counted])
    space.create(body)
    assert used(space)[counted] == str(before + 1)
    kind = body["kind"] if body["apiVersion"] == "v1" else f"{body['kind']}.apps"
    space.delete(kind, "x")
    assert used(space)[counted] == str(before)


@conformance("ResourceQuota, object count quota, service")
def test_services_are_counted_by_type(space: Space) -> None:
    space.create(quota(services="2", services__nodeports="1", services__loadbalancers="1"))

    def service(name: str, **spec: Any) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                "spec": {"ports": [{"port": 80}], **spec}}

    space.create(service("plain"))
    space.create(service("node", type="NodePort"))
    assert used(space) == {"services": "2", "services.nodeports": "1", "services.loadbalancers": "0"}
    with pytest.raises(StatusError, match="exceeded quota"):
        space.create(service("more"))
    for name in ("plain", "node"):
        space.delete("Service", name)
    assert used(space) == {"services": "0", "services.nodeports": "0", "services.loadbalancers": "0"}
    space.create(service("balanced", type="LoadBalancer", allocateLoadBalancerNodePorts=False))
    assert used(space) == {"services": "1", "services.nodeports": "0", "services.loadbalancers": "1"}


def asking(name: str, requests: dict[str, str], limits: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return pod(name, container={"resources": {"requests": requests, "limits": limits or {}}}, **spec)


@conformance("ResourceQuota, object count quota, pod")
def test_pods_are_charged_for_what_they_ask_for(space: Space) -> None:
    extended = "example.com/dongle"
    hard = {"pods": "5", "cpu": "1", "memory": "500Mi", "ephemeral-storage": "50Gi", f"requests.{extended}": "3"}
    space.create(quota() | {"spec": {"hard": hard}})
    asks = {"cpu": "500m", "memory": "252Mi", "ephemeral-storage": "30Gi", extended: "2"}
    space.create(asking("fits", asks, {extended: "2"}))
    assert used(space) == {
        "pods": "1", "cpu": "500m", "memory": "252Mi", "ephemeral-storage": "30Gi", f"requests.{extended}": "2",
    }
    for more in ({"cpu": "600m", "memory": "100Mi"}, {"cpu": "500m", "memory": "100Mi", extended: "2"}):
        limits = {extended: more[extended]} if extended in more else {}
        with pytest.raises(StatusError, match="exceeded quota"):
            space.create(asking("too-much", {"ephemeral-storage": "1Gi", **more}, limits))
    container = {"name": "c", "resources": {"requests": {"cpu": "100m"}}}
    with pytest.raises(StatusError, match="pod updates may not change fields"):
        space.patch("Pod", "fits", {"spec": {"containers": [container]}}, type="strategic")
    space.delete("Pod", "fits")
    assert set(used(space).values()) == {"0"}


@conformance("ResourceQuota, quota scope, BestEffort and NotBestEffort scope")
def test_scopes_of_quality(space: Space) -> None:
    space.create(quota("best", ["BestEffort"], pods="5"))
    space.create(quota("not-best", ["NotBestEffort"], pods="5"))
    for name, asks, counts in (("plain", {}, ("1", "0")), ("asking", {"cpu": "500m", "memory": "200Mi"}, ("0", "1"))):
        space.create(asking(name, asks, {"cpu": "1", "memory": "400Mi"} if asks else {}))
        assert (used(space, "best")["pods"], used(space, "not-best")["pods"]) == counts
        space.delete("Pod", name)
        assert (used(space, "best")["pods"], used(space, "not-best")["pods"]) == ("0", "0")


@conformance("ResourceQuota, quota scope, Terminating and NotTerminating scope")
def test_scopes_of_duration(space: Space) -> None:
    hard = {"pods": "5", "requests__cpu": "1", "requests__memory": "500Mi", "limits__cpu": "2", "limits__memory": "1Gi"}
    space.create(quota("ends", ["Terminating"], **hard))
    space.create(quota("stays", ["NotTerminating"], **hard))
    asks, limits = {"cpu": "500m", "memory": "200Mi"}, {"cpu": "1", "memory": "400Mi"}
    charged = {"pods": "1", "requests.cpu": "500m", "requests.memory": "200Mi", "limits.cpu": "1",
               "limits.memory": "400Mi"}
    for name, spec, whose, others in (("long", {}, "stays", "ends"),
                                      ("short", {"activeDeadlineSeconds": 3600}, "ends", "stays")):
        space.create(asking(name, asks, limits, **spec))
        assert used(space, whose) == charged
        assert set(used(space, others).values()) == {"0"}
        space.delete("Pod", name)
        assert set(used(space, whose).values()) == {"0"}


@conformance("Replication Controller, check for issues like exceeding allocated quota")
def test_a_controller_tells_what_the_quota_refuses(space: Space) -> None:
    space.create(quota(pods="2"))
    space.create(workload("ReplicationController", 3))
    space.wait(30)
    conditions = {each["type"]: each for each in space.get("ReplicationController", "web")["status"]["conditions"]}
    assert conditions["ReplicaFailure"]["reason"] == "FailedCreate"
    space.patch("ReplicationController", "web", {"spec": {"replicas": 2}})
    space.wait(60)
    assert not space.get("ReplicationController", "web")["status"].get("conditions")


RANGE = {
    "min": {"cpu": "50m", "memory": "100Mi", "ephemeral-storage": "100Gi"},
    "max": {"cpu": "500m", "memory": "500Mi", "ephemeral-storage": "500Gi"},
    "default": {"cpu": "500m", "memory": "500Mi", "ephemeral-storage": "500Gi"},
    "defaultRequest": {"cpu": "100m", "memory": "200Mi", "ephemeral-storage": "200Gi"},
}


@conformance("LimitRange, resources")
def test_a_range_completes_and_bounds_pods(space: Space) -> None:
    body = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "r"},
            "spec": {"limits": [{"type": "Container", **RANGE}]}}
    space.create(body)
    found = space.get("LimitRange", "r")["spec"]["limits"][0]
    assert {name: found[name] for name in RANGE} == RANGE
    space.create(pod("plain"))
    resources = space.get("Pod", "plain")["spec"]["containers"][0]["resources"]
    assert (resources["requests"], resources["limits"]) == (RANGE["defaultRequest"], RANGE["default"])
    own = {"requests": {"cpu": "300m", "memory": "150Mi", "ephemeral-storage": "150Gi"},
           "limits": {"cpu": "300m", "memory": "500Mi"}}
    space.create(pod("partial", container={"resources": own}))
    resources = space.get("Pod", "partial")["spec"]["containers"][0]["resources"]
    assert resources["requests"] == own["requests"]
    assert resources["limits"] == own["limits"] | {"ephemeral-storage": "500Gi"}
    with pytest.raises(StatusError, match="minimum cpu usage per Container is 50m"):
        space.create(pod("small", container={"resources": {"requests": {"cpu": "10m"}}}))
    with pytest.raises(StatusError, match="maximum cpu usage per Container is 500m"):
        space.create(pod("large", container={"resources": {"limits": {"cpu": "600m"}}}))
    change = [{"op": "replace", "path": "/spec/limits/0/min", "value": {"cpu": "9m", "memory": "49Mi"}}]
    space.patch("LimitRange", "r", change, type="json")
    space.create(pod("small", container={"resources": {"requests": {"cpu": "10m"}}}))
    space.delete("LimitRange", "r")
    space.create(pod("huge", container={"resources": {"limits": {"cpu": "600m"}}}))


@conformance("LimitRange, list, patch and delete a LimitRange by collection")
def test_a_collection_is_that_of_one_namespace(space: Space) -> None:
    other = f"{space.name}-other"
    space.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}})
    body = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "r", "labels": {"e2e": space.name}},
            "spec": {"limits": [{"type": "Container", **RANGE}]}}
    for namespace in (space.name, other):
        space.client.create(body, namespace=namespace)

    def places() -> set[str]:
        found = space.api.expect(200, "GET", "/api/v1/limitranges", labelSelector=f"e2e={space.name}")["items"]
        return {each["metadata"]["namespace"] for each in found}

    assert places() == {space.name, other}
    space.api.expect(200, "DELETE", space.path("limitranges"), labelSelector=f"e2e={space.name}")
    assert places() == {other}
    space.client.delete("Namespace", other)
    space.cluster.settle()
