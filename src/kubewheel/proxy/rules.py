"""From service ports to nftables: what is decided about every packet. Pure.

The way of a packet: `services` looks its destination up in a map; the verdict leads to the chain of one service port,
which picks an endpoint's chain, which rewrites the destination. A packet to a cluster address that no rule rewrote is
refused by the filter chains, so a Service without endpoints answers at once. A mark makes a packet leave with the
node's address: what comes from outside the cluster, and what returns to the pod that sent it.
"""

import hashlib
from collections.abc import Sequence

from kubewheel.libs.nft import Chain, Part
from kubewheel.proxy.settings import ProxySettings
from kubewheel.proxy.state import Endpoint, ServicePort

VIRTUAL = "ip daddr . meta l4proto . th dport"


def base(settings: ProxySettings) -> Part:
    """Return what the table holds whatever Services exist."""
    mark = f"{settings.mark:#x}"
    cidr = settings.cluster_cidr
    is_to_node = "fib daddr type local ip daddr != 127.0.0.0/8"
    return Part(
        sets={
            "service-ips": "map NAME { type ipv4_addr . inet_proto . inet_service : verdict; }",
            "node-ports": "map NAME { type inet_proto . inet_service : verdict; }",
            "cluster-ips": "set NAME { type ipv4_addr; }",
            "closed-node-ports": "set NAME { type inet_proto . inet_service; }",
            "closed-addresses": "set NAME { type ipv4_addr . inet_proto . inet_service; }",
        },
        chains={
            "mark-masquerade": Chain((f"meta mark set meta mark | {mark}",)),
            "services": Chain((
                f"{VIRTUAL} vmap @service-ips",
                f"{is_to_node} meta l4proto . th dport vmap @node-ports",
            )),
            "refuse": Chain(("meta l4proto tcp reject with tcp reset", "reject")),
            "unserved": Chain((
                "ip daddr @cluster-ips goto refuse",
                f"{VIRTUAL} @closed-addresses goto refuse",
            )),
            "nat-prerouting": Chain(
                ("jump services",), "type nat hook prerouting priority dstnat; policy accept;"
            ),
            "nat-output": Chain(("jump services",), "type nat hook output priority -100; policy accept;"),
            "nat-postrouting": Chain(
                (
                    f"meta mark & {mark} == {mark} meta mark set meta mark ^ {mark} masquerade fully-random",
                    f"ip saddr {cidr} ip daddr {cidr} accept",
                    f"ip saddr {cidr} ip daddr != {{ 224.0.0.0/4, 127.0.0.0/8 }} masquerade fully-random",
                ),
                "type nat hook postrouting priority srcnat; policy accept;",
            ),
            "filter-input": Chain(
                (f"ct state new {is_to_node} meta l4proto . th dport @closed-node-ports goto refuse",
                 "ct state new jump unserved"),
                "type filter hook input priority -110; policy accept;",
            ),
            "filter-forward": Chain(
                ("ct state new jump unserved",), "type filter hook forward priority -110; policy accept;"
            ),
            "filter-output": Chain(
                ("ct state new jump unserved",), "type filter hook output priority 0; policy accept;"
            ),
        },
    )


def service(ports: Sequence[ServicePort], settings: ProxySettings) -> Part:
    """Return the piece of the table that serves one Service."""
    part = Part()
    for port in ports:
        part.merge(_service_port(port, settings))
    return part


def _service_port(port: ServicePort, settings: ProxySettings) -> Part:
    identifier = _identifier(port)
    part = Part(elements={("cluster-ips", port.cluster_ip): ""})
    inside = port.local_endpoints if port.is_internal_local else port.cluster_endpoints
    outside = port.local_endpoints if port.is_external_local else port.cluster_endpoints
    if inside:
        chain = f"svc-{identifier}"
        entry = f"ip saddr != {settings.cluster_cidr} jump mark-masquerade"
        part.merge(_balance(chain, identifier, inside, port, first=(entry,)))
        part.elements["service-ips", f"{port.cluster_ip} . {port.protocol} . {port.port}"] = f"goto {chain}"
    part.merge(_outside(port, identifier, outside, settings))
    return part


def _outside(
    port: ServicePort, identifier: str, endpoints: Sequence[Endpoint], settings: ProxySettings
) -> Part:
    part = Part()
    if not port.node_port and not port.external_addresses:
        return part
    chain = f"ext-{identifier}"
    # Under the Local policy the client's address stays visible: the endpoint answers through this very node.
    first = () if port.is_external_local else ("jump mark-masquerade",)
    if endpoints:
        part.merge(_balance(chain, identifier, endpoints, port, first=first))
    if port.node_port:
        key = f"{port.protocol} . {port.node_port}"
        if endpoints:
            part.elements["node-ports", key] = f"goto {chain}"
        else:
            part.elements["closed-node-ports", key] = ""
    for address in port.external_addresses:
        key = f"{address} . {port.protocol} . {port.port}"
        if endpoints:
            part.elements["service-ips", key] = f"goto {chain}"
        else:
            part.elements["closed-addresses", key] = ""
    return part


def _balance(
    chain: str, identifier: str, endpoints: Sequence[Endpoint], port: ServicePort, first: tuple[str, ...]
) -> Part:
    """Return `chain`, which picks one of `endpoints` by chance or by affinity, and the endpoints' chains."""
    part = Part()
    rules = list(first)
    targets = []
    for endpoint in endpoints:
        target = f"ep-{identifier}-{_digest(f'{endpoint.address}:{endpoint.port}')}"
        targets.append(target)
        actions = [f"ip saddr {endpoint.address} jump mark-masquerade"]
        if port.affinity_seconds:
            known = f"aff-{identifier}-{_digest(f'{endpoint.address}:{endpoint.port}')}"
            lifetime = f"timeout {port.affinity_seconds}s"
            part.sets[known] = f"set NAME {{ type ipv4_addr; flags dynamic,timeout; {lifetime}; }}"
            actions.append(f"update @{known} {{ ip saddr }}")
            rules.append(f"ip saddr @{known} goto {target}")
        actions.append(f"meta l4proto {port.protocol} dnat to {endpoint.address}:{endpoint.port}")
        part.chains[target] = Chain(tuple(actions))
    choices = ", ".join(f"{index} : goto {target}" for index, target in enumerate(targets))
    rules.append(f"numgen random mod {len(targets)} vmap {{ {choices} }}")
    part.chains[chain] = Chain(tuple(rules))
    return part


def _identifier(port: ServicePort) -> str:
    return _digest(f"{port.namespace}/{port.service}:{port.name}/{port.protocol}/{port.port}")


def _digest(text: str) -> str:
    """Return a short name that is safe in nftables and the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
