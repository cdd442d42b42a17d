"""The operator under test: every ConfigMap labelled `report=yes` gets a Job that writes the report."""

import kopf
from kubernetes import client


@kopf.on.create("configmaps", labels={"report": "yes"})
def report_wanted(name, namespace, body, **_):
    job = {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": f"report-{name}"},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "write", "image": "report:1"}],
        }}},
    }
    kopf.adopt(job, owner=body)
    client.BatchV1Api().create_namespaced_job(namespace, job)
