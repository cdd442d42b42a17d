"""Several stores behind one: resources that are kept apart, as upstream's --etcd-servers-overrides has it."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kubewheel.storage.protocol import Entry, Event, Key, Snapshot, Store, Watch


class SplitStore:
    """A `Store` that keeps the resources in `apart` elsewhere; each of its stores has revisions of its own."""

    def __init__(self, main: Store, apart: Mapping[str, Store]) -> None:
        self.is_shared = main.is_shared or any(store.is_shared for store in apart.values())
        self._main = main
        self._apart = dict(apart)

    def _store(self, resource: str) -> Store:
        return self._apart.get(resource, self._main)

    @property
    def revision(self) -> int:
        """The revision of the store that has most of it."""
        return self._main.revision

    def revision_of(self, resource: str) -> int:
        """Return the revision of the store that has `resource`."""
        return self._store(resource).revision

    async def catch_up(self) -> None:
        """Let all catch up."""
        await asyncio.gather(self._main.catch_up(), *(store.catch_up() for store in set(self._apart.values())))

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Write to the store of the key's resource; see `Store.write`."""
        return await self._store(key.resource).write(key, object, expected=expected, uid=uid)

    def get(self, key: Key) -> Entry | None:
        """Return the entry at `key`."""
        return self._store(key.resource).get(key)

    def entries(self) -> Iterator[Entry]:
        """Yield every live entry of every store."""
        stores = [self._main, *dict.fromkeys(self._apart.values())]
        return itertools.chain.from_iterable(store.entries() for store in stores)

    def list(
        self, resource: str, namespace: str = "", *, limit: int = 0, after: tuple[str, str] | None = None,
        revision: int = 0,
    ) -> Snapshot:
        """Return a page of entries; see `Store.list`."""
        store = self._store(resource)
        return store.list(resource, namespace, limit=limit, after=after, revision=revision)

    def watch(
        self, resource: str, namespace: str = "", *, revision: int, name: str = "",
        interest: Callable[[Event], bool] | None = None,
    ) -> Watch:
        """Start a watch; see `Store.watch`."""
        return self._store(resource).watch(resource, namespace, revision=revision, name=name, interest=interest)
