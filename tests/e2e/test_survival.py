"""What outlives a killed process, a stop and start, a changed address."""

import os
import re
import signal
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import new_cluster
from tests.e2e.support import registry
from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually


@pytest.fixture(scope="module")
def own(scratch: Path, images_registry: str) -> Iterator[Cluster]:
    """A cluster that may be killed, with a Deployment `web` and a pod `stays`."""
    cluster = new_cluster(scratch, "survival")
    registry.mirror(cluster.data_dir / "containerd" / "certs.d", "docker.io", images_registry)
    try:
        cluster.up()
        cluster.kubectl("create", "deployment", "web", "--image=nginx", "--replicas=2")
        cluster.kubectl("run", "stays", "--image=busybox", "--", "sleep", "3600")
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
        cluster.wait_running("stays")
        yield cluster
    finally:
        cluster.down(wipe=True)


def test_sigkill_loses_nothing(own: Cluster):
    own.kubectl("run", "ends", "--image=busybox", "--restart=Never", "--", "sh", "-c", "sleep 3; exit 5")
    stays = own.wait_running("stays")
    own.wait_running("ends")
    objects = _identities(own)

    os.kill(own.process(), signal.SIGKILL)
    assert own.kubectl("get", "pods", check=False).code == 1
    time.sleep(4)  # The container that ends does so while nobody watches.
    own.up()

    assert objects <= _identities(own)
    ended = eventually(lambda: _exit_code(own, "ends"), "the exit code is not reported")
    assert ended == 5
    after = own.wait_running("stays")
    assert _container(after) == _container(stays)
    assert _restarts(after) == _restarts(stays)
    assert "Running" in own.kubectl("get", "pod", "stays").out
    assert own.kubectl("exec", "stays", "--", "echo", "alive").out == "alive\n"


def test_writes_that_were_acknowledged_survive(own: Cluster):
    for index in range(20):
        own.kubectl("create", "configmap", f"kept-{index}", f"--from-literal=n={index}")
    os.kill(own.process(), signal.SIGKILL)
    own.up()
    assert {f"kept-{index}" for index in range(20)} <= set(own.names("configmaps"))


def test_stop_and_start_keeps_objects(own: Cluster):
    before = {name for name in _identities(own) if name.startswith(("deployment", "configmap", "service"))}
    restarts = _restarts(own.wait_running("stays"))
    own.down()
    assert own.kubewheel("status", check=False).code == 1
    own.up()
    assert before <= _identities(own)
    eventually(lambda: _restarts(own.get("pod", "stays")) == restarts + 1, "the container is not started again")
    own.kubectl("rollout", "status", "deployment/web", "--timeout=60s")


def test_starting_twice_is_harmless(own: Cluster):
    process = own.process()
    assert "runs already" in own.up().out
    assert own.process() == process


def test_a_changed_address_needs_a_restart_only(own: Cluster):
    """The certificates are made for another address first: the next start must notice."""
    before = _serving_names(own)
    node = own.names("nodes")[0]
    own.down()
    for name in ("kube-api-server", node):
        (own.data_dir / "pki" / f"{name}.crt").unlink()
    out = own.up().out
    assert "Certificates written: kube-api-server" in out
    assert _serving_names(own) == before
    eventually(lambda: own.kubectl("exec", "stays", "--", "echo", "here", check=False).out == "here\n",
               "the node agent is not reached under its new certificate")


def _identities(cluster: Cluster) -> set[str]:
    kinds = "deployments,replicasets,pods,services,configmaps,secrets,serviceaccounts"
    lines = cluster.kubectl("get", kinds, "-A", "-o",
                            "jsonpath={range .items[*]}{.kind}/{.metadata.name}/{.metadata.uid}{'\\n'}{end}").out
    return {line.lower() for line in lines.splitlines()}


def _exit_code(cluster: Cluster, pod: str) -> int:
    state = cluster.get("pod", pod)["status"]["containerStatuses"][0]["state"]
    return int(state.get("terminated", {}).get("exitCode", 0))


def _restarts(pod: dict) -> int:  # type: ignore[type-arg]
    return int(pod["status"]["containerStatuses"][0]["restartCount"])


def _container(pod: dict) -> str:  # type: ignore[type-arg]
    return str(pod["status"]["containerStatuses"][0]["containerID"])


def _serving_names(cluster: Cluster) -> set[str]:
    text = ssl._ssl._test_decode_cert(str(cluster.data_dir / "pki" / "kube-api-server.crt"))  # type: ignore[attr-defined]
    return {re.sub(r"\s", "", value) for _, value in text["subjectAltName"]}
