"""Node ports: a port is taken while the store has an entry for it, which no path of the API shows."""

from random import Random
from typing import Any

from kubewheel.apiserver.follow import FollowedStore
from kubewheel.apiserver.service_allocation import ranges
from kubewheel.apiserver.service_allocation.addresses import Full, OutOfRange, Taken
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Key

RESOURCE = "nodeports.allocation.kubewheel.internal"


class NodePorts:
    """The ports of one range."""

    def __init__(self, store: FollowedStore, first: int, last: int, randomness: Random) -> None:
        self._store = store
        self._band = ranges.of_ports(first, last)
        self._randomness = randomness

    async def take(self, port: int, service: Object, *, dry_run: bool = False) -> None:
        """Take one port for `service`; raise Taken or OutOfRange."""
        if port not in self._band:
            raise OutOfRange(
                "provided port is not in the valid range. The range of valid ports is "
                f"{self._band.first}-{self._band.last}"
            )
        key = Key(RESOURCE, "", str(port))
        if self._store.get(key) is not None:
            raise Taken
        if dry_run:
            return
        try:
            await self._store.write(key, _claim(port, service), expected=0)
        except Conflict:
            raise Taken from None

    async def take_any(self, service: Object, *, dry_run: bool = False) -> int:
        """Take a free port for `service` and return it; raise Full."""
        for port in self._band.candidates(self._randomness):
            try:
                await self.take(port, service, dry_run=dry_run)
            except Taken:
                continue
            return port
        raise Full("range is full")

    async def give_back(self, port: int, service: Object) -> None:
        """Free a port that `service` holds; nothing happens if it does not."""
        entry = self._store.get(Key(RESOURCE, "", str(port)))
        if entry is None or not is_holder(entry.object, service):
            return
        try:
            await self._store.write(entry.key, None, expected=entry.revision)
        except Conflict:
            return


def is_holder(claim: Object, service: Object) -> bool:
    """Tell whether a claim is that of `service`."""
    named = service["metadata"]
    return claim["service"] == [named.get("namespace", ""), named["name"]]  # type: ignore[no-any-return]


def _claim(port: int, service: Object) -> dict[str, Any]:
    named = service["metadata"]
    return {"metadata": {"name": str(port)}, "service": [named.get("namespace", ""), named["name"]]}
