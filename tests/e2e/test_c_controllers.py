"""Scenarios C: replication, rollouts, health checks."""

import re
import stat
import threading
import urllib.request
from pathlib import Path

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually

DEPLOYMENT = "helloworld-deployment"


def test_c1_replication_controller(cluster: Cluster, manifests: Path):
    path = str(manifests / "rc-helloworld.yaml")
    cluster.kubectl("create", "-f", path)
    eventually(lambda: _ready(cluster) == 2, "not two pods")
    first, second = cluster.names("pods")
    assert first != second
    cluster.kubectl("delete", "pod", first, "--wait=false")
    eventually(lambda: _ready(cluster) == 2 and first not in cluster.names("pods"), "the lost pod is not replaced")

    cluster.kubectl("scale", "--replicas=4", "-f", path)
    eventually(lambda: _ready(cluster) == 4, "not four pods")
    assert re.search(r"helloworld-container +4 +4 +4 ", cluster.kubectl("get", "rc").out)
    cluster.kubectl("scale", "--replicas=1", "rc/helloworld-container")
    eventually(lambda: len(cluster.names("pods")) == 1, "more than one pod remains", 60)
    cluster.kubectl("delete", "rc", "helloworld-container", "--wait=false")


def test_c2_rollout_history_undo(cluster: Cluster, manifests: Path, tmp_path: Path):
    cluster.kubectl("create", "-f", str(manifests / "deployment-helloworld.yaml"))
    done = cluster.kubectl("rollout", "status", f"deployment/{DEPLOYMENT}", "--timeout=60s")
    assert f'deployment "{DEPLOYMENT}" successfully rolled out' in done.out
    assert re.search(rf"{DEPLOYMENT} +3/3 +3 +3 ", cluster.kubectl("get", "deployments").out)
    assert len(cluster.names("rs")) == 1
    assert re.search(r"app=helloworld,pod-template-hash=\w+", cluster.kubectl("get", "pods", "--show-labels").out)

    cluster.kubectl("expose", f"deployment/{DEPLOYMENT}", "--type=NodePort")
    address = cluster.get("service", DEPLOYMENT)["spec"]["clusterIP"]
    eventually(lambda: _page(address), "the Service does not answer")
    with Load(f"http://{address}:3000/") as load:
        cluster.kubectl("set", "image", f"deployment/{DEPLOYMENT}", "k8s-demo=okeeffed/docker-demo:2")
        cluster.kubectl("rollout", "status", f"deployment/{DEPLOYMENT}", "--timeout=90s", timeout=100)
    assert load.failures == []
    assert load.answers > 20
    eventually(lambda: "version 2" in _page(address), "the new version does not serve")
    sizes = sorted(int(line.split()[1]) for line in cluster.kubectl("get", "rs", "--no-headers").out.splitlines())
    assert sizes == [0, 3]
    assert _revisions(cluster) == [1, 2]

    cluster.kubectl("rollout", "undo", f"deployment/{DEPLOYMENT}")
    assert _image(cluster) == "okeeffed/docker-demo"
    eventually(lambda: _revisions(cluster) == [2, 3], "the history is not 2 and 3")
    cluster.kubectl("rollout", "undo", f"deployment/{DEPLOYMENT}", "--to-revision=2")
    assert _image(cluster) == "okeeffed/docker-demo:2"
    assert cluster.kubectl("rollout", "undo", f"deployment/{DEPLOYMENT}", "--to-revision=77", check=False).code == 1

    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/replicas: 3/replicas: 2/; s/imagePullPolicy: .*/&\\n        env:\\n'
                      '        - {name: EDITED, value: yes-it-is}/" "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    edited = Cluster(cluster.data_dir, cluster.home, environment={"EDITOR": str(editor)}, namespace=cluster.namespace)
    edited.kubectl("edit", f"deployment/{DEPLOYMENT}")
    cluster.kubectl("rollout", "status", f"deployment/{DEPLOYMENT}", "--timeout=90s", timeout=100)
    spec = cluster.get("deployment", DEPLOYMENT)["spec"]
    assert spec["replicas"] == 2
    assert spec["template"]["spec"]["containers"][0]["env"] == [{"name": "EDITED", "value": "yes-it-is"}]

    cluster.kubectl("rollout", "pause", f"deployment/{DEPLOYMENT}")
    before = cluster.names("rs")
    cluster.kubectl("set", "image", f"deployment/{DEPLOYMENT}", "k8s-demo=okeeffed/docker-demo:3")
    eventually(lambda: _is_observed(cluster), "the paused change is not observed")
    assert cluster.names("rs") == before
    cluster.kubectl("rollout", "resume", f"deployment/{DEPLOYMENT}")
    cluster.kubectl("rollout", "status", f"deployment/{DEPLOYMENT}", "--timeout=90s", timeout=100)
    eventually(lambda: "version 3" in _page(address), "the resumed rollout does not serve")


