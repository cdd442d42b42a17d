"""DaemonSets and pods for the tests of plans."""

from typing import Any

from kubewheel.controllers.daemon_set.placement import Fit
from kubewheel.controllers.daemon_set.plan import Daemons, by_node
from kubewheel.libs.clock import parse_rfc3339, rfc3339

NOW = parse_rfc3339("2026-01-01T01:00:00Z")
YES = Fit(True, True)


def daemon_set(pod: dict[str, Any] | None = None, seconds: int = 0, **rolling: Any) -> Any:
    """Return a DaemonSet."""
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling or {"maxUnavailable": 1, "maxSurge": 0}}
    return {
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "default", "uid": "u", "generation": 3},
        "spec": {
            "minReadySeconds": seconds, "updateStrategy": strategy,
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": [], **(pod or {})}},
        },
    }


def pod(
    name: str, node: str, state: str = "ready", *, new: bool = True, age: float = 100, bound: bool = True
) -> dict[str, Any]:
    """Return one of its pods."""
    metadata: dict[str, Any] = {
        "name": name, "namespace": "default", "uid": name, "creationTimestamp": rfc3339(NOW - age),
        "labels": {"controller-revision-hash": "new" if new else "old"},
    }
    if state == "going":
        metadata["deletionTimestamp"] = rfc3339(NOW)
    phase = state if state in ("Failed", "Succeeded", "Pending") else "Running"
    since = rfc3339(NOW - age)
    ready = [{"type": "Ready", "status": "True", "lastTransitionTime": since}] if state in ("ready", "going") else []
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [field]}]}}
    spec = {"nodeName": node} if bound else {"affinity": {"nodeAffinity": required}}
    return {"metadata": metadata, "spec": spec, "status": {"phase": phase, "conditions": ready}}


def daemons(owner: Any, pods: list[Any], **fits: Fit) -> Daemons:
    """Return what a plan looks at."""
    return Daemons(owner, fits, by_node(pods), "new", NOW)
