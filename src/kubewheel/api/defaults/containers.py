"""Defaults of containers and their probes."""

from typing import Any

from kubewheel.api.defaults import images, resources, volumes
from kubewheel.api.defaults.volumes import fill

Part = dict[str, Any]

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_TIMES = (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3))


def _default_http(handler: Part) -> None:
    action = handler.get("httpGet")
    if action is not None:
        fill(action, path="/", scheme="HTTP")


def _default_probe(probe: Part) -> None:
    for name, value in _TIMES:
        if not probe.get(name):
            probe[name] = value
    _default_http(probe)
    action = probe.get("grpc")
    if action is not None and action.get("service") is None:
        action["service"] = ""


def _default_source(source: Part) -> None:
    volumes.default_field_selector(source)
    if source.get("fileKeyRef") is not None:
        fill(source["fileKeyRef"], optional=False)


def default_container(container: Part) -> None:
    """Complete one container of any sort."""
    fill(
        container, imagePullPolicy=images.pull_policy(container.get("image") or ""),
        terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File",
    )
    for port in container.get("ports") or []:
        fill(port, protocol="TCP")
    for variable in container.get("env") or []:
        _default_source(variable.get("valueFrom") or {})
    for kind in PROBES:
        if container.get(kind) is not None:
            _default_probe(container[kind])
    for handler in (container.get("lifecycle") or {}).values():
        if isinstance(handler, dict):
            _default_http(handler)
    needs = container.get("resources")
    if needs:
        resources.default_amounts(needs, "limits", "requests")
    elif needs is None:
        container["resources"] = {}
