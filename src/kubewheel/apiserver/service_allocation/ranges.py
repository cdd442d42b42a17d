"""Ranges: which numbers there are to give away, and in which order; pure.

The lower band is for numbers that users choose, the upper one for those that the server chooses.
Source: https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

MAX_ADDRESSES = 1 << 16  # Of larger networks only the beginning is used for choosing.


@dataclass(frozen=True, slots=True)
class Band:
    """Numbers from `first` to `last`; those below `dynamic` are chosen last."""

    first: int
    last: int
    dynamic: int

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number <= self.last

    def candidates(self, randomness: Random) -> Iterator[int]:
        """Yield all numbers, the upper band first, each band from a random place on."""
        for first, last in ((self.dynamic, self.last), (self.first, self.dynamic - 1)):
            size = last - first + 1
            if size <= 0:
                continue
            start = int(randomness.random() * size)
            for step in range(size):
                yield first + (start + step) % size


def of_network(cidr: str) -> Band:
    """Return the addresses of a service network, as numbers; the first and the last are no hosts."""
    network = ipaddress.ip_network(cidr)
    base, size = int(network.network_address), min(network.num_addresses, MAX_ADDRESSES)
    last = base + size - (2 if network.version == 4 and size > 1 else 1)
    return Band(base + 1, last, base + 1 + _address_offset(size))


def _address_offset(size: int) -> int:
    if size <= 16:
        return 0
    return min(max(16, size // 16), 256)


def of_ports(first: int, last: int) -> Band:
    """Return the node ports from `first` to `last`."""
    size = last - first + 1
    offset = min(max(16, size // 32), 128) if size > 32 else 0
    return Band(first, last, first + offset)
