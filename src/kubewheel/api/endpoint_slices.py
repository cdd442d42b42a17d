"""Endpoint slices: the noun that controllers, the service proxy, DNS and the API server's proxy share.

Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ownership
"""

from collections.abc import Iterable

from kubewheel.libs.wire import Object

SERVICE_NAME = "kubernetes.io/service-name"  # the label that says whose endpoints a slice holds


def service_name(piece: Object) -> str:
    """Return the name of the Service of a slice, or an empty string."""
    return str((piece["metadata"].get("labels") or {}).get(SERVICE_NAME) or "")


def service_keys(piece: Object) -> list[str]:
    """Index function: the Service of a slice as namespace/name, if it has one."""
    name = service_name(piece)
    return [f"{piece['metadata']['namespace']}/{name}"] if name else []


def ready(pieces: Iterable[Object], service: str, port: str) -> list[tuple[str, int]]:
    """Return the addresses and port numbers at which a Service's port called `port` answers."""
    return [
        (address, number)
        for piece in pieces if service_name(piece) == service
        for number in (each["port"] for each in piece.get("ports") or () if (each.get("name") or "") == port)
        for endpoint in piece.get("endpoints") or ()
        if (endpoint.get("conditions") or {}).get("ready") is not False
        for address in endpoint["addresses"]
    ]
