"""Ingress of networking.k8s.io/v1beta1 and extensions/v1beta1: backends are a service's name and port, side by side."""

from collections.abc import Callable, Iterator
from typing import Any

from kubewheel.api.defaults.fields import fill
from kubewheel.api.retired.definitions import Struct

Backend = dict[str, Any]
_PORT = "@io.k8s.apimachinery.pkg.util.intstr.IntOrString"


def to_stored(ingress: dict[str, Any]) -> None:
    """Give an Ingress the form of v1."""
    for path in _paths(ingress):
        fill(path, "pathType", "ImplementationSpecific")
    _convert(ingress, "backend", "defaultBackend", _newer)


def from_stored(ingress: dict[str, Any]) -> None:
    """Give an Ingress of v1 the form of v1beta1."""
    _convert(ingress, "defaultBackend", "backend", _older)


def _convert(ingress: dict[str, Any], source: str, target: str, change: Callable[[Backend], Backend]) -> None:
    spec = ingress.get("spec") or {}
    if (default := spec.pop(source, None)) is not None:
        spec[target] = change(default)
    for path in _paths(ingress):
        if path.get("backend") is not None:
            path["backend"] = change(path["backend"])


def _paths(ingress: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for rule in (ingress.get("spec") or {}).get("rules") or []:
        yield from (rule.get("http") or {}).get("paths") or []


def _newer(backend: Backend) -> Backend:
    if "serviceName" not in backend and "servicePort" not in backend:
        return backend
    others = {name: value for name, value in backend.items() if name not in ("serviceName", "servicePort")}
    port = backend.get("servicePort")
    chosen = {"name": port} if isinstance(port, str) else {"number": port} if port else {}
    return {**others, "service": {"name": backend.get("serviceName") or "", "port": chosen}}


def _older(backend: Backend) -> Backend:
    service = backend.get("service")
    if service is None:
        return backend
    others = {name: value for name, value in backend.items() if name != "service"}
    port = service.get("port") or {}
    chosen = port.get("name") or port.get("number") or 0
    return {**others, "serviceName": service.get("name") or "", "servicePort": chosen}


CONVERSIONS = {"Ingress": (to_stored, from_stored)}
STRUCTS = {
    "IngressSpec": Struct(
        {"backend": ("@IngressBackend", "What answers requests that no rule is about.")}, drop=("defaultBackend",),
    ),
    "IngressBackend": Struct(
        {"serviceName": ("s", "The Service that answers."), "servicePort": (_PORT, "Its port, by number or by name.")},
        drop=("service",),
    ),
    "HTTPIngressPath": Struct(optional=("pathType",)),
}
