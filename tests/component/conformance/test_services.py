"""Services, their endpoints and their addresses, as the API shows them."""

from typing import Any

import pytest

from tests.component.conformance.conftest import Space, pod
from tests.component.kinds.conftest import MERGE, Api

conformance = pytest.mark.conformance
SLICE = "EndpointSlice.discovery.k8s.io"


def service(name: str = "s", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}], **spec}}


def endpoints(space: Space, name: str = "s") -> set[tuple[str, int]]:
    """Return (pod, port) of everybody behind a Service, after checking that both kinds agree."""
    slices = space.list(SLICE, f"kubernetes.io/service-name={name}")
    found = {
        (each["targetRef"]["name"], port["port"]) for one in slices for each in one.get("endpoints") or ()
        for port in one.get("ports") or () if each["conditions"]["ready"]
    }
    addresses = {each["metadata"]["name"]: each["status"]["podIP"] for each in space.list("Pod")}
    for each in (each for one in slices for each in one.get("endpoints") or ()):
        assert each["addresses"] == [addresses[each["targetRef"]["name"]]]
    subsets = space.get("Endpoints", name).get("subsets") or ()
    assert found == {
        (each["targetRef"]["name"], port["port"]) for one in subsets for each in one.get("addresses") or ()
        for port in one.get("ports") or ()
    }
    return found


def serving(name: str, *ports: tuple[str, int]) -> dict[str, Any]:
    listed = [{"name": port, "containerPort": number} for port, number in ports]
    return pod(name, {"app": "web"}, container={"ports": listed})


@conformance("EndpointSlice, creation/deletion")
@conformance("Endpoints, creation/deletion")
def test_endpoints_follow_the_pods(space: Space) -> None:
    space.create(service())
    assert endpoints(space) == set()
    space.create(serving("one", ("http", 80)))
    assert endpoints(space) == {("one", 80)}
    space.create(serving("two", ("http", 80)))
    assert endpoints(space) == {("one", 80), ("two", 80)}
    for name, left in (("two", {("one", 80)}), ("one", set())):
        space.delete("Pod", name)
        space.wait(60)
        assert endpoints(space) == left
    space.delete("Service", "s")
    assert space.names(SLICE) == space.names("Endpoints") == []


@conformance("EndpointSlice, \"empty\" Service")
@conformance("Endpoints, \"empty\" Service")
def test_a_service_that_fits_nobody_has_empty_endpoints(space: Space) -> None:
    space.create(service(selector={"does-not-match-anything": "endpoints-and-endpoint-slices-should-still-be-created"}))
    [found] = space.list(SLICE)
    assert not found.get("endpoints")
    assert not space.get("Endpoints", "s").get("subsets")
    space.delete("Service", "s")
    assert space.names(SLICE) == space.names("Endpoints") == []


def test_several_ports(space: Space) -> None:
    ports = [{"name": "a", "port": 80, "targetPort": "a"}, {"name": "b", "port": 81, "targetPort": "b"}]
    space.create(service(ports=ports))
    assert endpoints(space) == set()
    space.create(serving("one", ("a", 100)))
    assert endpoints(space) == {("one", 100)}
    space.create(serving("two", ("b", 101)))
    assert endpoints(space) == {("one", 100), ("two", 101)}
    space.delete("Pod", "one")
    space.wait(60)
    assert endpoints(space) == {("two", 101)}
    space.delete("Pod", "two")
    space.wait(60)
    assert endpoints(space) == set()


@conformance("EndpointSlice Mirroring")
def test_endpoints_written_by_hand_are_mirrored(space: Space) -> None:
    space.create(service(selector=None))
    body = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "s"},
            "subsets": [{"ports": [{"port": 80}], "addresses": [{"ip": "10.1.2.3"}]}]}
    space.create(body)

    def mirrored() -> list[tuple[list[str], int]]:
        slices = space.list(SLICE, "endpointslice.kubernetes.io/managed-by=endpointslicemirroring-controller.k8s.io")
        return [(each["endpoints"][0]["addresses"], each["ports"][0]["port"]) for each in slices]

    assert mirrored() == [(["10.1.2.3"], 80)]
    space.patch("Endpoints", "s", {"subsets": [{"ports": [{"port": 81}], "addresses": [{"ip": "10.2.3.4"}]}]})
    assert mirrored() == [(["10.2.3.4"], 81)]
    space.delete("Endpoints", "s")
    assert mirrored() == []


@conformance("Find Kubernetes Service in default Namespace")
@conformance("Kubernetes Service")
def test_the_api_has_a_service(raw: Api) -> None:
    listed = raw.expect(200, "GET", "/api/v1/services")["items"]
    [found] = [each for each in listed if each["metadata"]["name"] == "kubernetes"]
    assert found["metadata"]["namespace"] == "default"
    assert [(each["name"], each["port"]) for each in found["spec"]["ports"]] == [("https", 443)]


TYPES = [
    pytest.param("ClusterIP", "ExternalName"), pytest.param("ExternalName", "ClusterIP"),
    pytest.param("ExternalName", "NodePort"), pytest.param("NodePort", "ExternalName"),
]


@pytest.mark.parametrize(("before", "after"), TYPES)
def test_a_service_changes_its_type(space: Space, before: str, after: str) -> None:
    """The addresses that come and go; the packets are in the end-to-end tests."""
    first = {"externalName": "example.com", "ports": None, "selector": None} if before == "ExternalName" else {}
    space.create(service(type=before, **first))
    assert bool(space.get("Service", "s")["spec"].get("clusterIP")) == (before != "ExternalName")
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
    patch: dict[str, Any] = {"type": after, "externalName": None, "ports": ports}
    if after == "ExternalName":
        patch = {"type": after, "externalName": "example.com", "clusterIP": None, "clusterIPs": None}
        patch["ports"] = [{"name": "http", "port": 80}]
    space.patch("Service", "s", {"spec": patch})
    spec = space.get("Service", "s")["spec"]
    assert bool(spec.get("clusterIP")) == (after != "ExternalName")
    assert bool(spec["ports"][0].get("nodePort")) == (after == "NodePort")


@conformance("Service, complete ServiceStatus lifecycle")
def test_status_of_a_service(space: Space) -> None:
    space.create(service(type="LoadBalancer", allocateLoadBalancerNodePorts=False))
    target = space.path("services", "s")
    assert space.api.expect(200, "GET", f"{target}/status")["status"]["loadBalancer"] == {}
    ingress = {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}
    patched = space.api.expect(200, "PATCH", f"{target}/status", {"status": ingress}, kind=MERGE)
    assert patched["status"]["loadBalancer"]["ingress"][0]["ip"] == "203.0.113.1"
    condition = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "m",
                 "lastTransitionTime": "2027-01-01T00:00:00Z"}
    found = space.api.expect(200, "GET", target)
    space.api.expect(200, "PUT", f"{target}/status", found | {"status": found["status"] | {"conditions": [condition]}})
    assert space.api.expect(200, "GET", target)["status"]["conditions"] == [condition]
    space.api.expect(200, "PATCH", target, {"metadata": {"labels": {"a": "b"}}}, kind=MERGE)
    space.delete("Service", "s")
