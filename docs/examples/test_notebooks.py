"""A hub that starts a server for each user, as JupyterHub does: slow starts, full nodes, idle servers."""

import pytest
from kubernetes import client

from kubewheel.testing import Script

SMALL = {"capacity": {"cpu": "2", "memory": "4Gi", "pods": "20"}}


class Notebook(Script):
    """Pulls a large image, then takes its time to answer."""

    start_after = 20.0
    ready_after = 10.0


class Hub:
    """The code under test."""

    def __init__(self, api: client.ApiClient) -> None:
        self.core = client.CoreV1Api(api)

    def spawn(self, user: str) -> None:
        self.core.create_namespaced_pod("default", {
            "metadata": {"name": f"jupyter-{user}", "labels": {"component": "singleuser"}},
            "spec": {"restartPolicy": "Never", "containers": [
                {"name": "notebook", "image": "notebook:1", "resources": {"requests": {"cpu": "1"}}}]},
        })

    def state(self, user: str) -> str:
        pod = self.core.read_namespaced_pod(f"jupyter-{user}", "default")
        conditions = {each.type: each for each in pod.status.conditions or ()}
        if "PodScheduled" in conditions and conditions["PodScheduled"].reason == "Unschedulable":
            return "no room"
        return "ready" if "Ready" in conditions and conditions["Ready"].status == "True" else "starting"

    def cull(self, older_than_seconds: float, now) -> None:
        for pod in self.core.list_namespaced_pod("default", label_selector="component=singleuser").items:
            started = pod.status.start_time
            if started and (now - started).total_seconds() > older_than_seconds:
                self.core.delete_namespaced_pod(pod.metadata.name, "default")


@pytest.mark.kubewheel(nodes=1, fleet=SMALL)
def test_servers_start_fill_the_node_and_are_culled(kubewheel):
    kubewheel.simulate(Notebook, labels="component=singleuser")
    hub = Hub(kubewheel.kubernetes)
    for user in ("ada", "grace", "mary"):
        hub.spawn(user)
    kubewheel.settle()
    assert [hub.state(user) for user in ("ada", "grace", "mary")] == ["starting", "starting", "no room"]
    kubewheel.clock.advance(30)
    assert [hub.state(user) for user in ("ada", "grace", "mary")] == ["ready", "ready", "no room"]
    kubewheel.clock.advance(hours=2)
    hub.cull(3600, kubewheel.clock.now())
    kubewheel.clock.advance(minutes=1)
    assert [pod["metadata"]["name"] for pod in kubewheel.list("Pod")] == ["jupyter-mary"]
    assert hub.state("mary") == "ready"  # There is room now.
