"""What the proxy is told about its node and cluster."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """`cluster_cidr` tells pods from the outside; `table` must be unique among the clusters of a machine."""

    node_name: str
    cluster_cidr: str
    table: str = "kubewheel"
    mark: int = 0x4000  # Packets with this bit leave with the node's address; upstream's default bit.
