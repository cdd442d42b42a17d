"""Cluster IPs: an address is taken while an IPAddress object of its name exists."""

import ipaddress
from random import Random
from typing import Any

from kubewheel.api import metadata
from kubewheel.apiserver.follow import FollowedStore
from kubewheel.apiserver.service_allocation import ranges
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Key

RESOURCE = "ipaddresses.networking.k8s.io"
MANAGER = "ipallocator.k8s.io"


class Taken(Exception):
    """Somebody else holds the number."""


class OutOfRange(Exception):
    """The number is none that we give away; the message says which ones are."""


class Full(Exception):
    """All numbers are held."""


class Addresses:
    """The addresses of one service network."""

    def __init__(self, store: FollowedStore, cidr: str, clock: Clock, randomness: Random) -> None:
        self.network = ipaddress.ip_network(cidr)
        self._band = ranges.of_network(cidr)
        self._store = store
        self._clock = clock
        self._randomness = randomness

    @property
    def first(self) -> str:
        """The address of the `kubernetes` service."""
        return str(ipaddress.ip_address(self._band.first))

    @property
    def family(self) -> str:
        """IPv4 or IPv6."""
        return f"IPv{self.network.version}"

    async def take(self, address: str, service: Object, *, dry_run: bool = False) -> None:
        """Take one address for `service`; raise Taken or OutOfRange."""
        parsed = ipaddress.ip_address(address)
        if parsed not in self.network:
            raise OutOfRange("the provided network does not match the current range")
        edges = {self.network.network_address}
        if parsed.version == 4:
            edges.add(self.network.broadcast_address)
        if parsed in edges:
            raise OutOfRange(
                f"the provided IP ({address}) is not in the valid range. The range of valid IPs is {self.network}"
            )
        key = Key(RESOURCE, "", str(parsed))
        if dry_run:
            if self._store.get(key) is not None:
                raise Taken
            return
        try:
            await self._store.write(key, self._object(str(parsed), service), expected=0)
        except Conflict:
            raise Taken from None

    async def take_any(self, service: Object, *, dry_run: bool = False) -> str:
        """Take a free address for `service` and return it; raise Full."""
        for number in self._band.candidates(self._randomness):
            address = str(ipaddress.ip_address(number))
            if self._store.get(Key(RESOURCE, "", address)) is not None:
                continue
            try:
                await self.take(address, service, dry_run=dry_run)
            except Taken:
                continue
            return address
        raise Full("range is full")

    async def give_back(self, address: str, service: Object) -> None:
        """Free an address that `service` holds; nothing happens if it does not."""
        entry = self._store.get(Key(RESOURCE, "", address))
        if entry is None or not self.is_holder(entry.object, service):
            return
        try:
            await self._store.write(entry.key, None, expected=entry.revision)
        except Conflict:
            return

    @staticmethod
    def is_holder(taken: Object, service: Object) -> bool:
        """Tell whether an IPAddress names `service` as its holder."""
        holder = (taken.get("spec") or {}).get("parentRef") or {}
        named = service["metadata"]
        return bool(holder.get("name") == named.get("name") and holder.get("namespace") == named.get("namespace"))

    def _object(self, address: str, service: Object) -> dict[str, Any]:
        named = service["metadata"]
        created: dict[str, Any] = {
            "kind": "IPAddress", "apiVersion": "networking.k8s.io/v1",
            "metadata": {
                "name": address,
                "labels": {
                    "ipaddress.kubernetes.io/ip-family": self.family, "ipaddress.kubernetes.io/managed-by": MANAGER,
                },
            },
            "spec": {"parentRef": {
                "group": "", "resource": "services", "namespace": named.get("namespace", ""), "name": named["name"],
            }},
        }
        metadata.fill(created, namespace="", now=self._clock.now(), source=self._randomness)
        created["metadata"]["generation"] = 1
        return created
