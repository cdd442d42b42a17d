"""A node from its files."""

import logging
from pathlib import Path

import pytest

from kubewheel.launch.alone import node_files
from kubewheel.launch.layout import Layout
from kubewheel.launch.settings import Unfit

OPTIONS = {"hostname_override": "node-7", "node_ip": "192.0.2.9", "node_labels": "a=b,c="}
HEAD = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
# The file of a worker as published set-up guides write it.
UPSTREAM = """address: 0.0.0.0
port: 10250
enableServer: true
registerNode: true
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: systemd
containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock
failSwapOn: false
memorySwap: {swapBehavior: NoSwap}
clusterDNS: [10.32.0.10]
clusterDomain: example.internal
maxPods: 16
resolvConf: /run/resolv.conf
runtimeRequestTimeout: 15m
crashLoopBackOff: {maxContainerRestartPeriod: 20s}
tlsCertFile: kubelet.crt
tlsPrivateKeyFile: kubelet.key
"""


def _plan(folder: Path, text: str, **options: str):
    path = folder / "config.yaml"
    path.write_text(HEAD + text)
    for name in ("kubelet.crt", "kubelet.key"):
        (folder / name).touch()
    return node_files.plan({"config": str(path), **OPTIONS, **options}, Layout(folder / "data"))


def test_the_file_of_a_worker(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        plan = _plan(tmp_path, UPSTREAM)
    settings = plan.settings
    assert (settings.node_name, settings.node_ip, settings.labels) == ("node-7", "192.0.2.9", {"a": "b", "c": ""})
    assert (settings.port, settings.max_pods, settings.register_node) == (10250, 16, True)
    assert (settings.cluster_dns, settings.cluster_domain) == (("10.32.0.10",), "example.internal")
    assert settings.resolv_conf == Path("/run/resolv.conf")
    assert (settings.serve_timeout_seconds, settings.longest_crash_delay_seconds) == (900.0, 20.0)
    assert plan.own is None
    assert settings.network_config_dir is None
    assert plan.socket == Path("/var/run/containerd/containerd.sock")
    assert plan.serving == (tmp_path / "kubelet.crt", tmp_path / "kubelet.key")
    assert plan.client_authority == tmp_path / "ca.crt"
    assert plan.host == "0.0.0.0"
    warned = [record.getMessage().partition("config.yaml: ")[2].partition(":")[0] for record in caplog.records]
    assert warned == ["cgroupDriver", "memorySwap.swapBehavior"]


def test_without_an_endpoint_the_node_keeps_a_containerd_of_its_own(tmp_path):
    plan = _plan(tmp_path, "tlsCertFile: kubelet.crt\ntlsPrivateKeyFile: kubelet.key\n")
    assert plan.own is not None
    assert plan.socket == plan.own.socket
    assert plan.settings.network_config_dir == tmp_path / "data" / "nodes" / "node-7" / "cni"
    assert plan.client_authority is None


@pytest.mark.parametrize(("text", "message"), [
    pytest.param("tlsCertFile: kubelet.crt\n", "tlsPrivateKeyFile is missing", id="no-key"),
    pytest.param("tlsCertFile: none.crt\ntlsPrivateKeyFile: kubelet.key\n", "none.crt does not exist", id="no-file"),
    pytest.param("maxPods: many\n", "maxPods: 'many' is no number", id="type"),
    pytest.param("crashLoopBackOff: {maxContainerRestartPeriod: 5m1s}\n", "'5m1s' is no duration_of_1s_to_300s",
                 id="range"),
    pytest.param("containerRuntimeEndpoint: tcp://x\n", "not of the form unix://", id="endpoint"),
])
def test_unfit_files(tmp_path, text, message):
    with pytest.raises(Unfit, match=message):
        _plan(tmp_path, text)


def test_labels_have_a_form():
    with pytest.raises(Unfit, match="'a' is not of the form name=value"):
        node_files.labels("a")
