"""A sandbox as the runtime is told of it."""

from pathlib import Path

from kubewheel.kubelet import labels, sandbox_config
from kubewheel.kubelet.runtime import Dns, PortMapping
from kubewheel.kubelet.settings import KubeletSettings
from tests.unit.kubelet.build import UID, container, pod

SETTINGS = KubeletSettings("node-a", Path("/data"), cgroup_root="/kw", cluster_dns=("10.96.0.10",))


def test_build() -> None:
    subject = pod(
        container(ports=[{"containerPort": 80, "hostPort": 8080, "hostIP": "1.2.3.4"}, {"containerPort": 81}]),
        metadata={"labels": {"app": "x", labels.POD_UID: "forged"}, "annotations": {"a": "b"}},
        securityContext={"sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}]},
    )
    found = sandbox_config.build(subject, 2, SETTINGS, Dns())
    assert (found.attempt, found.hostname) == (2, "web")
    assert found.log_directory == f"/data/logs/pods/shop_web_{UID}"
    assert found.cgroup_parent == f"/kw/kubepods/besteffort/pod{UID}"
    assert found.ports == (PortMapping(80, 8080, "TCP", "1.2.3.4"),)
    assert found.labels["app"] == "x"
    assert found.labels[labels.POD_UID] == UID
    assert found.annotations == {"a": "b"}
    assert found.sysctls == {"net.ipv4.ip_forward": "1"}
    assert found.dns is not None
    assert found.dns.servers == ("10.96.0.10",)


def test_host_network_maps_no_ports() -> None:
    subject = pod(container(ports=[{"containerPort": 80, "hostPort": 80}]), hostNetwork=True)
    found = sandbox_config.build(subject, 0, SETTINGS, Dns())
    assert found.ports == ()
    assert found.namespaces.host_network
