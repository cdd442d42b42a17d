"""A program that starts worker pods and reads how they ended, as Airflow, Dask and JupyterHub do."""

from collections.abc import Sequence

from kubernetes import client

from kubewheel.testing import Answer, Script


class Worker(Script):
    """Loads for a while, works for a minute, answers questions meanwhile."""

    start_after = 5.0
    exit_after = 60.0
    log = ("loading", "result=42")

    def exec(self, command: Sequence[str]) -> Answer | None:
        return Answer("busy\n") if command == ["status"] else None


def launch(core: client.CoreV1Api, name: str) -> None:
    core.create_namespaced_pod("default", {
        "metadata": {"name": name, "labels": {"role": "worker"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "work", "image": "worker:1"}]},
    })


def test_workers_run_and_end(kubewheel):
    kubewheel.simulate(Worker, labels="role=worker")
    core = client.CoreV1Api(kubewheel.kubernetes)
    launch(core, "w1")
    kubewheel.clock.advance(5)
    assert core.read_namespaced_pod("w1", "default").status.phase == "Running"
    assert kubewheel.kubectl("exec", "w1", "--", "status") == "busy\n"
    kubewheel.clock.advance(minutes=1)
    assert core.read_namespaced_pod("w1", "default").status.phase == "Succeeded"
    assert core.read_namespaced_pod_log("w1", "default").splitlines()[-1] == "result=42"


def test_a_worker_is_out_of_memory(kubewheel):
    kubewheel.simulate(Worker, labels="role=worker")
    core = client.CoreV1Api(kubewheel.kubernetes)
    launch(core, "w1")
    kubewheel.clock.advance(10)
    kubewheel.kill("w1")
    kubewheel.settle()
    ended = core.read_namespaced_pod("w1", "default").status.container_statuses[0].state.terminated
    assert (ended.reason, ended.exit_code) == ("OOMKilled", 137)
