"""Packets and names between pods, nodes and Services."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import yaml

from tests.e2e.support import datagrams
from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually, free_port

conformance = pytest.mark.conformance
NAMESPACE = "network-conformance"
SERVE = "mkdir -p /www; hostname >/www/hostname; httpd -p 8080 -h /www; httpd -f -p 8082 -h /www"
SERVERS = ("web-0", "web-1", "web-2")
PORTS = {"web-0": [{"name": "first", "containerPort": 8080}], "web-1": [{"name": "second", "containerPort": 8082}]}


def pod(name: str, command: str, labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", command]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}},
            "spec": {"containers": [container], "terminationGracePeriodSeconds": 0, **spec}}


def service(name: str, **spec: Any) -> dict[str, Any]:
    body = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": body}


@pytest.fixture(scope="module")
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """Three servers, a client, and a client in the node's own network."""
    shared_cluster.kubectl("create", "namespace", NAMESPACE)
    found = shared_cluster.within(NAMESPACE)
    bodies = [pod(name, SERVE, {"app": "web", "name": name}, hostname=name, subdomain="peers") for name in SERVERS]
    for body in bodies:
        body["spec"]["containers"][0]["ports"] = PORTS.get(body["metadata"]["name"], [])
    bodies += [pod("client", "sleep 100000"), pod("on-node", "sleep 100000", hostNetwork=True)]
    bodies.append(service("peers", clusterIP="None"))
    found.apply(yaml.safe_dump_all(bodies))
    for name in (*SERVERS, "client", "on-node"):
        found.wait_running(name)
    with ExitStack() as stack:
        for name in SERVERS:
            stack.enter_context(datagrams.answered(uid_of(found, name), 8081, name))
        yield found
    found.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def run(cluster: Cluster, script: str, who: str = "client") -> str:
    return cluster.kubectl("exec", who, "--", "sh", "-c", script, check=False, timeout=60).out


def page(cluster: Cluster, place: str, who: str = "client") -> str:
    """Return the name of the pod that answers over HTTP, or nothing."""
    return run(cluster, f"timeout 5 wget -qO- http://{place}/hostname 2>/dev/null", who).strip()


