"""Services and their endpoints, as far as forwarding depends on them.

Source: https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubewheel.libs.wire import Object

PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name"
HEADLESS = ("", "None")


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One place that serves a port."""

    address: str
    port: int
    is_local: bool


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of one Service with everything its rules depend on.

    `cluster_endpoints` serve traffic under the Cluster policy, `local_endpoints` under the Local one.
    `external_addresses` are external IPs and load balancer addresses. `affinity_seconds` is 0 without affinity.
    """

    namespace: str
    service: str
    name: str
    protocol: str  # tcp, udp, sctp
    cluster_ip: str
    port: int
    node_port: int
    external_addresses: tuple[str, ...]
    affinity_seconds: int
    is_internal_local: bool
    is_external_local: bool
    cluster_endpoints: tuple[Endpoint, ...]
    local_endpoints: tuple[Endpoint, ...]


def is_proxied(service: Object) -> bool:
    """Tell whether `service` has a virtual address that this proxy has to serve."""
    spec = service.get("spec", {})
    labels = service["metadata"].get("labels") or {}
    return (
        spec.get("type") != "ExternalName"
        and spec.get("clusterIP", "") not in HEADLESS
        and ":" not in spec["clusterIP"]
        and PROXY_NAME_LABEL not in labels
        and "service.kubernetes.io/headless" not in labels
    )


def service_ports(service: Object, slices: Sequence[Object], node_name: str) -> list[ServicePort]:
    """Return the ports of `service` with their endpoints out of `slices`."""
    if not is_proxied(service):
        return []
    spec = service["spec"]
    result = []
    for port in spec.get("ports") or ():
        found = [entry for piece in slices for entry in _port_endpoints(piece, port.get("name", ""), node_name)]
        usable = tuple(sorted(set(_usable(found))))
        local = tuple(sorted(set(_usable([entry for entry in found if entry[0].is_local]))))
        result.append(ServicePort(
            namespace=service["metadata"]["namespace"], service=service["metadata"]["name"],
            name=port.get("name", ""), protocol=port.get("protocol", "TCP").lower(),
            cluster_ip=spec["clusterIP"], port=port["port"], node_port=port.get("nodePort", 0),
            external_addresses=_external_addresses(service), affinity_seconds=_affinity_seconds(spec),
            is_internal_local=spec.get("internalTrafficPolicy") == "Local",
            is_external_local=spec.get("externalTrafficPolicy") == "Local",
            cluster_endpoints=usable, local_endpoints=local,
        ))
    return result


def _external_addresses(service: Object) -> tuple[str, ...]:
    spec = service["spec"]
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    balanced = [entry["ip"] for entry in ingress if entry.get("ip") and entry.get("ipMode", "VIP") == "VIP"]
    return tuple(address for address in dict.fromkeys([*(spec.get("externalIPs") or ()), *balanced])
                 if ":" not in address)


def _affinity_seconds(spec: Object) -> int:
    if spec.get("sessionAffinity") != "ClientIP":
        return 0
    config = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return int(config.get("timeoutSeconds", 10800))


def _port_endpoints(piece: Object, port_name: str, node_name: str) -> Iterable[tuple[Endpoint, bool, bool]]:
    """Yield (endpoint, is ready, is serving while terminating) of one slice for the port of that name."""
    if piece.get("addressType") != "IPv4":
        return
    numbers = [port.get("port") for port in piece.get("ports") or () if (port.get("name") or "") == port_name]
    if not numbers or not numbers[0]:
        return
    number = int(numbers[0])
    for entry in piece.get("endpoints") or ():
        conditions = entry.get("conditions") or {}
        is_ready = conditions.get("ready") is not False
        is_draining = conditions.get("serving") is not False and bool(conditions.get("terminating"))
        for address in entry.get("addresses") or ():
            yield Endpoint(address, number, entry.get("nodeName") == node_name), is_ready, is_draining


def _usable(found: Iterable[tuple[Endpoint, bool, bool]]) -> list[Endpoint]:
    """Return the ready endpoints; those that still serve while they terminate only when none is ready."""
    entries = list(found)
    ready = [endpoint for endpoint, is_ready, _ in entries if is_ready]
    return ready or [endpoint for endpoint, _, is_draining in entries if is_draining]
