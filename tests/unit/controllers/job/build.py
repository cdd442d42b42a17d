"""Jobs and pods for the tests of plans."""

from typing import Any

from kubewheel.controllers.job import terms
from kubewheel.libs.clock import parse_rfc3339, rfc3339

NOW = parse_rfc3339("2026-01-01T01:00:00Z")


def job(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """Return a Job as the API server completes it."""
    defaults = {
        "parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": False,
        "template": {"metadata": {"labels": {"app": "work"}}, "spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "x"}]}},
    }
    return {
        "apiVersion": "batch/v1", "kind": "Job", "status": status or {}, "spec": {**defaults, **spec},
        "metadata": {"name": "work", "namespace": "default", "uid": "job"},
    }


def pod(
    name: str, phase: str = "Running", index: int | None = None, *, ended: float = 0, tracked: bool = True,
    deleting: bool = False, code: int = 0, failures: int | None = None, condition: str = "", restarts: int = 0,
) -> dict[str, Any]:
    """Return a pod of that Job, which ended so many seconds ago."""
    metadata: dict[str, Any] = {"name": name, "namespace": "default", "uid": name, "annotations": {}}
    metadata["creationTimestamp"] = rfc3339(NOW - 1000)
    if index is not None:
        metadata["annotations"][terms.INDEX] = str(index)
    if failures is not None:
        metadata["annotations"][terms.FAILURE_COUNT] = str(failures)
    if tracked:
        metadata["finalizers"] = [terms.FINALIZER]
    if deleting:
        metadata.update(deletionTimestamp=rfc3339(NOW - ended + 30), deletionGracePeriodSeconds=30)
    container: dict[str, Any] = {"name": "c", "restartCount": restarts, "state": {"running": {}}}
    if phase in ("Succeeded", "Failed"):
        container["state"] = {"terminated": {"exitCode": code, "finishedAt": rfc3339(NOW - ended)}}
    conditions = [{"type": condition, "status": "True"}] if condition else []
    return {
        "metadata": metadata, "spec": {},
        "status": {"phase": phase, "containerStatuses": [container], "conditions": conditions},
    }
