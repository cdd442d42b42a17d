"""Updates of Services that speak of some fields only."""

import copy

import pytest

from kubewheel.api.core.service import linked_fields
from kubewheel.api.core.service.behaviour import KIND

OLD = {
    "type": "NodePort", "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ipFamilies": ["IPv4"],
    "ipFamilyPolicy": "SingleStack", "ports": [{"name": "web", "port": 80, "nodePort": 30001}],
}


def updated(old=OLD, **spec):
    new = {"metadata": {}, "spec": copy.deepcopy(spec)}
    KIND.prepare_update(new, {"metadata": {}, "spec": old, "status": {"loadBalancer": {}}})
    assert new["status"] == {"loadBalancer": {}}
    return new["spec"]


def test_what_was_allocated_stays():
    spec = updated(type="NodePort", ports=[{"name": "web", "port": 81}, {"name": "more", "port": 82}])
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("10.0.0.1", ["10.0.0.1"])
    assert spec["ports"] == [{"name": "web", "port": 81, "nodePort": 30001}, {"name": "more", "port": 82}]


def test_health_port_stays():
    old = {**OLD, "type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30002}
    assert updated(old, type="LoadBalancer", externalTrafficPolicy="Local")["healthCheckNodePort"] == 30002
    assert "healthCheckNodePort" not in updated(old, **{**old, "externalTrafficPolicy": "Cluster"})


def test_node_ports_go_with_their_type():
    assert updated(**{**OLD, "type": "ClusterIP"})["ports"] == [{"name": "web", "port": 80}]
    other = [{"name": "web", "port": 80, "nodePort": 30009}]
    assert updated(**{**OLD, "type": "ClusterIP", "ports": other})["ports"] == other


def test_addresses_go_with_their_type():
    spec = updated(**{**OLD, "type": "ExternalName", "externalName": "a"})
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} & set(spec)


def test_fields_of_balancers_go_with_their_type():
    old = {**OLD, "type": "LoadBalancer", "allocateLoadBalancerNodePorts": True, "loadBalancerClass": "c"}
    spec = updated(old, **{**old, "type": "NodePort"})
    assert not {"allocateLoadBalancerNodePorts", "loadBalancerClass"} & set(spec)


@pytest.mark.parametrize(("new", "expected"), [
    pytest.param({"clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.1"]}, ["10.0.0.2"], id="changed"),
    pytest.param({"clusterIP": "", "clusterIPs": ["10.0.0.1"]}, None, id="cleared"),
    pytest.param({"clusterIP": "10.0.0.1"}, ["10.0.0.1"], id="plural-unknown"),
    pytest.param({"clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.3"]}, ["10.0.0.3"], id="both-changed"),
])
def test_singular_and_plural(new, expected):
    linked_fields.link_addresses(new, OLD)
    assert new.get("clusterIPs") == expected


def test_second_family_is_given_up():
    old = {
        "type": "ClusterIP", "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "::1"], "ipFamilies": ["IPv4", "IPv6"],
        "ipFamilyPolicy": "PreferDualStack",
    }
    spec = updated(old, **{**old, "ipFamilyPolicy": "SingleStack"})
    assert (spec["clusterIPs"], spec["ipFamilies"]) == (["10.0.0.1"], ["IPv4"])


def test_type_by_default():
    assert updated({"type": "ClusterIP"})["type"] == "ClusterIP"
