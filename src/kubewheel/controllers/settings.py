"""What the user wants of the controllers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.client import Client


@dataclass(frozen=True, slots=True)
class ControllersSettings:
    """Settings of all controllers; the defaults are those of `kubewheel up`.

    `client_for` gives the client of one controller by its name, for example "deployment-controller"; without it all
    write under one identity. `sign_claims` makes a token of JWT claims; without it no long-lived tokens are made.
    `sign_certificate` answers certificate requests; without it approved ones wait for somebody else.
    """

    client_for: Callable[[str], Client] | None = None
    enabled: tuple[str, ...] = ("*",)  # Names of controllers; "-name" leaves one out.

    root_ca: bytes = b""  # PEM; published to every namespace.
    sign_claims: Callable[[Mapping[str, Any]], str] | None = None
    sign_certificate: Callable[[bytes, Collection[str], float, float], bytes] | None = None
    certificate_seconds: float = 365 * 24 * 3600.0  # The longest life of a certificate.

    allocate_node_cidrs: bool = True
    cluster_cidrs: tuple[str, ...] = ("10.244.0.0/16",)
    node_prefix_ipv4: int = 24
    node_prefix_ipv6: int = 64

    node_grace_seconds: float = 40.0  # Silence after which a node counts as lost.
    node_startup_grace_seconds: float = 60.0  # The same for a node that has not reported yet.
    eviction_rate: float = 0.1  # Nodes a second, for each zone, whose pods are evicted.
    secondary_eviction_rate: float = 0.01  # The same for a large zone of which most nodes are lost.
    large_zone: int = 50  # Nodes.
    unhealthy_zone: float = 0.55  # Share of lost nodes from which on a zone counts as disrupted.

    terminated_pods_limit: int = 12500

    autoscaler_sync_seconds: float = 15.0
    autoscaler_tolerance: float = 0.1  # Share of its target by which a metric may be off without any change.

    def is_enabled(self, name: str) -> bool:
        """Return whether the controller of that name shall run."""
        if f"-{name}" in self.enabled:
            return False
        return "*" in self.enabled or name in self.enabled
