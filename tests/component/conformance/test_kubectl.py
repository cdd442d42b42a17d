"""The real kubectl against simulated nodes."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.component.conformance.conftest import Space, pod, workload

conformance = pytest.mark.conformance
pytestmark = pytest.mark.slow
KUBECTL = Path(sys.executable).with_name("kubectl")


def kubectl(space: Space, *arguments: str, stdin: Any = None) -> str:
    given = json.dumps(stdin) if stdin is not None else ""
    told = space.cluster.kubectl("--namespace", space.name, *arguments, stdin=given)
    space.cluster.settle()
    return str(told)


@conformance("Kubectl, check version v1")
def test_api_versions(space: Space) -> None:
    assert "v1" in kubectl(space, "api-versions").splitlines()


@conformance("Kubectl, cluster info")
def test_cluster_info(space: Space) -> None:
    assert re.search(r"Kubernetes control plane.*is running at.*https://", kubectl(space, "cluster-info"))


@conformance("Kubectl, version")
def test_version(space: Space) -> None:
    found = json.loads(kubectl(space, "version", "-o", "json"))
    for side in ("clientVersion", "serverVersion"):
        assert {"major", "minor", "gitVersion", "gitCommit", "buildDate", "platform"} <= found[side].keys()


def test_a_controller_is_created_scaled_and_stopped(space: Space) -> None:
    kubectl(space, "create", "-f", "-", stdin=workload("ReplicationController", 2, "update-demo"))

    def running() -> int:
        template = "{{range.items}}{{.status.phase}} {{end}}"
        return kubectl(space, "get", "pods", "-l", "app=update-demo", "-o", "template", f"--template={template}").count(
            "Running"
        )

    assert running() == 2
    for replicas in (1, 2):
        kubectl(space, "scale", "rc", "update-demo", f"--replicas={replicas}", "--timeout=5m")
        space.wait(60)
        assert running() == replicas
    kubectl(space, "delete", "--grace-period=0", "--force", "rc/update-demo", "--wait=false")
    space.wait(60)
    assert space.names("Pod") == []


@conformance("Kubectl, describe pod or rc")
def test_describe(space: Space) -> None:
    space.create(workload("ReplicationController", 1, "primary"))
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "primary", "labels": {"app": "primary"}},
               "spec": {"selector": {"app": "primary"}, "ports": [{"port": 6379}]}}
    space.create(service)
    [name] = space.names("Pod")
    wanted = {
        f"pod {name}": ["Name:", name, "Namespace:", space.name, "Node:", "Labels:", "app=primary", "Status:",
                        "Running", "IP:", "Controlled By:  ReplicationController/primary", "Image:", "State:"],
        "rc primary": ["Name:", "primary", "Namespace:", "Selector:", "app=primary", "Labels:", "Replicas:",
                       "1 current", "1 desired", "Pods Status:", "1 Running", "Pod Template:", "Image:", "Events:"],
        "service primary": ["Name:", "Namespace:", "Labels:", "Selector:", "Type:", "ClusterIP", "IP:", "Port:",
                            "6379/TCP", "Endpoints:", "Session Affinity:"],
        "node node-0": ["Name:", "Labels:", "Annotations:", "CreationTimestamp", "Conditions:", "Type", "Ready",
                        "Addresses:", "Capacity:", "Version", "Kubelet Version", "Pods"],
        f"namespace {space.name}": ["Name:", "Labels:", "Annotations:", "Status:", "Active"],
    }
    for what, words in wanted.items():
        told = kubectl(space, "describe", *what.split())
        assert [word for word in words if word not in told] == []


@conformance("Kubectl, diff Deployment")
def test_diff(space: Space) -> None:
    kubectl(space, "create", "-f", "-", stdin=workload("Deployment", 1, image="httpd"))
    with pytest.raises(AssertionError) as told:
        kubectl(space, "diff", "-f", "-", stdin=workload("Deployment", 1, image="busybox"))
    assert re.search(r"-\s+- image: httpd", str(told.value))
    assert re.search(r"\+\s+- image: busybox", str(told.value))


@conformance("Kubectl, create service, replication controller")
def test_expose(space: Space) -> None:
    space.create(workload("ReplicationController", 1, "primary"))
    kubectl(space, "expose", "rc", "primary", "--name=rm2", "--port=1234", "--target-port=6379")
    kubectl(space, "expose", "service", "rm2", "--name=rm3", "--port=2345", "--target-port=6379")
    address = space.list("Pod")[0]["status"]["podIP"]
    for name, port in (("rm2", 1234), ("rm3", 2345)):
        [exposed] = space.get("Service", name)["spec"]["ports"]
        assert (exposed["port"], exposed["targetPort"]) == (port, 6379)
        [subset] = space.get("Endpoints", name)["subsets"]
        assert ([each["ip"] for each in subset["addresses"]], subset["ports"][0]["port"]) == ([address], 6379)


@conformance("Kubectl, label update")
def test_label(space: Space) -> None:
    space.create(pod("pause"))
    kubectl(space, "label", "pods", "pause", "testing-label=testing-label-value")
    assert "testing-label-value" in kubectl(space, "get", "pod", "pause", "-L", "testing-label")
    kubectl(space, "label", "pods", "pause", "testing-label-")
    assert "testing-label-value" not in kubectl(space, "get", "pod", "pause", "-L", "testing-label")


@conformance("Kubectl, patch to annotate")
def test_patch(space: Space) -> None:
    space.create(workload("ReplicationController", 1, "primary"))
    for name in space.names("Pod"):
        kubectl(space, "patch", "pod", name, "-p", '{"metadata":{"annotations":{"x":"y"}}}')
    assert {each["metadata"]["annotations"]["x"] for each in space.list("Pod")} == {"y"}


@conformance("Kubectl, run pod")
@conformance("Kubectl, replace")
def test_run_and_replace(space: Space) -> None:
    kubectl(space, "run", "web", "--image=httpd", "--restart=Never", "--labels=run=web", "--pod-running-timeout=2m0s")
    found = space.api.expect(200, "GET", space.path("pods", "web"))
    assert (found["spec"]["containers"][0]["image"], found["spec"]["restartPolicy"]) == ("httpd", "Never")
    found["spec"]["containers"][0]["image"] = "busybox"
    kubectl(space, "replace", "-f", "-", stdin=found)
    assert space.get("Pod", "web")["spec"]["containers"][0]["image"] == "busybox"


@conformance("Kubectl, server-side dry-run Pod")
def test_dry_run(space: Space) -> None:
    kubectl(space, "run", "web", "--image=httpd", "--labels=run=web")
    change = '{"spec":{"containers":[{"name": "web","image": "busybox"}]}}'
    kubectl(space, "patch", "pod", "web", "-p", change, "--dry-run=server")
    assert space.get("Pod", "web")["spec"]["containers"][0]["image"] == "httpd"


def test_logs(space: Space) -> None:
    lines = "\n".join(f"line {number}" for number in range(100))
    body = pod("generator")
    body["metadata"]["annotations"] = {"simulated.kubewheel.dev/log": lines, "simulated.kubewheel.dev/log-every": "60"}
    space.create(body)
    space.wait(30)
    assert "line 42" in kubectl(space, "logs", "generator", "c")
    assert kubectl(space, "logs", "generator", "c", "--tail=1") == "line 99\n"
    assert len(kubectl(space, "logs", "generator", "c", "--limit-bytes=1")) == 1
    stamped = kubectl(space, "logs", "generator", "c", "--tail=1", "--timestamps")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) line 99\n", stamped)
    recent, all_day = (kubectl(space, "logs", "generator", "c", f"--since={span}") for span in ("1s", "24h"))
    assert len(recent) < len(all_day)


@contextmanager
def proxy(space: Space, *arguments: str) -> Iterator[str]:
    """Run kubectl proxy; yield what it says that it serves."""
    words = [str(KUBECTL), "--kubeconfig", str(space.cluster.kubeconfig), "proxy", *arguments]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline()
        finally:
            process.terminate()


@conformance("Kubectl, proxy port zero")
def test_proxy_on_any_port(space: Space) -> None:
    with proxy(space, "-p", "0", "--disable-filter") as told:
        port = re.search(r"Starting to serve on 127\.0\.0\.1:(\d+)", told)
        assert port
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/api/", timeout=10) as answer:
            assert json.load(answer)["versions"]


@conformance("Kubectl, proxy socket")
def test_proxy_on_a_socket(space: Space, tmp_path: Path) -> None:
    path = tmp_path / "p.sock"
    with proxy(space, f"--unix-socket={path}"):
        connection = urllib3.connection.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(path))
        connection.request("GET", "/api/")
        assert json.loads(connection.getresponse().data)["versions"]
        connection.close()
