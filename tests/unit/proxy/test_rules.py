"""What is decided about packets to Services."""

import shutil
import subprocess

import pytest

from kubewheel.libs import nft
from kubewheel.proxy import rules, state
from kubewheel.proxy.settings import ProxySettings

SETTINGS = ProxySettings(node_name="node-0", cluster_cidr="10.1.0.0/16", table="kubewheel-test-rules")


def _part(service, *slices):
    return rules.service(state.service_ports(service, slices, "node-0"), SETTINGS)


def _rewrites(part):
    return sorted(rule for chain in part.chains.values() for rule in chain.rules if "dnat to" in rule)


def test_cluster_address_leads_to_every_endpoint(build):
    part = _part(build.service(), build.slice("10.1.0.1", "10.1.0.2"))

    verdict = part.elements["service-ips", "10.96.0.20 . tcp . 80"]
    chain = part.chains[verdict.removeprefix("goto ")]
    assert chain.rules[0] == "ip saddr != 10.1.0.0/16 jump mark-masquerade"
    assert "numgen random mod 2 vmap" in chain.rules[-1]
    assert [rule.split()[-1] for rule in _rewrites(part)] == ["10.1.0.1:8080", "10.1.0.2:8080"]


def test_no_endpoints_leaves_the_address_to_the_refusing_chains(build):
    part = _part(build.service(type="NodePort", ports=[{"port": 80, "nodePort": 31001}]))
    assert part.chains == {}
    assert set(part.elements) == {("cluster-ips", "10.96.0.20"), ("closed-node-ports", "tcp . 31001")}


def test_node_port_hides_the_client_under_the_cluster_policy_only(build):
    port = [{"port": 80, "nodePort": 31001}]
    hidden = _part(build.service(type="NodePort", ports=port), build.slice("10.1.0.1"))
    shown = _part(
        build.service(type="NodePort", ports=port, externalTrafficPolicy="Local"), build.slice("10.1.0.1")
    )
    first = [
        part.chains[part.elements["node-ports", "tcp . 31001"].removeprefix("goto ")].rules[0]
        for part in (hidden, shown)
    ]
    assert first[0] == "jump mark-masquerade"
    assert first[1].startswith("numgen")


def test_local_policy_without_local_endpoint_is_closed(build):
    service = build.service(type="NodePort", ports=[{"port": 80, "nodePort": 31001}], externalTrafficPolicy="Local")
    part = _part(service, build.slice("10.1.1.1", node="node-1"))
    assert ("closed-node-ports", "tcp . 31001") in part.elements
    assert ("service-ips", "10.96.0.20 . tcp . 80") in part.elements


def test_affinity_is_remembered_per_endpoint(build):
    part = _part(build.service(sessionAffinity="ClientIP"), build.slice("10.1.0.1", "10.1.0.2"))
    assert len(part.sets) == 2
    assert all("timeout 10800s" in declaration for declaration in part.sets.values())


@pytest.mark.root
@pytest.mark.skipif(not shutil.which("nft"), reason="nft is not installed")
def test_the_kernel_takes_the_rules(build):
    service = build.service(
        type="NodePort", ports=[{"port": 80, "nodePort": 31001}], sessionAffinity="ClientIP",
        externalIPs=["192.0.2.77"],
    )
    part = _part(service, build.slice("10.1.0.1", "10.1.0.2"))
    whole = rules.base(SETTINGS)
    whole.merge(part)
    fewer = _part(build.service(), build.slice("10.1.0.1"))
    script = (
        nft.replace_table("ip", SETTINGS.table, whole)
        + nft.change_table("ip", SETTINGS.table, part, fewer)
        + nft.change_table("ip", SETTINGS.table, fewer, nft.Part())
        + nft.delete_table("ip", SETTINGS.table)
    )
    done = subprocess.run(["unshare", "-n", "nft", "-f", "-"], input=script, text=True, capture_output=True)
    assert done.stderr == ""
