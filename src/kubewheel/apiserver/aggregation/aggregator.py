"""Aggregation as the rest of the server sees it."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

import orjson

from kubewheel.api.discovery_documents import AGGREGATED_TYPE, Document, encoded
from kubewheel.apiserver.aggregation import documents
from kubewheel.apiserver.aggregation.availability import Availability
from kubewheel.apiserver.aggregation.proxy import SLICES, RemoteServers
from kubewheel.apiserver.aggregation.services import API_SERVICES, ApiServices, Remote
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.follow import FollowedStore
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Response

if TYPE_CHECKING:
    from kubewheel.apiserver.published import Published

UNAVAILABLE = "aggregator_unavailable_apiservice"


class Aggregator:
    """Requests for other servers, and documents with what those serve. Without other servers it costs nothing."""

    def __init__(
        self, store: FollowedStore, settings: ApiServerSettings, clock: Clock, randomness: random.Random
    ) -> None:
        self.services = ApiServices(store)
        self.servers = RemoteServers(store, settings.proxy_client, randomness)
        self.availability = Availability(store, self.services, self.servers, clock)
        self._kept: dict[str, tuple[object, Document]] = {}

    def follow(self, store: FollowedStore) -> None:
        """Follow the store."""
        store.follow((API_SERVICES,), self.services)
        store.follow(("services", SLICES), self.availability)

    def remote(self, path: str) -> Remote | None:
        """Return who else serves `path`; None if this server does."""
        return self.services.find(path) if self.services.remotes else None

    async def forward(self, exchange: Exchange, remote: Remote) -> Response:
        """Return the answer of the server behind `remote`."""
        return await self.servers.forward(exchange, remote)

    def discovery(self, path: str, published: "Published", *, aggregates: bool) -> Document | None:
        """Return the merged document at `path`; None if there is nothing to merge into this server's own."""
        parts = path.strip("/").split("/")
        if not self.services.remotes or parts[0] != "apis" or len(parts) > 2:
            return None
        if len(parts) == 2 and not any(group == parts[1] for group, _ in self.services.remotes):
            return None
        state = (published.revision, self.services.revision, self.availability.revision)
        key = f"{'/'.join(parts)} {aggregates and len(parts) == 1}"
        known = self._kept.get(key)
        if known is None or known[0] != state:
            if len(self._kept) > len(self.services.remotes) + 2:
                self._kept.clear()
            known = self._kept[key] = (state, self._merged(parts, published, aggregates=aggregates))
        return known[1]

    def _merged(self, parts: list[str], published: "Published", *, aggregates: bool) -> Document:
        places = self.services.places
        own = orjson.loads(published.own_groups(aggregates=aggregates and len(parts) == 1).body)
        if aggregates and len(parts) == 1:
            served = {
                (remote.group, remote.version): self.availability.served[remote.name]
                for remote in self.services.remotes.values() if remote.name in self.availability.served
            }
            items = documents.merge_aggregated(own["items"], served, places)
            return encoded({**own, "items": items}, AGGREGATED_TYPE)
        groups = documents.merge_groups(own["groups"], (key for key in self.services.remotes if key[0]), places)
        if len(parts) == 1:
            return encoded({**own, "groups": groups})
        found = next(each for each in groups if each["name"] == parts[1])
        return encoded({"kind": "APIGroup", "apiVersion": "v1", **found})

    def available(self) -> list[Remote]:
        """Return the remote versions whose servers answer."""
        return [each for each in self.services.remotes.values() if each.is_available]

    def lines(self) -> Iterator[str]:
        """Yield the metrics."""
        yield f"# HELP {UNAVAILABLE} Whether the server behind an APIService does not answer."
        yield f"# TYPE {UNAVAILABLE} gauge"
        for remote in self.services.remotes.values():
            yield f'{UNAVAILABLE}{{name="{remote.name}"}} {0 if remote.is_available else 1}'

    async def run(self) -> None:
        """Find out who answers; never returns."""
        await self.availability.run()
