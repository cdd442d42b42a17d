"""Defaults of the spec of a pod, in pods and in templates of pods."""

from typing import Any

from kubewheel.api.defaults import containers, resources, volumes
from kubewheel.api.defaults.volumes import fill

GRACE_SECONDS = 30
CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


def default_pod_spec(spec: dict[str, Any]) -> None:
    """Complete the spec of a pod as far as templates are completed."""
    fill(spec, dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler")
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = GRACE_SECONDS
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        resources.settle(spec, "serviceAccountName", account)
        resources.settle(spec, "serviceAccount", account)
    for volume in spec.get("volumes") or []:
        volumes.default_volume(volume)
    for kind in CONTAINER_LISTS:
        for container in spec.get(kind) or []:
            containers.default_container(container)
    resources.default_amounts(spec, "overhead")
    if spec.get("resources"):
        resources.default_amounts(spec["resources"], "limits", "requests")


def default_pod_template(template: dict[str, Any]) -> None:
    """Complete a template of pods."""
    if template.get("metadata") is None:
        template["metadata"] = {}
    if template.get("spec") is None:
        template["spec"] = {}
    default_pod_spec(template["spec"])
