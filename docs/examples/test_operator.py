"""An operator made with kopf, against a cluster in the same process."""

import asyncio
import threading
from contextlib import contextmanager

import kopf
import pytest
import report_operator  # noqa: F401 - registers its handlers
from kubernetes import client


@contextmanager
def running_operator(cluster):
    """Run the operator in a thread of its own, as `kopf run` does in a process."""
    client.Configuration.set_default(cluster.kubernetes.configuration)
    registry = kopf.get_default_registry()

    @kopf.on.login(registry=registry)
    def login(**_):
        access = cluster.access
        return kopf.ConnectionInfo(server=access.url, ca_path=str(access.authority), token=access.token)

    ready, stop = threading.Event(), threading.Event()
    operator = threading.Thread(target=lambda: asyncio.run(kopf.operator(
        registry=registry, clusterwide=True, standalone=True, ready_flag=ready, stop_flag=stop,
    )))
    operator.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        stop.set()
        operator.join(10)
        client.Configuration.set_default(None)


@pytest.mark.kubewheel(nodes=1)
def test_reports_are_written(kubewheel):
    with running_operator(kubewheel):
        kubewheel.apply({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "sales", "labels": {"report": "yes"}},
        })
        # The operator is no part of the cluster: give it time until it has asked nothing for a while.
        kubewheel.settle(quiet_seconds=0.5)
        job = kubewheel.get("Job", "report-sales")
    assert job["metadata"]["ownerReferences"][0]["name"] == "sales"
    kubewheel.clock.advance(minutes=1)
    assert kubewheel.get("Job", "report-sales")["status"]["succeeded"] == 1

    kubewheel.delete("ConfigMap", "sales")
    kubewheel.settle()
    assert kubewheel.list("Job") == []  # Collected with its owner.
