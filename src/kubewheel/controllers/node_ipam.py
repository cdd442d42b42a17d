"""Node IPAM: each node has its own range of pod addresses.

In: Nodes.  Out: their spec.podCIDR and podCIDRs, never two the same.
"""

import ipaddress
from collections.abc import Iterator, Sequence

from kubewheel.client.events import NORMAL
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, Terminal, World, key_of, objects

BY_CIDR = "pod CIDR"
NONE = ""  # What the index has for nodes without a range.
NOT_AVAILABLE = "CIDRNotAvailable"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def cidrs_of(node: Object) -> Sequence[str]:
    """Return the ranges of a node."""
    spec = node.get("spec") or {}
    found: list[str] = spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else [])
    return found


def _index(node: Object) -> Sequence[str]:
    return cidrs_of(node) or (NONE,)


def _waiting(world: World, change: Change) -> Sequence[Key]:
    """A deleted node leaves a range to those for whom none was left."""
    return [] if change.new is not None else [key_of(node) for node in world.by_index("Node", BY_CIDR, NONE)]


class Ranges:
    """Hands out subnets of one network, each next to the last, so that a range rests before it is used again."""

    def __init__(self, cidr: str, prefix_ipv4: int, prefix_ipv6: int) -> None:
        self._network: Network = ipaddress.ip_network(cidr)
        self._prefix = prefix_ipv4 if self._network.version == 4 else prefix_ipv6
        self._count = 2 ** max(0, self._prefix - self._network.prefixlen)
        self._next = 0

    def candidates(self) -> Iterator[str]:
        """Yield every subnet once, starting after the one yielded last."""
        first = int(self._network.network_address)
        size = 2 ** (self._network.max_prefixlen - self._prefix)
        for _ in range(self._count):
            place, self._next = self._next, (self._next + 1) % self._count
            address = ipaddress.ip_address(first + place * size)
            yield f"{address}/{self._prefix}"


def controller(cluster_cidrs: tuple[str, ...], prefix_ipv4: int, prefix_ipv6: int) -> Controller:
    """Return the controller that divides `cluster_cidrs` among the nodes."""
    ranges = [Ranges(cidr, prefix_ipv4, prefix_ipv6) for cidr in cluster_cidrs]

    async def reconcile(key: Key, world: World) -> Outcome:
        node = world.get("Node", key)
        if node is None or objects.is_deleting(node) or cidrs_of(node):
            return Done()
        chosen = [_free(world, each) for each in ranges]
        missing = [str(cidr) for cidr, found in zip(cluster_cidrs, chosen, strict=True) if found is None]
        if missing:
            world.event(node, NORMAL, NOT_AVAILABLE, f"Node {key.name} status is now: {NOT_AVAILABLE}")
            raise Terminal(NOT_AVAILABLE, f"no free range for node {key.name} is left in {', '.join(missing)}")
        await world.patch(node, {"spec": {"podCIDR": chosen[0], "podCIDRs": chosen}})
        return Done()

    # One worker: two nodes must not be given the same range between a look and the write.
    return Controller(
        name="node-ipam-controller", watches="Node", reconcile=reconcile, workers=1, identity="node-controller",
        component="cidrAllocator", indexes={"Node": {BY_CIDR: _index}}, maps=(Maps("Node", _waiting),),
        ignores=lambda change: change.new is None or bool(cidrs_of(change.new)),
    )


def _free(world: World, ranges: Ranges) -> str | None:
    for cidr in ranges.candidates():
        if not world.by_index("Node", BY_CIDR, cidr):
            return cidr
    return None
