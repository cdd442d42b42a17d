"""The operator under test: every Report gets a Job that writes it; a deleted Report leaves a note behind."""

import kopf
from kubernetes import client


@kopf.on.create("example.com", "v1", "reports")
def report_wanted(name, namespace, spec, body, **_):
    job = {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": f"report-{name}"},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "write", "image": "report:1", "args": [spec["query"]]}],
        }}},
    }
    kopf.adopt(job, owner=body)
    client.BatchV1Api().create_namespaced_job(namespace, job)
    return {"job": f"report-{name}"}


@kopf.on.delete("example.com", "v1", "reports")
def report_unwanted(name, namespace, **_):
    note = {"metadata": {"name": f"was-{name}"}}
    client.CoreV1Api().create_namespaced_config_map(namespace, note)
