"""What pods amount to as endpoints, for EndpointSlices and Endpoints."""

from typing import Any

import pytest

from kubewheel.controllers import endpoint_slice, endpoints
from kubewheel.controllers.slices import endpoints as serving


def pod(
    name: str, ip: str = "10.0.0.1", ready: bool = True, port: int = 8080, phase: str = "Running", **more: Any
) -> Any:
    metadata = {"name": name, "namespace": "ns", "uid": name, "labels": {"app": "web"}, **more.pop("metadata", {})}
    return {
        "metadata": metadata,
        "spec": {
            "nodeName": "n1", "containers": [{"ports": [{"name": "http", "containerPort": port, "protocol": "TCP"}]}],
            **more,
        },
        "status": {
            "podIP": ip, "phase": phase, "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def service(*ports: Any, **spec: Any) -> Any:
    return {
        "metadata": {"name": "web", "namespace": "ns", "uid": "s"},
        "spec": {"selector": {"app": "web"}, "clusterIP": "10.96.0.5", "ports": list(ports), **spec},
    }


HTTP = {"port": 80, "targetPort": "http", "protocol": "TCP", "name": "web"}


def test_conditions_of_endpoints() -> None:
    going = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
    pods = [pod("a"), pod("b", ready=False), pod("c", metadata=going), pod("d", ready=False, metadata=going)]
    groups = endpoint_slice.plan_groups(service(HTTP), pods, {"n1": "z1"})
    found = [each["conditions"] for each in groups[0].endpoints]
    assert [(each["ready"], each["serving"], each["terminating"]) for each in found] == [
        (True, True, False), (False, False, False), (False, True, True), (False, False, True),
    ]
    assert groups[0].endpoints[0] == {
        "addresses": ["10.0.0.1"], "conditions": found[0], "nodeName": "n1", "zone": "z1",
        "targetRef": {"kind": "Pod", "namespace": "ns", "name": "a", "uid": "a"},
    }


def test_not_ready_addresses_may_be_published() -> None:
    groups = endpoint_slice.plan_groups(service(HTTP, publishNotReadyAddresses=True), [pod("b", ready=False)], {})
    assert groups[0].endpoints[0]["conditions"] == {"ready": True, "serving": False, "terminating": False}


def test_named_port_may_differ_from_pod_to_pod() -> None:
    groups = endpoint_slice.plan_groups(service(HTTP), [pod("a", port=1), pod("b", port=2), pod("c", port=1)], {})
    assert [(group.ports[0]["port"], len(group.endpoints)) for group in groups] == [(1, 2), (2, 1)]


@pytest.mark.parametrize("lost", [pod("a", ip=""), pod("a", phase="Succeeded"), pod("a", phase="Failed")])
def test_pods_without_address_or_life_are_no_endpoints(lost: Any) -> None:
    groups = endpoint_slice.plan_groups(service(HTTP), [lost], {})
    assert [(group.address_type, list(group.ports), list(group.endpoints)) for group in groups] == [("IPv4", [], [])]


def test_hostname_below_the_service() -> None:
    named = pod("a", hostname="web-0", subdomain="web")
    assert endpoint_slice.plan_groups(service(), [named], {})[0].endpoints[0]["hostname"] == "web-0"
    assert serving.hostname(service(), pod("a", hostname="web-0", subdomain="other")) == ""


def test_hints_for_near_endpoints() -> None:
    groups = endpoint_slice.plan_groups(service(HTTP, trafficDistribution="PreferClose"), [pod("a")], {"n1": "z"})
    assert groups[0].endpoints[0]["hints"] == {"forZones": [{"name": "z"}]}
    groups = endpoint_slice.plan_groups(service(HTTP, trafficDistribution="PreferClose"), [pod("a")], {})
    assert "hints" not in groups[0].endpoints[0]


def test_subsets_of_endpoints() -> None:
    going = pod("c", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    pods = [pod("b", "10.0.0.2", ready=False), pod("a"), going, pod("d", "10.0.0.4", port=9)]
    assert endpoints.plan_subsets(service(HTTP), pods) == [
        {
            "addresses": [{"ip": "10.0.0.1", "nodeName": "n1", "targetRef": serving.target(pods[1])}],
            "notReadyAddresses": [{"ip": "10.0.0.2", "nodeName": "n1", "targetRef": serving.target(pods[0])}],
            "ports": [{"name": "web", "port": 8080, "protocol": "TCP"}],
        },
        {
            "addresses": [{"ip": "10.0.0.4", "nodeName": "n1", "targetRef": serving.target(pods[3])}],
            "ports": [{"name": "web", "port": 9, "protocol": "TCP"}],
        },
    ]


def test_endpoints_are_cut_ready_ones_last() -> None:
    subsets = [{"addresses": [1, 2], "notReadyAddresses": [3, 4], "ports": []}, {"addresses": [5], "ports": []}]
    assert endpoints.truncate(subsets, 4) == (
        [{"addresses": [1, 2], "notReadyAddresses": [3], "ports": []}, {"addresses": [5], "ports": []}], True,
    )
    assert endpoints.truncate(subsets, 5) == (subsets, False)


def test_irrelevant_changes_of_pods() -> None:
    old = pod("a")
    same = {**old, "status": {**old["status"], "startTime": "x"}}
    assert not serving.is_relevant(same, old)
    assert serving.is_relevant(pod("a", ready=False), old)
