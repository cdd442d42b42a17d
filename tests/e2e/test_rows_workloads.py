"""Rows of workloads, configuration and nodes that the scenarios do not pass through."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually

ADOPTER = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: rs}
spec:
  replicas: 3
  selector: {matchExpressions: [{key: env, operator: In, values: [dev, qa]}]}
  template:
    metadata: {labels: {env: dev}}
    spec: {containers: [{name: a, image: busybox, command: [sleep, "3600"]}], terminationGracePeriodSeconds: 0}
"""


def test_a_container_that_ends_once_is_started_again_at_once(cluster: Cluster):
    """The image has no tag, so that it is looked for again at every start: that must not count as a crash."""
    cluster.kubectl("run", "app", "--image=okeeffed/docker-demo")
    cluster.wait_running("app")
    cluster.kubectl("exec", "app", "--", "kill", "1")

    def state() -> tuple[int, bool]:
        found = cluster.get("pod", "app")["status"]["containerStatuses"][0]
        return found["restartCount"], "running" in found["state"]

    # Shorter than the first back-off of ten seconds.
    eventually(lambda: state() == (1, True), lambda: f"it is {state()}", 8)


def test_containers_of_a_pod_share_the_loopback(cluster: Cluster):
    cluster.apply("""
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  containers:
  - {name: app, image: okeeffed/docker-demo}
  - {name: side, image: busybox, command: [sleep, "3600"]}
""")
    cluster.wait_running("two")
    page = eventually(lambda: cluster.kubectl(
        "exec", "two", "-c", "side", "--", "wget", "-qO-", "http://127.0.0.1:3000", check=False).out, "no page")
    assert "Hello World" in page
    assert cluster.kubectl("get", "pod", "two").out.splitlines()[1].split()[1] == "2/2"


def test_a_replica_set_adopts_orphans_by_a_set_of_values(cluster: Cluster):
    for env in ("dev", "qa", "prod"):
        cluster.kubectl("run", f"orphan-{env}", "--image=busybox", f"--labels=env={env}", "--", "sleep", "3600")
    cluster.apply(ADOPTER)

    def owners() -> dict[str, str]:
        return {
            pod["metadata"]["name"]: (pod["metadata"].get("ownerReferences") or [{"name": ""}])[0]["name"]
            for pod in cluster.get("pods")["items"]
        }

    found = eventually(lambda: (seen := owners()) and len(seen) == 4 and seen, lambda: f"pods: {owners()}")
    assert found["orphan-dev"] == found["orphan-qa"] == "rs"
    assert found["orphan-prod"] == ""


def test_a_rollout_that_gets_stuck_is_told(cluster: Cluster):
    cluster.kubectl("create", "deployment", "bad", "--image=does-not-exist")
    cluster.kubectl("patch", "deployment", "bad", "-p", '{"spec":{"progressDeadlineSeconds":1}}')
    done = cluster.kubectl("rollout", "status", "deployment/bad", "--timeout=30s", check=False)
    assert done.code == 1
    assert done.err == 'error: deployment "bad" exceeded its progress deadline\n'


def test_history_has_causes_and_no_unknown_revision(cluster: Cluster):
    cluster.kubectl("create", "deployment", "web", "--image=okeeffed/docker-demo:1", "--replicas=0")
    cluster.kubectl("annotate", "deployment", "web", "kubernetes.io/change-cause=first")
    cluster.kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    cluster.kubectl("set", "image", "deployment/web", "docker-demo=okeeffed/docker-demo:2")
    cluster.kubectl("annotate", "deployment", "web", "kubernetes.io/change-cause=second", "--overwrite")
    cluster.kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    rows = cluster.kubectl("rollout", "history", "deployment/web").out.splitlines()[2:]
    assert [row.split() for row in rows if row] == [["1", "first"], ["2", "second"]]
    refused = cluster.kubectl("rollout", "undo", "deployment/web", "--to-revision=9", check=False)
    assert refused.err == "error: unable to find specified revision 9 in history\n"


