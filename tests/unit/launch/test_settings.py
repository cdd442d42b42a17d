"""What a cluster is made of, and what may change later."""

import pytest

from kubewheel.launch import settings
from kubewheel.launch.settings import ClusterSettings, Unfit


def test_settings_are_kept_and_options_change_them(tmp_path):
    path = tmp_path / "cluster.json"
    assert settings.load(path) is None
    settings.save(path, settings.decide(None, {"port": 7000}))
    stored = settings.load(path)
    assert settings.decide(stored, {"kubelet_port": 7001}) == ClusterSettings(port=7000, kubelet_port=7001)


def test_a_damaged_file_says_how_to_go_on(tmp_path):
    (tmp_path / "cluster.json").write_text("{")
    with pytest.raises(Unfit, match="--wipe"):
        settings.load(tmp_path / "cluster.json")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"service_cidr": "10.0.0.0/30"}, "too small", id="small-range"),
        pytest.param({"service_cidr": "10.0.0.1/24"}, "no IPv4 network", id="host-bits"),
        pytest.param({"service_cidr": "10.244.1.0/24"}, "overlap", id="overlap"),
        pytest.param({"nodes": 3}, "--runtime simulated", id="nodes"),
        pytest.param({"authorization_mode": "RBAC,Magic"}, "'Magic' is unknown", id="mode"),
        pytest.param({"node_ports": "10"}, "not of the form", id="node-ports"),
        pytest.param({"port": 70000}, "not within", id="port"),
        pytest.param({"max_requests_inflight": -1}, "--max-requests-inflight can not be negative value", id="limit"),
        pytest.param({"without": "scheduler,magic"}, "'magic' is unknown", id="part"),
    ],
)
def test_what_cannot_work_is_refused(given, message):
    with pytest.raises(Unfit, match=message):
        settings.decide(None, given)


def test_any_free_port_is_taken_once():
    stored = ClusterSettings(port=7000, kubelet_port=7001)
    assert settings.decide(stored, {"port": 0, "kubelet_port": 0}) == stored


def test_parts_can_be_left_out_and_taken_back():
    bare = settings.decide(None, {"without": "scheduler,node"})
    assert [part for part in settings.PARTS if bare.has_part(part)] == ["controllers", "proxy", "dns"]
    assert all(map(settings.decide(bare, {"without": ""}).has_part, settings.PARTS))


def test_ranges_cannot_change_under_existing_objects():
    with pytest.raises(Unfit, match="down --wipe"):
        settings.decide(ClusterSettings(), {"service_cidr": "10.32.0.0/24"})


def test_addresses_follow_the_service_range():
    chosen = ClusterSettings(service_cidr="10.32.0.0/24")
    assert (chosen.api_address, chosen.dns_address) == ("10.32.0.1", "10.32.0.10")


def test_node_names():
    assert ClusterSettings().node_names("host") == ["host"]
    assert ClusterSettings(runtime="simulated", nodes=2).node_names("host") == ["node-0", "node-1"]
