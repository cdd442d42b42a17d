"""What the DNS server is told about its node and cluster."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """`allowed` lists the networks whose queries are answered; a cluster's resolver is not open to the world.

    `resolv_conf` names the upstream resolvers; `ttl` is in seconds.
    """

    host: str
    port: int
    domain: str = "cluster.local"
    allowed: tuple[str, ...] = ()
    resolv_conf: Path = Path("/etc/resolv.conf")
    ttl: int = 5
