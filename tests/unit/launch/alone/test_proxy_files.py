"""A service proxy from its files."""

import pytest

from kubewheel.launch.alone import proxy_files
from kubewheel.launch.settings import Unfit

NOTHING = {"config": "", "cluster_cidr": "", "hostname_override": "", "kubeconfig": ""}
FILE = """apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: kubeconfig}
mode: iptables
clusterCIDR: 10.200.0.0/16
hostnameOverride: node-1
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(FILE)
    return {**NOTHING, "config": str(path)}


def test_the_file_of_a_worker(config, tmp_path, caplog):
    settings, kubeconfig = proxy_files.settings(config, "kubewheel-x")
    assert (settings.node_name, settings.cluster_cidr, settings.table) == ("node-1", "10.200.0.0/16", "kubewheel-x")
    assert kubeconfig == str(tmp_path / "kubeconfig")
    assert [record.getMessage() for record in caplog.records] == [
        f"{config['config']}: mode: 'iptables' is not supported and has no effect; it is as if it were 'nftables'"
    ]


def test_flags_come_first(config):
    given = {**config, "cluster_cidr": "10.1.0.0/16", "hostname_override": "node-2", "kubeconfig": "/k"}
    settings, kubeconfig = proxy_files.settings(given, "t")
    assert (settings.node_name, settings.cluster_cidr, kubeconfig) == ("node-2", "10.1.0.0/16", "/k")


def test_the_range_of_the_pods_is_needed():
    with pytest.raises(Unfit, match="--cluster-cidr"):
        proxy_files.settings(NOTHING, "t")
