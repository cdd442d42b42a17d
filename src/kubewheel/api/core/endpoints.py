"""Endpoints: the addresses behind a Service, in the form before EndpointSlices."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds, names
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import addresses, ports
from kubewheel.api.validation.faults import Faults, choice, each, required
from kubewheel.libs.wire import Object


def default(obj: dict[str, Any]) -> None:
    """Complete the ports."""
    for subset in obj.get("subsets") or []:
        for port in subset.get("ports") or []:
            if not port.get("protocol"):
                port["protocol"] = "TCP"


def _validate_address(address: Object, path: str) -> Faults:
    value = address.get("ip") or ""
    faults = addresses.validate_ip(value, f"{path}.ip")
    if hostname := address.get("hostname"):
        faults += each(f"{path}.hostname", hostname, names.dns_label(hostname))
    if (node := address.get("nodeName")) is not None:
        faults += each(f"{path}.nodeName", node, names.dns_subdomain(node))
    return faults + addresses.validate_not_special(value, f"{path}.ip")


def _validate_port(port: Object, path: str, *, name_needed: bool) -> Faults:
    faults: Faults = []
    if name := port.get("name") or "":
        faults += each(f"{path}.name", name, names.dns_label(name))
    elif name_needed:
        faults.append(required(f"{path}.name"))
    number = port.get("port") or 0
    faults += each(f"{path}.port", number, names.port_number(number))
    faults += choice(f"{path}.protocol", port.get("protocol") or "", ports.PROTOCOLS)
    if (protocol := port.get("appProtocol")) is not None:
        faults += each(f"{path}.appProtocol", protocol, names.qualified_name(protocol))
    return faults


def validate(obj: Object) -> list[FieldError]:
    """Check addresses and ports."""
    faults: Faults = []
    for index, subset in enumerate(obj.get("subsets") or []):
        path = f"subsets[{index}]"
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            faults.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for kind in ("addresses", "notReadyAddresses"):
            for place, address in enumerate(subset.get(kind) or []):
                faults += _validate_address(address, f"{path}.{kind}[{place}]")
        listed = subset.get("ports") or []
        for place, port in enumerate(listed):
            faults += _validate_port(port, f"{path}.ports[{place}]", name_needed=len(listed) > 1)
    return faults


def _listed(obj: Object) -> list[str]:
    found: list[str] = []
    for subset in obj.get("subsets") or []:
        ips = [address.get("ip") or "" for address in subset.get("addresses") or []]
        listed = subset.get("ports") or []
        found += [cells.host_port(ip, port.get("port")) for port in listed for ip in ips] if listed else ips
    return found


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of an Endpoints object."""
    return obj["metadata"].get("name"), cells.shortened(_listed(obj)), cells.age(obj, now)


KIND = kinds.Kind(
    group="", kind="Endpoints",
    default=default, validate=validate,
    columns=(kinds.NAME, kinds.Column("Endpoints", description="The addresses with their ports."), kinds.AGE),
    row=row,
)
