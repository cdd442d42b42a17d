"""Scale of the retired workload versions: the labels that are selected by stand next to the selector's text."""

from typing import Any

from kubewheel.api.resources import Resource, group_version
from kubewheel.libs.wire import Object


def gvk(resource: Resource) -> tuple[str, str, str]:
    """Return group, version and kind of a resource's Scale."""
    below = resource.subresource("scale")
    if below is None or resource.retired is None:
        return "autoscaling", "v1", "Scale"
    return below.group, below.version, below.kind


def shown(scale: dict[str, Any], workload: Object, resource: Resource) -> dict[str, Any]:
    """Return the Scale of a workload in the form that `resource` shows."""
    group, version, _ = gvk(resource)
    if group == "autoscaling":
        return scale
    status = dict(scale.get("status") or {})
    text, selector = status.pop("selector", ""), (workload.get("spec") or {}).get("selector") or {}
    if text:
        status["targetSelector"] = text
    if selector.get("matchLabels") and not selector.get("matchExpressions"):
        status["selector"] = dict(selector["matchLabels"])
    return {**scale, "apiVersion": group_version(group, version), "status": status}
