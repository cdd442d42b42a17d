"""Tests as they look after they came from pytest-kind, from envtest, and from mocks of a client library."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kubernetes import client

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: web}]}
"""


def test_from_pytest_kind(kubewheel, tmp_path):
    """Was: `kind_cluster.kubectl("apply", …)`, `kind_cluster.kubeconfig_path`, and sleeping until it is true."""
    (tmp_path / "pod.yaml").write_text(POD)
    kubewheel.kubectl("apply", "-f", str(tmp_path / "pod.yaml"))
    kubewheel.settle()
    assert "Running" in kubewheel.kubectl("get", "pod", "web")
    # Whatever takes a kubeconfig works as before.
    assert kubewheel.kubeconfig.exists()


@pytest.mark.kubewheel(controllers=True)
def test_from_envtest(kubewheel):
    """Was: an API server and etcd without controllers, so that nothing that belonged to an object went with it."""
    owner = kubewheel.apply(CONFIG)[0]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "uid": owner["metadata"]["uid"]}
    kubewheel.apply({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "derived", "ownerReferences": [reference]},
    })
    kubewheel.delete("ConfigMap", "settings")
    kubewheel.settle()
    assert kubewheel.list("Secret", "default") == []


def read_colour(core: client.CoreV1Api, tries: int = 3) -> str:
    """Be the code under test."""
    for last in range(tries - 1, -1, -1):
        try:
            return core.read_namespaced_config_map("settings", "default").data["colour"]
        except client.ApiException as error:
            if error.status != 503 or not last:
                raise
    raise AssertionError("tries must be positive")


def test_from_mocks(kubewheel):
    """Was: `mocker.patch("kubernetes.client.CoreV1Api")` with `side_effect=[ApiException(status=503), …]`."""
    kubewheel.apply(CONFIG)
    fault = kubewheel.fail(verb="get", resource="configmaps", status=503, times=2)
    assert read_colour(client.CoreV1Api(kubewheel.kubernetes)) == "blue"
    assert fault.hits == 2


def test_from_a_subprocess(kubewheel):
    """Was: a script that reads $KUBECONFIG, run against whatever cluster was there."""
    kubewheel.apply(CONFIG)
    done = subprocess.run(
        ["kubectl", "get", "configmap", "settings", "-o", "name"], env=environment(kubewheel), check=True,
        capture_output=True, text=True,
    )
    assert done.stdout == "configmap/settings\n"


def environment(kubewheel) -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**os.environ, "PATH": path, "KUBECONFIG": str(kubewheel.kubeconfig)}
