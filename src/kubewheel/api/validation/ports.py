"""Ports of containers, and ports named by number or name."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, choice, duplicate, each, invalid, required
from kubewheel.libs.wire import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")


def validate_port_number_or_name(port: Any, path: str) -> Faults:
    """Check a port that is given as a number or by its name."""
    if isinstance(port, str):
        return each(path, port, names.port_name(port))
    return each(path, port or 0, names.port_number(port or 0))


def _validate_name(name: str, path: str, seen: set[str]) -> Faults:
    messages = names.port_name(name)
    if messages:
        return each(path, name, messages)
    if name in seen:
        return [duplicate(path, name)]
    seen.add(name)
    return []


def validate_container_ports(ports: Sequence[Object], path: str) -> Faults:
    """Check the ports of one container."""
    faults: Faults = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here = f"{path}[{index}]"
        if name := port.get("name") or "":
            faults += _validate_name(name, f"{here}.name", seen)
        if number := port.get("containerPort") or 0:
            faults += each(f"{here}.containerPort", number, names.port_number(number))
        else:
            faults.append(required(f"{here}.containerPort"))
        if number := port.get("hostPort") or 0:
            faults += each(f"{here}.hostPort", number, names.port_number(number))
        faults += choice(f"{here}.protocol", port.get("protocol") or "", PROTOCOLS)
    return faults


def validate_host_ports(containers: Sequence[Object], path: str) -> Faults:
    """Check that containers that run together want different ports of the host."""
    faults: Faults = []
    seen: set[str] = set()
    for index, container in enumerate(containers):
        for place, port in enumerate(container.get("ports") or []):
            if not port.get("hostPort"):
                continue
            shown = f"{port.get('protocol') or ''}/{port.get('hostIP') or ''}/{port['hostPort']}"
            if shown in seen:
                faults.append(duplicate(f"{path}[{index}].ports[{place}].hostPort", shown))
            seen.add(shown)
    return faults


def validate_host_network(spec: Object, path: str, *, is_pod: bool) -> Faults:
    """Check that containers in the host's network use the host's ports; templates may leave that to defaults."""
    faults: Faults = []
    if not spec.get("hostNetwork"):
        return faults
    for index, container in enumerate(spec.get("containers") or []):
        for place, port in enumerate(container.get("ports") or []):
            host, inner = port.get("hostPort") or 0, port.get("containerPort") or 0
            if host != inner and (is_pod or host):
                detail = "must match `containerPort` when `hostNetwork` is true"
                faults.append(invalid(f"{path}.containers[{index}].ports[{place}].hostPort", host, detail))
    return faults
