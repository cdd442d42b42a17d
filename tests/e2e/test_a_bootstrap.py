"""Scenarios A: a cluster from one command, its state, stop and start again."""

import json
import re
import urllib.request

import yaml

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually


def test_a1_one_machine_cluster(cluster: Cluster, images_registry: str):
    config = yaml.safe_load((cluster.home / ".kube" / "config").read_text())
    assert [len(config[section]) for section in ("clusters", "users", "contexts")] == [1, 1, 1]
    assert config["current-context"] == config["contexts"][0]["name"]

    nodes = cluster.kubectl("get", "nodes").out.splitlines()
    assert re.split(r"\s{2,}", nodes[0]) == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    assert len(nodes) == 2
    assert nodes[1].split()[1] == "Ready"
    assert nodes[1].split()[-1].startswith("v1.37.")

    image = f"{images_registry}/test/echoserver:1.4"
    created = cluster.kubectl("create", "deployment", "hello-minikube", f"--image={image}", "--port=8080")
    assert created.out == "deployment.apps/hello-minikube created\n"
    cluster.kubectl("expose", "deployment", "hello-minikube", "--type=NodePort")
    port = cluster.get("service", "hello-minikube")["spec"]["ports"][0]["nodePort"]
    assert 30000 <= port <= 32767
    cluster.kubectl("rollout", "status", "deployment/hello-minikube", "--timeout=60s")

    address = next(
        entry["address"] for entry in cluster.get("nodes")["items"][0]["status"]["addresses"]
        if entry["type"] == "InternalIP"
    )
    request = urllib.request.Request(f"http://{address}:{port}/cgi-bin/index.cgi", headers={"X-Test": "kubewheel"})
    body = eventually(lambda: _read(request), "the node port does not answer")
    assert "X_TEST=kubewheel" in body


def test_a2_status_says_how_it_is(cluster: Cluster):
    text = cluster.kubewheel("status", "--wait-ready").out
    assert "kubewheel is running\n" in text
    assert "high-availability  no" in text
    assert re.search(r"datastore +sqlite: master 127\.0\.0\.1:\d+, stand-by none", text)
    assert "add-ons" in text

    state = json.loads(cluster.kubewheel("status", "-o", "json").out)
    assert state["ready"] is True
    assert state["highAvailability"] is False
    assert set(state["components"].values()) == {"running"}
    assert [node["status"] for node in state["nodes"]] == ["Ready"]


def test_a2_kubectl_through_the_program(cluster: Cluster):
    through = cluster.kubewheel("kubectl", "get", "all", "--all-namespaces").out
    assert "service/kubernetes" in through
    assert "service/kube-dns" in through


def test_cluster_info_dump_lists_the_kinds_in_order(cluster: Cluster):
    dumped = cluster.kubectl("cluster-info", "dump", timeout=120).out
    kinds = re.findall(r'^ {4}"kind": "(\w+List)"', dumped, re.MULTILINE)
    of_namespace = [
        "EventList", "ReplicationControllerList", "ServiceList", "DaemonSetList", "DeploymentList", "ReplicaSetList",
        "PodList",
    ]
    assert kinds[:15] == ["NodeList", *of_namespace, *of_namespace]


def test_doctor_finds_nothing(cluster: Cluster):
    assert cluster.kubewheel("doctor").out == "No fault found.\n"


def test_certificates_are_listed(cluster: Cluster):
    listed = cluster.kubewheel("certs", "list").out
    for name in ("ca ", "admin", "kube-api-server", "kube-controller-manager", "kube-scheduler", "kube-proxy",
                 "service-accounts"):
        assert f"\n{name}" in f"\n{listed}"


def _read(request: urllib.request.Request) -> str:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""