def test_environment_command_and_volume(cluster: Cluster):
    cluster.kubectl("create", "configmap", "settings", "--from-literal=driver=jdbc")
    cluster.apply("""
apiVersion: v1
kind: Pod
metadata: {name: args}
spec:
  volumes: [{name: d, emptyDir: {}}]
  containers:
  - name: a
    image: busybox
    command: [sh, -c, 'chmod 777 /d; sleep "$0"; true']
    args: ["3600", "--driver=$(DRIVER)"]
    env:
    - {name: DRIVER, valueFrom: {configMapKeyRef: {name: settings, key: driver}}}
    - {name: LATER, value: "$(DRIVER)-$(NOPE)-$$(DRIVER)"}
    volumeMounts: [{name: d, mountPath: /d}]
""")
    cluster.wait_running("args")
    processes = cluster.kubectl("exec", "args", "--", "ps").out
    assert "--driver=jdbc" in processes
    assert re.search(r"^ +1 root ", processes, re.MULTILINE), "the container sees other processes"
    environment = cluster.kubectl("exec", "args", "--", "env").out.splitlines()
    assert "LATER=jdbc-$(NOPE)-$(DRIVER)" in environment
    assert "HOSTNAME=args" in environment
    assert "drwxrwxrwx" in cluster.kubectl("exec", "args", "--", "ls", "-ld", "/d").out


def test_pods_start_once_what_they_need_is_there(cluster: Cluster):
    cluster.apply("""
apiVersion: v1
kind: Pod
metadata: {name: early}
spec:
  volumes: [{name: v, secret: {secretName: later}}]
  containers: [{name: a, image: busybox, command: [sleep, "3600"], volumeMounts: [{name: v, mountPath: /v}]}]
""")
    said = 'MountVolume.SetUp failed for volume "v" : secret "later" not found'
    eventually(lambda: said in cluster.kubectl("events", "--for", "pod/early").out, "no event names the Secret")
    cluster.kubectl("create", "secret", "generic", "later", "--from-literal=a=b")
    cluster.wait_running("early", 30)


def test_secrets_say_what_is_wrong_with_them(cluster: Cluster, tmp_path: Path):
    path = tmp_path / "password.txt"
    path.write_text("s3cret\n")
    warned = cluster.kubectl("create", "secret", "generic", "nl", f"--from-file={path}").err
    assert "data[password.txt]: ends with a newline" in warned
    bad = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bad"}, "data": {"mykey": "***"}}
    refused = cluster.apply(json.dumps(bad), "--validate=false", check=False).err
    assert "illegal base64 data at input byte 0 of data.mykey" in refused


def test_a_named_port_that_leads_nowhere_is_told(cluster: Cluster):
    cluster.kubectl("run", "web", "--image=nginx")
    cluster.apply("""
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80, targetPort: nodejs-port}], selector: {run: web}}
""")
    cluster.wait_running("web")
    eventually(
        lambda: "'nodejs-port' is not a port of 1 of 1 selected pods" in cluster.kubectl("describe", "svc", "web").out,
        "the Service says nothing",
    )


def test_many_containers_on_one_node(cluster: Cluster):
    cluster.kubectl("create", "deployment", "many", "--image=busybox", "--replicas=30", "--", "sleep", "3600")
    cluster.kubectl("rollout", "status", "deployment/many", "--timeout=90s", timeout=100)
    addresses = {pod["status"]["podIP"] for pod in cluster.get("pods")["items"]}
    assert len(addresses) == 30
    cluster.kubectl("delete", "deployment", "many", "--cascade=foreground", "--grace-period=1")


@pytest.mark.parametrize("path", ["/pods", "/metrics", "/containerLogs/a/b/c", "/exec/a/b/c", "/run/a/b/c", "/healthz"])
def test_the_agents_server_answers_nobody_unknown(cluster: Cluster, path: str):
    port = cluster.get("nodes")["items"][0]["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    command = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", f"https://127.0.0.1:{port}{path}"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=20).stdout == "401"
