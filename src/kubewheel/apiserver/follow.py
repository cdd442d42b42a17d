"""Followers: indexes that must know every object of some resources, whoever wrote it.

The server's own writes reach a follower before their request is answered; writes of other servers at the same store
reach it through a watch. Either way the follower re-reads the object, so order and repetition do not matter.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Object
from kubewheel.storage import Compacted, Entry, Key, Store, Unavailable


class Follower(Protocol):
    """Something that re-reads the object at a key after a write to it."""

    def refresh(self, key: Key) -> None:
        """Re-read the object at `key`."""
        ...


class FollowedStore:
    """A store that tells followers of writes to it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._followers: dict[str, list[Follower]] = {}
        self.fault = ""  # Why the last write could not be made durable.
        self.get = store.get
        self.list = store.list
        self.watch = store.watch
        self.is_shared = store.is_shared
        self.catch_up = store.catch_up
        self.entries = store.entries
        self.revision_of = store.revision_of

    @property
    def revision(self) -> int:
        """The revision of the newest durable write."""
        return self._store.revision

    def follow(self, resources: Iterable[str], follower: Follower) -> None:
        """Tell `follower` of writes to `resources`, after letting it read what is there."""
        for resource in resources:
            self._followers.setdefault(resource, []).append(follower)
            for entry in self._store.list(resource).entries:
                follower.refresh(entry.key)

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Write as the store does, then refresh the followers."""
        try:
            entry = await self._store.write(key, object, expected=expected, uid=uid)
        except Unavailable as error:
            self.fault = str(error)
            raise
        self.fault = ""
        for follower in self._followers.get(key.resource, ()):
            follower.refresh(key)
        return entry

    async def run(self) -> None:
        """Keep the followers informed of what others write; never returns."""
        async with asyncio.TaskGroup() as group:
            for resource in self._followers:
                create_task(group, self._watch(resource), name=f"follow-{resource}")

    async def _watch(self, resource: str) -> None:
        while True:
            snapshot = self._store.list(resource)
            for entry in snapshot.entries:
                self._refresh(entry.key)
            watch = self._store.watch(resource, revision=snapshot.revision)
            try:
                async for events in watch:
                    for event in events:
                        self._refresh(event.entry.key)
            except Compacted:
                continue  # Too far behind: read everything again.
            finally:
                watch.close()

    def _refresh(self, key: Key) -> None:
        for follower in self._followers[key.resource]:
            follower.refresh(key)


class Index:
    """Keys of one resource by some of their values: pods by node, services by node port."""

    def __init__(self, store: Store, values: Callable[[Object], Sequence[str]]) -> None:
        self._store = store
        self._values = values
        self._known: dict[Key, Sequence[str]] = {}
        self._keys: dict[str, set[Key]] = {}

    def keys(self, value: str) -> frozenset[Key]:
        """Return the keys of the objects that have `value`."""
        return frozenset(self._keys.get(value, ()))

    def refresh(self, key: Key) -> None:
        entry = self._store.get(key)
        values = tuple(dict.fromkeys(self._values(entry.object))) if entry else ()
        old = self._known.get(key, ())
        if values == old:
            return
        for value in old:
            held = self._keys[value]
            held.discard(key)
            if not held:
                del self._keys[value]
        for value in values:
            self._keys.setdefault(value, set()).add(key)
        if values:
            self._known[key] = values
        else:
            self._known.pop(key, None)
