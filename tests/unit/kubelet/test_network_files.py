"""Names: hosts, resolv.conf, host names."""

import pytest

from kubewheel.kubelet import network_files
from kubewheel.kubelet.network_files import ClusterDns
from kubewheel.kubelet.runtime import Dns
from tests.unit.kubelet.build import pod

CLUSTER = ClusterDns(("10.96.0.10",), "cluster.local")
NODE = Dns(("8.8.8.8", "8.8.4.4"), ("corp.example",), ("edns0",))
DOMAINS = ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example")


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, Dns(("10.96.0.10",), DOMAINS, ("ndots:5",)), id="cluster-first"),
    pytest.param({"hostNetwork": True}, NODE, id="host-network"),
    pytest.param({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
                 Dns(("10.96.0.10",), DOMAINS, ("ndots:5",)), id="with-host-net"),
    pytest.param({"dnsPolicy": "Default"}, NODE, id="default"),
    pytest.param({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["1.1.1.1"], "searches": ["a"],
                                                    "options": [{"name": "ndots", "value": "2"}, {"name": "x"}]}},
                 Dns(("1.1.1.1",), ("a",), ("ndots:2", "x")), id="none"),
    pytest.param({"dnsConfig": {"nameservers": ["1.1.1.1"], "options": [{"name": "ndots", "value": "2"}]}},
                 Dns(("10.96.0.10", "1.1.1.1"), DOMAINS, ("ndots:2",)), id="merged"),
])
def test_dns(spec: dict[str, object], expected: Dns) -> None:
    assert network_files.dns(pod(**spec), NODE, CLUSTER) == expected


def test_no_cluster_servers_fall_back() -> None:
    nothing = ClusterDns((), "cluster.local")
    assert network_files.falls_back(pod(), nothing)
    assert network_files.dns(pod(), NODE, nothing) == NODE


def test_parse_resolv_conf() -> None:
    text = "# c\nnameserver 1.2.3.4\nsearch a b.\nsearch c d.\noptions ndots:1 x\nnameserver ::1 # local\n"
    assert network_files.parse_resolv_conf(text) == Dns(("1.2.3.4", "::1"), ("c", "d"), ("ndots:1", "x"))


def test_hosts_file() -> None:
    subject = pod(hostname="db", subdomain="sql", hostAliases=[{"ip": "1.2.3.4", "hostnames": ["a", "b"]}])
    lines = network_files.hosts_file(subject, ["10.0.0.9"], "cluster.local").splitlines()
    assert lines[0] == "# Kubernetes-managed hosts file."
    assert "10.0.0.9\tdb.sql.shop.svc.cluster.local\tdb" in lines
    assert lines[-1] == "1.2.3.4\ta\tb"
    plain = network_files.hosts_file(pod(), ["10.0.0.9"], "cluster.local")
    assert plain.endswith("10.0.0.9\tweb\n")
    shared = network_files.host_network_hosts_file(subject, "127.0.0.1 localhost\n")
    assert "127.0.0.1 localhost\n" in shared
    assert "1.2.3.4\ta\tb\n" in shared


def test_kernel_hostname() -> None:
    assert network_files.kernel_hostname(pod(), "cluster.local") == "web"
    assert network_files.hostname(pod(metadata={"name": "x" * 62 + ".y"})) == "x" * 62
    full = pod(subdomain="sql", setHostnameAsFQDN=True)
    assert network_files.kernel_hostname(full, "cluster.local") == "web.sql.shop.svc.cluster.local"
    with pytest.raises(network_files.TooLong, match="64 characters is the max, 7"):
        network_files.kernel_hostname(pod(subdomain="s" * 48, setHostnameAsFQDN=True), "cluster.local")
    assert network_files.hostname(pod(hostname="a", hostnameOverride="b")) == "b"
