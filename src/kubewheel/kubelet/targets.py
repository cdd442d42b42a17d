"""Where probes and hooks go: a container, and the address that its ports have. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.kubelet import pods
from kubewheel.libs.wire import Object


class NoPort(Exception):
    """The port that is named does not exist."""


@dataclass(frozen=True, slots=True)
class Target:
    """A running container."""

    pod: Object
    container: pods.ContainerSpec
    container_id: str
    address: str  # of the pod

    def host(self, action: Mapping[str, Any]) -> str:
        """Return the host that an action names, or the pod's address."""
        return str(action.get("host") or self.address)

    def port(self, action: Mapping[str, Any]) -> int:
        """Return the port that an action names by number or name; raise NoPort."""
        wanted = action.get("port", 0)
        if isinstance(wanted, str) and not wanted.isdigit():
            found = [port for port in self.container.get("ports") or () if port.get("name") == wanted]
            if not found:
                raise NoPort(f"couldn't find port: {wanted}")
            return int(found[0]["containerPort"])
        number = int(wanted)
        if not 0 < number < 65536:
            raise NoPort(f"invalid port number: {number}")
        return number


def bracketed(host: str) -> str:
    """Return a host as URLs write it."""
    return f"[{host}]" if ":" in host else host