def datagram(cluster: Cluster, address: str, port: int, who: str = "client") -> str:
    """Return the name of the pod that answers over UDP, or nothing."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return datagrams.ask(plain if who == "on-node" else datagrams.in_pod(uid_of(cluster, who)), address, port)


def uid_of(cluster: Cluster, name: str) -> str:
    return str(cluster.get("pod", name)["metadata"]["uid"])


def address_of(cluster: Cluster, name: str) -> str:
    return str(cluster.get("pod", name)["status"]["podIP"])


def node_address(cluster: Cluster) -> str:
    return str(cluster.get("nodes")["items"][0]["status"]["addresses"][0]["address"])


def reaches(cluster: Cluster, place: str, who: str = "client") -> str:
    found = eventually(lambda: page(cluster, place, who), f"{place} does not answer {who}")
    assert found in SERVERS
    return str(found)


@pytest.mark.parametrize("who", [
    pytest.param("client", marks=[conformance("Networking, intra pod http"), conformance("Networking, intra pod udp")]),
    pytest.param("on-node", marks=[
        conformance("[sig-network] Networking Granular Checks: Pods should function for node-pod communication: http"),
        conformance("[sig-network] Networking Granular Checks: Pods should function for node-pod communication: udp"),
    ]),
])
def test_pods_are_reached(cluster: Cluster, who: str):
    for name in SERVERS:
        address = address_of(cluster, name)
        assert page(cluster, f"{address}:8080", who) == name
        assert eventually(lambda address=address: datagram(cluster, address, 8081, who), "no datagram") == name


@conformance("Service, NodePort Service")
def test_a_node_port(cluster: Cluster):
    cluster.apply(yaml.safe_dump(service("node-port", type="NodePort")))
    spec = cluster.get("service", "node-port")["spec"]
    for place in ("node-port", spec["clusterIP"], f"{node_address(cluster)}:{spec['ports'][0]['nodePort']}"):
        reaches(cluster, place)
    reaches(cluster, f"{node_address(cluster)}:{spec['ports'][0]['nodePort']}", "on-node")


def answering(cluster: Cluster, place: str, times: int = 15) -> set[str]:
    """Return who answers a row of requests."""
    one = f"timeout 5 wget -qO- http://{place}/hostname"
    return set(run(cluster, f"for i in $(busybox seq {times}); do {one}; done").split())


@pytest.mark.parametrize("kind", [
    pytest.param("ClusterIP", marks=[
        conformance("Service, ClusterIP type, session affinity to ClientIP"),
        conformance("Service, ClusterIP type, session affinity to None"),
    ]),
    pytest.param("NodePort", marks=[
        conformance("Service, NodePort type, session affinity to ClientIP"),
        conformance("Service, NodePort type, session affinity to None"),
    ]),
])
def test_clients_stay_with_one_pod_while_they_are_to(cluster: Cluster, kind: str):
    name = f"sticky-{kind.lower()}"
    cluster.apply(yaml.safe_dump(service(name, type=kind, sessionAffinity="ClientIP")))
    reaches(cluster, name)
    spec = cluster.get("service", name)["spec"]
    place = spec["clusterIP"] if kind == "ClusterIP" else f"{node_address(cluster)}:{spec['ports'][0]['nodePort']}"
    reaches(cluster, place)
    assert len(answering(cluster, place)) == 1
    for affinity, who in (("None", (2, 3)), ("ClientIP", (1,))):
        cluster.kubectl("patch", "service", name, "-p", f'{{"spec":{{"sessionAffinity":"{affinity}"}}}}')
        eventually(lambda who=who: len(answering(cluster, place)) in who, f"affinity {affinity}")


ANSWERS = {  # What nslookup prints; the lines about the server that it asked come before the first empty line.
    "a": r"Address(?: \d+)?: (\S+)", "cname": r"canonical name = (\S+)", "srv": r"service = \d+ \d+ \d+ (\S+)",
    "ptr": r"name = (\S+)",
}


def resolves(cluster: Cluster, name: str, wanted: str, kind: str = "a") -> None:
    def answers() -> list[str]:
        printed = run(cluster, f"nslookup -type={kind} {name}").partition("\n\n")[2]
        return [each.removesuffix(".") for each in re.findall(ANSWERS[kind], printed)]

    eventually(lambda: wanted in answers(), lambda: f"{name} is {answers()}, not {wanted}")


def full(name: str) -> str:
    return f"{name}.{NAMESPACE}.svc.cluster.local"


@pytest.mark.parametrize(("before", "after"), [
    pytest.param("ExternalName", "ClusterIP", marks=conformance("Service, change type, ExternalName to ClusterIP")),
    pytest.param("ExternalName", "NodePort", marks=conformance("Service, change type, ExternalName to NodePort")),
    pytest.param("ClusterIP", "ExternalName", marks=conformance("Service, change type, ClusterIP to ExternalName")),
    pytest.param("NodePort", "ExternalName", marks=conformance("Service, change type, NodePort to ExternalName")),
])
def test_a_service_changes_its_type(cluster: Cluster, before: str, after: str):
    name, target = f"from-{before}-to-{after}".lower(), full("peers")
    cluster.kubectl("delete", "service", name, "--ignore-not-found")
    external = {"type": "ExternalName", "externalName": target}
    if after == "ExternalName":
        cluster.apply(yaml.safe_dump(service(name, type=before)))
        reaches(cluster, name)
        cluster.kubectl("patch", "service", name, "-p", patch_of(external | {"clusterIP": None, "clusterIPs": None}))
        assert not cluster.get("service", name)["spec"].get("clusterIP")
        resolves(cluster, full(name), target, "cname")
        resolves(cluster, full(name), address_of(cluster, "web-0"))
        return
    plain = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": external}
    cluster.apply(yaml.safe_dump(plain))
    assert not cluster.get("service", name)["spec"].get("clusterIP")
    changed = service(name, type=after)["spec"] | {"externalName": None}
    cluster.kubectl("patch", "service", name, "-p", patch_of(changed))
    spec = cluster.get("service", name)["spec"]
    reaches(cluster, spec["clusterIP"])
    eventually(lambda: page(cluster, full(name)) in SERVERS, f"{name} does not answer")
    if after == "NodePort":
        reaches(cluster, f"{node_address(cluster)}:{spec['ports'][0]['nodePort']}")


def patch_of(spec: dict[str, Any]) -> str:
    return json.dumps({"spec": spec})


@conformance("Service, should serve endpoints on same port and different protocols.")
def test_one_port_for_two_protocols(cluster: Cluster):
    tcp = {"name": "tcp", "port": 80, "protocol": "TCP", "targetPort": 8080}
    udp = {"name": "udp", "port": 80, "protocol": "UDP", "targetPort": 8081}
    cluster.apply(yaml.safe_dump(service("both", ports=[tcp, udp])))
    address = cluster.get("service", "both")["spec"]["clusterIP"]
    for ports, has_tcp, has_udp in (([tcp, udp], True, True), ([tcp], True, False), ([udp], False, True)):
        body = cluster.get("service", "both")
        body["spec"]["ports"] = ports
        cluster.kubectl("replace", "-f", "-", stdin=yaml.safe_dump(body))
        eventually(lambda has_tcp=has_tcp: bool(page(cluster, f"{address}:80")) is has_tcp, f"TCP {has_tcp}")
        eventually(lambda has_udp=has_udp: bool(datagram(cluster, address, 80)) is has_udp, f"UDP {has_udp}")


def by_hand(name: str, service_name: str, address: str, port: str, number: int) -> dict[str, Any]:
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": service_name}},
            "ports": [{"name": port, "port": number, "protocol": "TCP"}], "endpoints": [{"addresses": [address]}]}


@pytest.mark.parametrize("second", [
    pytest.param("web-0", marks=conformance("EndpointSlice, single IP, multiple ports")),
    pytest.param("web-1", marks=conformance("EndpointSlice, multiple IPs, multiple ports")),
])
def test_slices_written_by_hand(cluster: Cluster, second: str):
    name = f"by-hand-{second}"
    ports = [{"name": "one", "port": 80}, {"name": "two", "port": 81}]
    cluster.apply(yaml.safe_dump_all([
        service(name, selector=None, ports=ports),
        by_hand(f"{name}-1", name, address_of(cluster, "web-0"), "one", 8080),
        by_hand(f"{name}-2", name, address_of(cluster, second), "two", 8082),
    ]))
    address = cluster.get("service", name)["spec"]["clusterIP"]
    assert reaches(cluster, f"{address}:80") == "web-0"
    assert reaches(cluster, f"{address}:81") == second


@conformance("Service, endpoints")
def test_packets_go_where_the_endpoints_are(cluster: Cluster):
    cluster.apply(yaml.safe_dump(service("joined", selector={"join": "yes"})))
    address = cluster.get("service", "joined")["spec"]["clusterIP"]
    assert page(cluster, f"{address}:80") == ""
    steps = (("web-0", "join=yes", {"web-0"}), ("web-1", "join=yes", {"web-0", "web-1"}), ("web-1", "join-", {"web-0"}),
             ("web-0", "join-", set()))
    for name, label, who in steps:
        cluster.kubectl("label", "pod", name, label)
        eventually(lambda who=who: answering(cluster, f"{address}:80") == who, f"{who} do not answer")


@conformance("Service, endpoints with multiple ports")
def test_packets_go_to_ports_by_name(cluster: Cluster):
    ports = [{"name": name, "port": port, "targetPort": name} for name, port in (("first", 80), ("second", 81))]
    cluster.apply(yaml.safe_dump(service("several", ports=ports)))
    address = cluster.get("service", "several")["spec"]["clusterIP"]
    for port, who in ((80, {"web-0"}), (81, {"web-1"})):
        eventually(lambda port=port, who=who: answering(cluster, f"{address}:{port}", 6) == who, f"port {port}")


@conformance("Scheduling, HostPort matching and HostIP and Protocol not-matching")
def test_ports_of_the_node_by_address_and_protocol(cluster: Cluster):
    wanted = (("at-home", "127.0.0.1", "TCP"), ("at-node", node_address(cluster), "TCP"),
              ("at-node-udp", node_address(cluster), "UDP"))
    port = free_port()
    for name, address, protocol in wanted:
        body = pod(name, SERVE, hostname=name)
        body["spec"]["containers"][0]["ports"] = [
            {"hostIP": address, "hostPort": port, "containerPort": 8080, "protocol": protocol},
        ]
        cluster.apply(yaml.safe_dump(body))
    for name, _, _ in wanted:
        cluster.wait_running(name)
    for name, address, protocol in wanted:
        if protocol == "TCP":
            found = eventually(lambda address=address: page(cluster, f"{address}:{port}", "on-node"), f"{name} is mute")
        else:
            with datagrams.answered(uid_of(cluster, name), 8080, name):
                found = eventually(lambda address=address: datagram(cluster, address, port, "on-node"), "no datagram")
        assert found == name


@conformance("[sig-network] DNS should provide DNS for the cluster")
@conformance("[sig-network] DNS should provide /etc/hosts entries for the cluster")
def test_the_clusters_own_names(cluster: Cluster):
    address = cluster.get("service", "kubernetes", "-n", "default")["spec"]["clusterIP"]
    resolves(cluster, "kubernetes.default.svc.cluster.local", address)
    assert f"({address}:443)" in run(cluster, "timeout 5 wget -O- http://kubernetes.default:443/ 2>&1")
    hosts = run(cluster, "cat /etc/hosts", "web-0")
    assert f"{address_of(cluster, 'web-0')}\t{full('web-0.peers')}\tweb-0\n" in hosts


@conformance("DNS, services")
@conformance("DNS, resolve the hostname")
@conformance("DNS, resolve the subdomain")
@conformance("DNS, PQDN for services")
def test_names_of_services_and_pods(cluster: Cluster):
    cluster.apply(yaml.safe_dump(service("plain")))
    address = cluster.get("service", "plain")["spec"]["clusterIP"]
    resolves(cluster, full("plain"), address)
    resolves(cluster, f"_http._tcp.{full('plain')}", full("plain"), "srv")
    for name in SERVERS:
        resolves(cluster, full("peers"), address_of(cluster, name))
        resolves(cluster, full(f"{name}.peers"), address_of(cluster, name))
        resolves(cluster, f"_http._tcp.{full('peers')}", full(f"{name}.peers"), "srv")
    backwards = ".".join(reversed(address.split(".")))
    resolves(cluster, f"{backwards}.in-addr.arpa", full("plain"), "ptr")
    for name in ("plain", f"plain.{NAMESPACE}", f"plain.{NAMESPACE}.svc"):
        reaches(cluster, name)
    for name in ("peers", f"peers.{NAMESPACE}.svc", f"web-1.peers.{NAMESPACE}"):
        reaches(cluster, f"{name}:8080")


@conformance("DNS, for ExternalName Services")
def test_a_name_for_another_name(cluster: Cluster):
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "elsewhere"},
            "spec": {"type": "ExternalName", "externalName": "foo.example.com"}}
    cluster.apply(yaml.safe_dump(body))
    resolves(cluster, full("elsewhere"), "foo.example.com", "cname")
    cluster.kubectl("patch", "service", "elsewhere", "-p", patch_of({"externalName": "bar.example.com"}))
    resolves(cluster, full("elsewhere"), "bar.example.com", "cname")
    ports = [{"port": 80, "name": "http", "protocol": "TCP"}]
    changed = {"type": "ClusterIP", "externalName": None, "ports": ports}
    cluster.kubectl("patch", "service", "elsewhere", "-p", patch_of(changed))
    resolves(cluster, full("elsewhere"), cluster.get("service", "elsewhere")["spec"]["clusterIP"])


@conformance("DNS, custom dnsConfig")
def test_name_servers_of_a_pods_own(cluster: Cluster):
    own = {"nameservers": ["1.1.1.1"], "searches": ["resolv.conf.local"]}
    cluster.apply(yaml.safe_dump(pod("own-dns", "sleep 100000", dnsPolicy="None", dnsConfig=own)))
    cluster.wait_running("own-dns")
    lines = set(run(cluster, "cat /etc/resolv.conf", "own-dns").splitlines())
    assert lines == {"search resolv.conf.local", "nameserver 1.1.1.1"}


@pytest.mark.parametrize("kind", [
    pytest.param("ReplicationController", marks=[
        conformance("Replication Controller, run basic image"), conformance("Kubectl, replication controller"),
        conformance("Kubectl, scale replication controller"),
    ]),
    pytest.param("ReplicaSet", marks=conformance("Replica Set, run basic image")),
])
def test_each_replica_serves(cluster: Cluster, kind: str):
    name = f"basic-{kind.lower()}"
    labels = {"name": name}
    selector = labels if kind == "ReplicationController" else {"matchLabels": labels}
    template = pod("x", SERVE, labels)
    cluster.apply(yaml.safe_dump({
        "apiVersion": "v1" if kind == "ReplicationController" else "apps/v1", "kind": kind, "metadata": {"name": name},
        "spec": {"replicas": 2, "selector": selector, "template": {
            "metadata": {"labels": labels}, "spec": template["spec"]}},
    }))
    serve(cluster, name, 2)
    for replicas in (1, 2):
        cluster.kubectl("scale", f"{kind}/{name}".lower(), f"--replicas={replicas}", "--timeout=5m")
        serve(cluster, name, replicas)
    cluster.kubectl("delete", "--grace-period=0", "--force", f"{kind}/{name}".lower())
    eventually(lambda: not cluster.names("pods", "-l", f"name={name}"), "pods stay")


def serve(cluster: Cluster, name: str, replicas: int) -> None:
    """Wait for so many pods; ask each of them for its name."""
    pods = eventually(
        lambda: len(found := cluster.names("pods", "-l", f"name={name}")) == replicas and found, f"{replicas} pods",
    )
    for each in pods:
        cluster.wait_running(each)
        address = address_of(cluster, each)
        assert eventually(lambda address=address: page(cluster, f"{address}:8080"), "no page") == each