def test_c3_health_check(cluster: Cluster, manifests: Path):
    manifest = (manifests / "pod-liveness.yaml").read_text()
    manifest = manifest.replace("initialDelaySeconds: 15", "initialDelaySeconds: 1\n      periodSeconds: 1")
    cluster.apply(manifest)
    pod = "nodehelloworld.example.com"
    cluster.wait_running(pod)
    assert _restarts(cluster, pod) == 0
    cluster.kubectl("exec", pod, "--", "rm", "/www/index.html")
    eventually(lambda: _restarts(cluster, pod) == 1, "the container is not restarted", 60)
    cluster.wait_running(pod)
    described = cluster.kubectl("describe", "pod", pod).out
    assert re.search(r"Warning +Unhealthy .*Liveness probe failed: HTTP probe failed with statuscode: 404", described)
    assert "failed liveness probe, will be restarted" in described
    cluster.kubectl("exec", pod, "--", "ls", "/www/index.html")


def test_c3_an_unready_pod_leaves_its_service(cluster: Cluster):
    cluster.apply("""
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - name: web
    image: okeeffed/docker-demo
    ports: [{name: http, containerPort: 3000}]
    readinessProbe: {httpGet: {path: /index.html, port: http}, periodSeconds: 1, failureThreshold: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
""")
    cluster.wait_running("web")
    eventually(lambda: _endpoints(cluster, "web") == 1, "the ready pod is missing")
    cluster.kubectl("exec", "web", "--", "mv", "/www/index.html", "/tmp/kept.html")
    eventually(lambda: _endpoints(cluster, "web") == 0, "the unready pod stays")
    assert _restarts(cluster, "web") == 0
    cluster.kubectl("exec", "web", "--", "mv", "/tmp/kept.html", "/www/index.html")
    eventually(lambda: _endpoints(cluster, "web") == 1, "the recovered pod does not return")


def test_an_exec_probe_restarts_and_back_off_grows(cluster: Cluster):
    cluster.kubectl("run", "crash", "--image=busybox", "--", "sh", "-c", "echo started; exit 7")
    eventually(lambda: "CrashLoopBackOff" in cluster.kubectl("get", "pod", "crash").out, "no back-off", 60)
    state = cluster.get("pod", "crash")["status"]["containerStatuses"][0]
    assert state["lastState"]["terminated"]["exitCode"] == 7
    message = state["state"]["waiting"]["message"]
    assert re.search(r"back-off \d+s restarting failed container=crash pod=crash_", message)
    assert cluster.kubectl("logs", "crash", "--previous").out == "started\n"


class Load:
    """Requests `url` in a loop while the block runs."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.answers = 0
        self.failures: list[str] = []

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with urllib.request.urlopen(self._url, timeout=5) as answer:
                    answer.read()
                self.answers += 1
            except OSError as error:
                self.failures.append(str(error))
            self._stop.wait(0.02)


def _ready(cluster: Cluster) -> int:
    pods = cluster.get("pods")["items"]
    return sum(
        all(entry["ready"] for entry in pod["status"].get("containerStatuses") or [{"ready": False}])
        for pod in pods if "deletionTimestamp" not in pod["metadata"]
    ) if len([pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]) else 0


def _page(address: str) -> str:
    try:
        with urllib.request.urlopen(f"http://{address}:3000/", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def _revisions(cluster: Cluster) -> list[int]:
    history = cluster.kubectl("rollout", "history", f"deployment/{DEPLOYMENT}").out
    return [int(found) for found in re.findall(r"^(\d+) ", history, re.MULTILINE)]


def _image(cluster: Cluster) -> str:
    return str(cluster.get("deployment", DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]["image"])


def _is_observed(cluster: Cluster) -> bool:
    deployment = cluster.get("deployment", DEPLOYMENT)
    return bool(deployment["metadata"]["generation"] == deployment["status"]["observedGeneration"])


def _restarts(cluster: Cluster, pod: str) -> int:
    return int(cluster.get("pod", pod)["status"]["containerStatuses"][0]["restartCount"])


def _endpoints(cluster: Cluster, service: str) -> int:
    slices = cluster.get("endpointslices", "-l", f"kubernetes.io/service-name={service}")["items"]
    return sum(
        1 for piece in slices for entry in piece.get("endpoints") or [] if entry["conditions"].get("ready")
    )
