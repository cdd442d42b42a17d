"""What the proxy reads out of Services and EndpointSlices."""

import pytest

from kubewheel.proxy import state


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, True, id="cluster-ip"),
        pytest.param({"clusterIP": "None"}, False, id="headless"),
        pytest.param({"type": "ExternalName", "clusterIP": ""}, False, id="external-name"),
        pytest.param({"clusterIP": "fd00::1"}, False, id="ipv6"),
    ],
)
def test_is_proxied(build, change, expected):
    assert state.is_proxied(build.service(**change)) is expected


def test_only_ready_endpoints_serve(build):
    slices = [build.slice("10.1.0.1"), build.slice("10.1.0.2", ready=False)]
    (port,) = state.service_ports(build.service(), slices, "node-0")
    assert [endpoint.address for endpoint in port.cluster_endpoints] == ["10.1.0.1"]


def test_terminating_endpoints_serve_when_nothing_is_ready(build):
    slices = [build.slice("10.1.0.1", ready=False, serving=True, terminating=True)]
    (port,) = state.service_ports(build.service(), slices, "node-0")
    assert [endpoint.address for endpoint in port.cluster_endpoints] == ["10.1.0.1"]


def test_local_endpoints_are_those_of_this_node(build):
    slices = [build.slice("10.1.0.1"), build.slice("10.1.1.1", node="node-1")]
    (port,) = state.service_ports(build.service(), slices, "node-0")
    assert [endpoint.address for endpoint in port.local_endpoints] == ["10.1.0.1"]
    assert len(port.cluster_endpoints) == 2


def test_ports_are_matched_by_name(build):
    service = build.service(ports=[{"name": "http", "port": 80}, {"name": "admin", "port": 81}])
    piece = build.slice("10.1.0.1")
    piece["ports"] = [{"name": "admin", "port": 9000, "protocol": "TCP"}]
    http, admin = state.service_ports(service, [piece], "node-0")
    assert http.cluster_endpoints == ()
    assert [endpoint.port for endpoint in admin.cluster_endpoints] == [9000]
