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


@pytest.mark.kubewheel(nodes=1, load=("report_crd.yaml",))
def test_reports_are_written(kubewheel):
    with running_operator(kubewheel):
        kubewheel.wait_watched("reports")
        kubewheel.apply({
            "apiVersion": "example.com/v1", "kind": "Report", "metadata": {"name": "sales"},
            "spec": {"query": "select 1"},
        })
        # The operator is no part of the cluster: it works in its own time.
        report = kubewheel.wait_for("Report", "sales", fits=lambda report: "report_wanted" in report.get("status", {}))
        assert report["status"]["report_wanted"] == {"job": "report-sales"}
        assert kubewheel.get("Job", "report-sales")["metadata"]["ownerReferences"][0]["name"] == "sales"
        kubewheel.clock.advance(minutes=1)
        assert kubewheel.get("Job", "report-sales")["status"]["succeeded"] == 1

        kubewheel.delete("Report", "sales")
        kubewheel.wait_for("ConfigMap", "was-sales")
        kubewheel.settle(quiet_seconds=1)  # Until it has asked nothing for a while.
        assert kubewheel.list("Report") == []  # The operator has let it go,
        assert kubewheel.list("Job") == []  # and the Job went with its owner.


@pytest.mark.kubewheel(nodes=1, load=("report_crd.yaml",))
def test_a_report_without_a_query_is_refused(kubewheel):
    with pytest.raises(AssertionError, match=r"spec.query: Required value"):
        kubewheel.kubectl("create", "-f", "-", stdin="""
apiVersion: example.com/v1
kind: Report
metadata: {name: empty}
spec: {}
""")
