"""EndpointSlice: a part of the addresses behind a Service."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.defaults.fields import fill
from kubewheel.api.kinds import AGE, NAME, Column, Kind
from kubewheel.api.validation import addresses, domains, labels
from kubewheel.api.validation.faults import (
    Faults,
    choice,
    duplicate,
    each,
    immutable,
    invalid,
    required,
    too_many,
    unsupported,
)
from kubewheel.api.validation.ports import PROTOCOLS
from kubewheel.libs.wire import Object

GROUP = "discovery.k8s.io"
FQDN, IPV4, IPV6 = "FQDN", "IPv4", "IPv6"
MAX_ENDPOINTS, MAX_ADDRESSES, MAX_PORTS, MAX_TOPOLOGY, MAX_HINTS = 1000, 100, 20000, 16, 8
SHOWN = 3


def default(endpoint_slice: dict[str, Any]) -> None:
    """Complete an EndpointSlice."""
    endpoint_slice.setdefault("endpoints", None)
    endpoint_slice.setdefault("ports", None)
    for port in endpoint_slice["ports"] or []:
        fill(port, "name", "")
        fill(port, "protocol", "TCP")


def _validate_address(address: str, path: str, kind: str) -> Faults:
    if kind == FQDN:
        return domains.validate_full_name(address, path)
    found = addresses.parse_ip(address)
    if found is None or (found.version == 6) is not (kind == IPV6):
        return [invalid(path, address, f"must be a valid {kind} address")]
    return addresses.validate_not_special(address, path)


def _validate_hints(hints: Object, path: str) -> Faults:
    faults: Faults = []
    for field, rule in (("forZones", names.label_value), ("forNodes", names.dns_subdomain)):
        listed = hints.get(field) or []
        if len(listed) > MAX_HINTS:
            faults.append(too_many(f"{path}.{field}", len(listed), MAX_HINTS))
            continue
        seen: set[str] = set()
        for index, hint in enumerate(listed):
            name = hint.get("name") or ""
            if name in seen:
                faults.append(duplicate(f"{path}.{field}[{index}].name", name))
            seen.add(name)
            faults += each(f"{path}.{field}[{index}].name", name, rule(name))
    return faults


def _validate_endpoint(endpoint: Object, path: str, kind: str) -> Faults:
    listed = endpoint.get("addresses") or []
    faults: Faults = []
    if not listed:
        faults.append(required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(listed) > MAX_ADDRESSES:
        faults.append(too_many(f"{path}.addresses", len(listed), MAX_ADDRESSES))
    if kind in (FQDN, IPV4, IPV6):
        for index, address in enumerate(listed):
            faults += _validate_address(address, f"{path}.addresses[{index}]", kind)
    if (node := endpoint.get("nodeName")) is not None:
        faults += each(f"{path}.nodeName", node, names.dns_subdomain(node))
    topology = endpoint.get("deprecatedTopology") or {}
    if len(topology) > MAX_TOPOLOGY:
        faults.append(too_many(f"{path}.deprecatedTopology", len(topology), MAX_TOPOLOGY))
    faults += labels.validate_labels(topology, f"{path}.deprecatedTopology")
    if (host := endpoint.get("hostname")) is not None:
        faults += each(f"{path}.hostname", host, names.dns_label(host))
    return faults + _validate_hints(endpoint.get("hints") or {}, f"{path}.hints")


def _validate_ports(ports: Sequence[Object], path: str) -> Faults:
    if len(ports) > MAX_PORTS:
        return [too_many(path, len(ports), MAX_PORTS)]
    faults: Faults = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here, name, protocol = f"{path}[{index}]", port.get("name") or "", port.get("protocol")
        if name:
            faults += each(f"{here}.name", name, names.dns_label(name))
        if name in seen:
            faults.append(duplicate(f"{here}.name", name))
        seen.add(name)
        if protocol is None:
            faults.append(required(f"{here}.protocol"))
        elif protocol not in PROTOCOLS:
            faults.append(unsupported(f"{here}.protocol", protocol, PROTOCOLS))
        if (application := port.get("appProtocol")) is not None:
            faults += each(f"{here}.appProtocol", application, names.qualified_name(application))
    return faults


def validate(endpoint_slice: Object) -> Faults:
    """Return the faults of an EndpointSlice."""
    kind, listed = endpoint_slice.get("addressType") or "", endpoint_slice.get("endpoints") or []
    faults = choice("addressType", kind, (FQDN, IPV4, IPV6))
    if len(listed) > MAX_ENDPOINTS:
        faults.append(too_many("endpoints", len(listed), MAX_ENDPOINTS))
    else:
        for index, endpoint in enumerate(listed):
            faults += _validate_endpoint(endpoint, f"endpoints[{index}]", kind)
    return faults + _validate_ports(endpoint_slice.get("ports") or [], "ports")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that addresses remain of their kind."""
    return immutable("addressType", new.get("addressType"), old.get("addressType"))


def _shortened(items: Sequence[str]) -> str:
    shown = ",".join(items[:SHOWN])
    if len(items) > SHOWN:
        return f"{shown} + {len(items) - SHOWN} more..."
    return shown or cells.UNSET


def _port(port: Object) -> str:
    number = port.get("port")
    return str(number) if number is not None else str(port.get("name", "*"))


def row(endpoint_slice: Object, now: float) -> list[Any]:
    """Return the cells of an EndpointSlice."""
    ports = [_port(port) for port in endpoint_slice.get("ports") or []]
    listed = [
        address for endpoint in endpoint_slice.get("endpoints") or [] for address in endpoint.get("addresses") or []
    ]
    return [
        cells.name(endpoint_slice), endpoint_slice.get("addressType") or "", _shortened(ports), _shortened(listed),
        cells.age(endpoint_slice, now),
    ]


KIND = Kind(
    GROUP, "EndpointSlice", default=default, validate=validate, validate_update=validate_update,
    has_generation=True, row=row,
    columns=(NAME, Column("AddressType"), Column("Ports"), Column("Endpoints"), AGE),
)
