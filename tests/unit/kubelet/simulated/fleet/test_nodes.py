"""Nodes of a fleet."""

from kubewheel.kubelet.simulated.fleet import nodes
from kubewheel.kubelet.simulated.fleet.nodes import SimulatedNode
from kubewheel.kubelet.simulated.fleet.settings import FleetSettings


def test_addresses_are_taken_lowest_first_and_come_back():
    node = SimulatedNode("node-0", 0, "10.244.3.0/24")
    assert [node.take_address() for _ in range(3)] == ["10.244.3.2", "10.244.3.3", "10.244.3.4"]
    node.taken.discard("10.244.3.3")
    assert node.take_address("10.244.3.9") == "10.244.3.9"
    assert node.take_address() == "10.244.3.3"
    while node.take_address():
        pass
    assert len(node.taken) == 253


def test_ranges_lie_in_the_clusters_own_while_they_fit():
    settings = FleetSettings()
    assert settings.node_cidr(0, 256) == "10.244.0.0/24"
    assert settings.node_cidr(255, 256) == "10.244.255.0/24"
    assert settings.node_cidr(256, 1000) == "10.129.0.0/24"
    assert len({settings.node_cidr(index, 5000) for index in range(5000)}) == 5000


def test_node_objects():
    settings = FleetSettings(
        zones=("a", "b"), labels={"pool": "x"}, taints=({"key": "k", "effect": "NoSchedule"},),
        allocatable={"cpu": "15"}, address="10.0.0.9", port=4711,
    )
    found = nodes.node_object(settings, SimulatedNode("node-3", 3, "10.244.3.0/24"), 0.0)
    assert found["metadata"]["labels"]["topology.kubernetes.io/zone"] == "b"
    assert found["metadata"]["labels"]["pool"] == "x"
    assert found["spec"]["podCIDR"] == "10.244.3.0/24"
    assert found["spec"]["taints"] == [{"key": "k", "effect": "NoSchedule"}]
    status = found["status"]
    assert (status["capacity"]["cpu"], status["allocatable"]["cpu"]) == ("16", "15")
    assert status["addresses"][0] == {"type": "InternalIP", "address": "10.0.0.9"}
    assert status["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 4711}}
    assert [each["type"] for each in status["conditions"] if each["status"] == "True"] == ["Ready"]
