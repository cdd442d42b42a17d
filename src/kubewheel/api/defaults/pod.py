"""Defaults that hold for pods, but not for the templates that they are made from."""

from typing import Any

from kubewheel.api.defaults import pod_template, resources
from kubewheel.api.validation import resource_names
from kubewheel.api.validation.resources import container_total


def _default_host_ports(spec: dict[str, Any]) -> None:
    """Give containers in the host's network the host's ports."""
    for kind in ("containers", "initContainers"):
        for container in spec.get(kind) or []:
            for port in container.get("ports") or []:
                if not port.get("hostPort") and port.get("containerPort"):
                    port["hostPort"] = port["containerPort"]


def _all_limited(spec: dict[str, Any], name: str) -> bool:
    everything = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    return all(name in ((each.get("resources") or {}).get("limits") or {}) for each in everything)


def _pod_limits(spec: dict[str, Any], limits: dict[str, Any], requests: dict[str, Any]) -> None:
    """Limit a pod as a whole where all its containers are limited (huge pages: where any is)."""
    given = bool(limits)
    for name, amount in container_total(spec, "limits").items():
        if resource_names.is_huge_page(name):
            if name not in requests:
                limits.setdefault(name, str(amount))
        elif not given and name in ("cpu", "memory") and _all_limited(spec, name):
            limits[name] = str(amount)


def _pod_requests(spec: dict[str, Any], limits: dict[str, Any], requests: dict[str, Any]) -> None:
    """Request for a limited pod what its containers do, or else its limits."""
    for name, amount in container_total(spec, "requests").items():
        if name in ("cpu", "memory"):
            requests.setdefault(name, str(amount))
    for name, value in limits.items():
        if resource_names.is_pod_level(name):
            requests.setdefault(name, value)


def _default_pod_level(spec: dict[str, Any]) -> None:
    """Derive what a pod asks for as a whole from its containers, where it is said in part."""
    needs = spec.get("resources")
    if not needs or not (needs.get("limits") or needs.get("requests")):
        return
    limits, requests = dict(needs.get("limits") or {}), dict(needs.get("requests") or {})
    limited = bool(limits)
    _pod_limits(spec, limits, requests)
    if limited:
        _pod_requests(spec, limits, requests)
    for side, amounts in (("limits", limits), ("requests", requests)):
        if amounts:
            resources.settle(needs, side, amounts)


def default_pod(pod: dict[str, Any]) -> None:
    """Complete a pod."""
    spec = pod.get("spec")
    if spec is None:
        spec = pod["spec"] = {}
    pod_template.default_pod_spec(spec)
    for kind in ("containers", "initContainers"):
        for container in spec.get(kind) or []:
            resources.default_requests(container["resources"])
    _default_pod_level(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    if spec.get("hostNetwork"):
        _default_host_ports(spec)
