"""Ports of containers."""

import pytest

from kubewheel.api.validation import ports


@pytest.mark.parametrize(("port", "expected"), [
    pytest.param({"containerPort": 80, "protocol": "TCP", "name": "web"}, [], id="fine"),
    pytest.param({"protocol": "TCP"}, ["p[0].containerPort: Required value"], id="no-number"),
    pytest.param(
        {"containerPort": 70000, "protocol": "TCP"},
        ["p[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"], id="number",
    ),
    pytest.param(
        {"containerPort": 80, "hostPort": -1, "protocol": "TCP"},
        ["p[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive"], id="host-port",
    ),
    pytest.param({"containerPort": 80}, ["p[0].protocol: Required value"], id="no-protocol"),
    pytest.param(
        {"containerPort": 80, "protocol": "tcp"},
        ['p[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"'], id="protocol",
    ),
    pytest.param(
        {"containerPort": 80, "protocol": "TCP", "name": "a-very-long-name-1"},
        ['p[0].name: Invalid value: "a-very-long-name-1": must be no more than 15 bytes'], id="long-name",
    ),
    pytest.param(
        {"containerPort": 80, "protocol": "TCP", "name": "80"},
        ['p[0].name: Invalid value: "80": must contain at least one letter (a-z)'], id="number-as-name",
    ),
])
def test_container_ports(port, expected):
    assert [str(fault) for fault in ports.validate_container_ports([port], "p")] == expected


def test_names_are_unique_in_a_container():
    port = {"containerPort": 80, "protocol": "TCP", "name": "web"}
    assert [str(fault) for fault in ports.validate_container_ports([port, port], "p")] == [
        'p[1].name: Duplicate value: "web"'
    ]


def test_host_ports_are_unique_in_a_pod():
    port = {"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}
    other = {**port, "hostIP": "10.0.0.1"}
    assert ports.validate_host_ports([{"ports": [port]}, {"ports": [other]}, {}], "p") == []
    assert [str(fault) for fault in ports.validate_host_ports([{"ports": [port]}, {"ports": [other, port]}], "p")] == [
        'p[1].ports[1].hostPort: Duplicate value: "TCP//8080"'
    ]


@pytest.mark.parametrize(("host_port", "is_pod", "count"), [(0, True, 1), (0, False, 0), (81, False, 1), (80, True, 0)])
def test_host_network(host_port, is_pod, count):
    spec = {"hostNetwork": True, "containers": [{"ports": [{"containerPort": 80, "hostPort": host_port}]}]}
    found = ports.validate_host_network(spec, "spec", is_pod=is_pod)
    assert [fault.detail for fault in found] == ["must match `containerPort` when `hostNetwork` is true"] * count
    assert ports.validate_host_network({**spec, "hostNetwork": False}, "spec", is_pod=True) == []


def test_number_or_name():
    assert ports.validate_port_number_or_name(80, "p") == ports.validate_port_number_or_name("web", "p") == []
    assert str(ports.validate_port_number_or_name(None, "p")[0]).startswith("p: Invalid value: 0: must be between")
    assert len(ports.validate_port_number_or_name("", "p")) == 2
