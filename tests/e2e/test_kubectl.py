"""What kubectl's sub-commands do against the cluster, beyond the scenarios."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.support.cluster import Cluster, Done
from tests.e2e.support.waiting import eventually, free_port

WEB = "okeeffed/docker-demo"


@pytest.fixture(scope="module")
def busy(shared_cluster: Cluster):
    """A namespace with one Deployment that several tests look at."""
    namespace = "test-kubectl"
    shared_cluster.kubectl("create", "namespace", namespace)
    cluster = shared_cluster.within(namespace)
    cluster.kubectl("create", "deployment", "web", f"--image={WEB}", "--port=3000")
    cluster.kubectl("expose", "deployment", "web", "--port=80", "--target-port=3000")
    cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    yield cluster
    shared_cluster.kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.mark.parametrize(
    ("words", "pattern"),
    [
        pytest.param("version", r"Server Version: v1\.37\.", id="version"),
        pytest.param("cluster-info", r"Kubernetes control plane.* is running at", id="cluster-info"),
        pytest.param("api-versions", r"(?m)^apps/v1$", id="api-versions"),
        pytest.param("api-resources", r"(?m)^deployments +deploy +apps/v1 +true +Deployment$", id="api-resources"),
        pytest.param("explain pod.spec.containers.image", r"FIELD: image <string>", id="explain"),
        pytest.param("explain deploy --recursive", r"progressDeadlineSeconds\s+<integer>", id="explain-recursive"),
        pytest.param("get all", r"deployment\.apps/web +1/1", id="get-all"),
        pytest.param("get pods -o wide", r"IP +NODE +NOMINATED NODE +READINESS GATES", id="get-wide"),
        pytest.param("get deploy web -o jsonpath={.spec.replicas}", r"^1$", id="jsonpath"),
        pytest.param("get deploy web -o custom-columns=N:.metadata.name", r"N\nweb", id="custom-columns"),
        pytest.param("get pods -l app=web --show-labels", r"app=web,pod-template-hash=", id="show-labels"),
        pytest.param("get pods --field-selector=status.phase=Running", r"web-", id="field-selector"),
        pytest.param("get pods -A", r"NAMESPACE +NAME", id="all-namespaces"),
        pytest.param("get --raw /readyz?verbose", r"readyz check passed", id="raw"),
        pytest.param("describe service web", r"Endpoints: +10\.\d+\.\d+\.\d+:3000", id="describe-service"),
        pytest.param("describe deployment web", r"NewReplicaSet: +web-", id="describe-deployment"),
        pytest.param("describe node", r"Non-terminated Pods:", id="describe-node"),
        pytest.param("events", r"Normal +Scheduled +Pod/web-", id="events"),
        pytest.param("get events", r"SuccessfulCreate +replicaset/web-", id="get-events"),
        pytest.param("logs deployment/web", r"Example app listening at port 3000", id="logs"),
        pytest.param("logs -l app=web --timestamps", r"^\d{4}-\d\d-\d\dT\S+Z Example", id="logs-timestamps"),
        pytest.param("logs deploy/web --since=1h --tail=1 --limit-bytes=7", r"^Example$", id="logs-limits"),
        pytest.param("rollout history deploy/web", r"REVISION +CHANGE-CAUSE\n1", id="history"),
        pytest.param("auth can-i --list", r"\*\.\* +\[\] +\[\] +\[\*\]", id="can-i-list"),
        pytest.param("auth whoami", r"Username +admin", id="whoami"),
        pytest.param("exec deploy/web -- hostname", r"^web-", id="exec-deployment"),
        pytest.param("wait --for=condition=Available deploy/web", r"condition met", id="wait"),
        pytest.param("wait --for=jsonpath={.status.readyReplicas}=1 deploy/web", r"condition met", id="wait-jsonpath"),
        pytest.param("create token default", r"^ey[\w-]+\.[\w-]+\.[\w-]+$", id="token"),
        pytest.param("config view", r"DATA\+OMITTED", id="config-view"),
        pytest.param("get pods,deploy,rs,svc,ep", r"endpoints/web", id="several-kinds"),
    ],
)
def test_reading(busy: Cluster, words: str, pattern: str):
    out = busy.kubectl(*words.split()).out.strip()
    assert re.search(pattern, out), out[:2000]


def test_metrics_are_missed_clearly(busy: Cluster):
    assert "Metrics API not available" in busy.kubectl("top", "pods", check=False).err


def test_patches(busy: Cluster):
    def patch(kind: str, body: object) -> Done:
        return busy.kubectl("patch", "deploy", "web", f"--type={kind}", "-p", json.dumps(body))

    patch("json", [{"op": "add", "path": "/metadata/labels/a", "value": "1"}])
    patch("merge", {"metadata": {"labels": {"b": "2"}}})
    patch("strategic", {"metadata": {"labels": {"c": "3"}}})
    labels = busy.get("deploy", "web")["metadata"]["labels"]
    assert {name: labels.get(name) for name in "abc"} == {"a": "1", "b": "2", "c": "3"}
    wrong = json.dumps([{"op": "test", "path": "/spec/replicas", "value": 9}])
    refused = busy.kubectl("patch", "deploy", "web", "--type=json", "-p", wrong, check=False)
    assert refused.code == 1
    stays = busy.kubectl("patch", "deploy", "web", "-p", '{"metadata":{"labels":{"c":"3"}}}').out
    assert "no change" in stays


def test_apply_twice_and_prune_nothing(busy: Cluster):
    manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: applied}, data: {a: '1', b: '2'}}"
    assert busy.apply(manifest).out == "configmap/applied created\n"
    assert busy.apply(manifest).out == "configmap/applied unchanged\n"
    difference = busy.kubectl("diff", "-f", "-", stdin=manifest.replace("'2'", "'3'"), check=False)
    assert difference.code == 1
    assert '+  b: "3"' in difference.out
    assert busy.apply(manifest.replace(", b: '2'", "")).out == "configmap/applied configured\n"
    assert busy.get("configmap", "applied")["data"] == {"a": "1"}


def test_copy_both_ways(busy: Cluster, tmp_path: Path):
    pod = busy.names("pods", "-l", "app=web")[0]
    (tmp_path / "sent").write_text("there and back\n")
    busy.kubectl("cp", str(tmp_path / "sent"), f"{pod}:/tmp/sent")
    busy.kubectl("cp", f"{pod}:/tmp/sent", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "there and back\n"


def test_a_missing_program_is_an_error_not_a_hang(busy: Cluster):
    done = busy.kubectl("exec", "deploy/web", "--", "no-such-program", check=False)
    assert done.code != 0
    assert "executable file not found" in done.err


@pytest.mark.parametrize("target", ["deployment/web", "service/web"])
def test_port_forward_to(busy: Cluster, target: str):
    local = free_port()
    remote = 3000 if target.startswith("deployment") else 80
    forward = subprocess.Popen(busy.kubectl_command("port-forward", target, f"{local}:{remote}"), env=busy.env,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: "Hello World" in _fetch(f"http://127.0.0.1:{local}/"), f"{target} does not answer")
    finally:
        forward.terminate()
        forward.wait(10)


def test_proxy(busy: Cluster):
    local = free_port()
    proxy = subprocess.Popen(busy.kubectl_command("proxy", f"--port={local}"), env=busy.env, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: '"major":"1"' in _fetch(f"http://127.0.0.1:{local}/version").replace(" ", ""), "no version")
        base = f"http://127.0.0.1:{local}/api/v1/namespaces/{busy.namespace}"
        assert "Hello World" in _fetch(f"{base}/services/web:80/proxy/")
    finally:
        proxy.terminate()
        proxy.wait(10)


def test_debug_adds_a_container(busy: Cluster):
    pod = busy.names("pods", "-l", "app=web")[0]
    busy.kubectl("debug", pod, "--image=busybox", "-c", "look", f"--target={WEB.rpartition('/')[2]}", "--attach=false",
                 "--", "sh", "-c", "ps; sleep 30")
    eventually(lambda: "httpd" in busy.kubectl("logs", pod, "-c", "look", check=False).out,
               "the debug container does not see the other's processes")


def test_cordon_and_taint(busy: Cluster):
    node = busy.names("nodes")[0]
    busy.kubectl("cordon", node)
    assert "SchedulingDisabled" in busy.kubectl("get", "nodes").out
    busy.kubectl("uncordon", node)
    busy.kubectl("taint", "node", node, "a=b:NoSchedule")
    busy.kubectl("run", "tainted", "--image=busybox", "--", "sleep", "60")
    eventually(lambda: "untolerated taint" in busy.kubectl("describe", "pod", "tainted").out, "the taint has no effect")
    busy.kubectl("taint", "node", node, "a-")
    busy.wait_running("tainted")
    busy.kubectl("delete", "pod", "tainted", "--now")


def test_deletion_follows_owners(cluster: Cluster):
    cluster.kubectl("create", "deployment", "gone", "--image=nginx")
    cluster.kubectl("rollout", "status", "deployment/gone", "--timeout=60s")
    cluster.kubectl("delete", "deployment", "gone", "--cascade=orphan")
    assert len(cluster.names("rs")) == 1
    cluster.kubectl("delete", "rs", "--all", "--cascade=foreground", "--timeout=60s")
    eventually(lambda: not cluster.names("pods"), "pods outlive their owner", 60)


def test_the_kubernetes_service_comes_back(cluster: Cluster):
    cluster.kubectl("delete", "service", "kubernetes", "-n", "default")
    eventually(lambda: "kubernetes" in cluster.names("services", "-n", "default"), "the service stays away")
    address = cluster.get("service", "kubernetes", "-n", "default")["spec"]["clusterIP"]
    assert address.endswith(".1")


def _fetch(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""
