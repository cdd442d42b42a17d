"""Settings of a fleet of simulated nodes."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from kubewheel.kubelet.settings import VERSION

BIG_CIDR = "10.128.0.0/9"  # Where pods live when there are more nodes than the cluster's own range has room for.
NODE_PREFIX = 24
SMALL_FLEET = 100


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """What the nodes of a fleet are like. `name` makes a node's name of its number.

    `address` and `port` are where the one server for logs and exec listens; all nodes report them.
    Heartbeats of 0 seconds: none are sent.
    """

    name: str = "node-{}"
    address: str = "127.0.0.1"
    port: int = 10250
    pod_cidr: str = "10.244.0.0/16"
    capacity: Mapping[str, str] = field(default_factory=lambda: {
        "cpu": "16", "memory": "64Gi", "ephemeral-storage": "200Gi", "pods": "110",
        "hugepages-1Gi": "0", "hugepages-2Mi": "0",
    })
    allocatable: Mapping[str, str] = field(default_factory=dict)  # Where less than the capacity.
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()
    zones: tuple[str, ...] = ()  # The nodes' zones, in turn.
    version: str = VERSION
    lease_seconds: float = 10.0  # Between renewals of a node's lease.
    heartbeat_seconds: float = 300.0  # Between reports of a node's status.
    writers: int = 32  # Requests under way at once.
    has_events: bool | None = None  # Record events of pods, several more writes for each; None: in small fleets.

    def records_events(self, count: int) -> bool:
        """Tell whether a fleet of `count` nodes records events."""
        return count <= SMALL_FLEET if self.has_events is None else self.has_events

    def node_cidr(self, index: int, count: int) -> str:
        """Return the range of pod addresses of node `index` of `count`."""
        network = ipaddress.IPv4Network(self.pod_cidr)
        if count > 1 << max(0, NODE_PREFIX - network.prefixlen):
            network = ipaddress.IPv4Network(BIG_CIDR)
        base = int(network.network_address) + (index << (32 - NODE_PREFIX))
        return f"{ipaddress.IPv4Address(base)}/{NODE_PREFIX}"
