"""Informer: a local copy of one kind, kept current by list and watch.

In: a client and what to watch.  Out: indexed reads without I/O, and handlers called for each change in revision order.
Objects are shared by reference with the transport and with every reader: nobody changes them.

Invariants: a handler sees each object's life as ADDED, MODIFIED…, DELETED with rising revisions; a dropped watch
neither loses nor invents a change (what a re-list no longer shows is told as DELETED); `note` lets a writer see its
own writes at once, so that a reconcile never acts on a copy older than its last action.
"""

import asyncio
import logging
import random as random_module
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing

from kubewheel.api.errors import StatusError
from kubewheel.client.client import Client, ObjectList, Selection
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object, WatchEvent

Handler = Callable[[str, Object | None, Object | None], None]
IndexFunction = Callable[[Object], Iterable[str]]
Key = tuple[str, str]

FIRST_DELAY = 0.25  # Seconds until the first new try after a failure; doubles up to MAX_DELAY.
MAX_DELAY = 30.0
# Over a network a watch ends by itself within 5 to 10 minutes, so that a silently dead connection is noticed.
WATCH_SECONDS = 300
SHORT_WATCH = 5.0  # Seconds; a watch that ends sooner without an event counts as a failure.

log = logging.getLogger(__name__)


def key_of(obj: Object) -> Key:
    """Return namespace and name of an object."""
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def revision_of(obj: Object) -> int:
    """Return an object's resourceVersion as a number."""
    return int(obj["metadata"].get("resourceVersion") or 0)


class Informer:
    """A cache of the objects of `kind` (in `namespace`, matching `labels` and `fields`)."""

    def __init__(
        self, client: Client, kind: str, *, namespace: str = "", labels: str = "", fields: str = "",
        indexes: Mapping[str, IndexFunction] | None = None, clock: Clock, metadata_only: bool = False,
        random: random_module.Random | None = None,
    ) -> None:
        self.kind = kind
        self.selection = Selection(namespace, labels, fields, metadata_only)
        self._client = client
        self._clock = clock
        self._random = random or random_module.Random()  # noqa: S311 - jitter
        self._namespaces: dict[str, dict[str, Object]] = {}
        self._functions: dict[str, IndexFunction] = {}
        self._indexes: dict[str, dict[str, dict[Key, Object]]] = {}
        self._handlers: list[Handler] = []
        self._tombstones: set[str] = set()
        self._revision = 0
        self._synced = asyncio.Event()
        self._tried = asyncio.Event()
        for name, function in (indexes or {}).items():
            self.add_index(name, function)

    # Reads.

    def get(self, namespace: str, name: str) -> Object | None:
        """Return one object, or None."""
        return self._namespaces.get(namespace, {}).get(name)

    def list(self, namespace: str | None = None) -> list[Object]:
        """Return all objects, or those of one namespace."""
        if namespace is not None:
            return list(self._namespaces.get(namespace, {}).values())
        return list(self)

    def __iter__(self) -> Iterator[Object]:
        for objects in self._namespaces.values():
            yield from objects.values()

    def __len__(self) -> int:
        return sum(len(objects) for objects in self._namespaces.values())

    def by_index(self, index: str, value: str) -> Sequence[Object]:
        """Return the objects that the index function of `index` maps to `value`."""
        found = self._indexes[index].get(value)
        return list(found.values()) if found else []

    def index_values(self, index: str) -> Collection[str]:
        """Return every value that the index holds objects for."""
        return self._indexes[index].keys()

    @property
    def has_synced(self) -> bool:
        """Whether the first list has been taken over."""
        return self._synced.is_set()

    @property
    def revision(self) -> int:
        """The revision up to which every change of this kind is known here."""
        return self._revision

    async def wait_synced(self) -> None:
        """Return once the first list has been taken over."""
        await self._synced.wait()

    async def wait_tried(self) -> None:
        """Return once the first list has been taken over, or has failed."""
        await self._tried.wait()

    # Set-up.

    def add_index(self, name: str, function: IndexFunction) -> None:
        """Index by `function`; the objects already known are indexed at once."""
        if name in self._functions:
            return
        self._functions[name] = function
        self._indexes[name] = {}
        for obj in self:
            self._index(name, function, obj)

    def add_handler(self, handler: Handler) -> None:
        """Call `handler(type, new, old)` for every change; what is known already is told as ADDED."""
        self._handlers.append(handler)
        for obj in list(self):
            handler("ADDED", obj, None)

    # Writers' shortcuts.

    def note(self, obj: Object) -> None:
        """Take over an object that a write returned, unless the watch has told of that write already."""
        revision = revision_of(obj)
        if not self.has_synced or revision <= self._revision or obj["metadata"].get("uid") in self._tombstones:
            return
        self._put(obj)

    def note_deleted(self, namespace: str, name: str, uid: str) -> None:
        """Forget an object that is gone from the server; the watch's late events about it are dropped."""
        stored = self.get(namespace, name)
        if stored is None or stored["metadata"].get("uid") != uid:
            return
        self._tombstones.add(uid)
        self._remove(stored, stored)

    # The loop.

    async def run(self) -> None:
        """List, watch, and begin again whenever the watch cannot be resumed; never returns."""
        failures = 0
        listed = False
        while True:
            before, began = self._revision, self._clock.monotonic()
            try:
                if not listed:
                    await self._list()
                    listed = True
                await self._watch()
                # A watch that ended after a good while did its work, whether or not anything happened.
                failed = self._revision == before and self._clock.monotonic() - began < SHORT_WATCH
            except StatusError as error:
                # 410: what was missed is not kept any more. Any other refusal may be about the kind itself.
                listed = False
                failed = error.code != 410 or self._revision == before
                log.debug("informer of %s: %s", self.kind, error)
            except (OSError, EOFError) as error:
                failed = True
                log.debug("informer of %s: %s", self.kind, error)
            self._tried.set()
            failures = failures + 1 if failed else 0
            if failures:
                delay = min(MAX_DELAY, FIRST_DELAY * 2 ** min(failures - 1, 16))
                await self._clock.sleep(delay * (1 + self._random.random()))

    async def _list(self) -> None:
        chosen = self.selection
        listing = await self._client.list(
            self.kind, chosen.namespace, labels=chosen.labels, fields=chosen.fields,
            metadata_only=chosen.metadata_only,
        )
        self._replace(listing)

    async def _watch(self) -> None:
        chosen = self.selection
        seconds = int(WATCH_SECONDS * (1 + self._random.random())) if self._client.remote else 0
        stream = self._client.watch(
            self.kind, chosen.namespace, labels=chosen.labels, fields=chosen.fields,
            resource_version=str(self._revision), timeout_seconds=seconds, metadata_only=chosen.metadata_only,
        )
        async with aclosing(stream) as events:
            async for event in events:
                self._apply(event)

    # Changes.

    def _replace(self, listing: ObjectList) -> None:
        revision = int(listing.resource_version or 0)
        kept: set[Key] = set()
        alive: set[str] = set()
        for obj in listing.items:
            uid = obj["metadata"].get("uid", "")
            alive.add(uid)
            if uid not in self._tombstones:
                kept.add(key_of(obj))
                self._put(obj)
        for old in [old for old in self if key_of(old) not in kept]:
            # A noted write newer than the list stays: the list could not show it.
            if revision_of(old) <= revision:
                self._remove(old, old)
        self._tombstones &= alive
        self._revision = max(self._revision, revision)
        self._synced.set()
        self._tried.set()

    def _apply(self, event: WatchEvent) -> None:
        obj = event.object
        revision = revision_of(obj)
        if event.type != "BOOKMARK":
            uid = obj["metadata"].get("uid", "")
            if uid in self._tombstones:
                if event.type == "DELETED":
                    self._tombstones.discard(uid)
            elif event.type == "DELETED":
                self._drop(obj)
            else:
                self._put(obj)
        self._revision = max(self._revision, revision)

    def _drop(self, obj: Object) -> None:
        stored = self.get(*key_of(obj))
        if stored is not None and stored["metadata"].get("uid") == obj["metadata"].get("uid"):
            self._remove(stored, obj)

    def _put(self, obj: Object) -> None:
        namespace, name = key_of(obj)
        old = self.get(namespace, name)
        if old is not None:
            if revision_of(old) >= revision_of(obj):
                return
            if old["metadata"].get("uid") != obj["metadata"].get("uid"):
                self._remove(old, old)
                old = None
        self._namespaces.setdefault(namespace, {})[name] = obj
        for index, function in self._functions.items():
            if old is not None:
                self._unindex(index, function, old)
            self._index(index, function, obj)
        self._tell("ADDED" if old is None else "MODIFIED", obj, old)

    def _remove(self, stored: Object, last: Object) -> None:
        namespace, name = key_of(stored)
        objects = self._namespaces[namespace]
        del objects[name]
        if not objects:
            del self._namespaces[namespace]
        for index, function in self._functions.items():
            self._unindex(index, function, stored)
        self._tell("DELETED", None, last)

    def _index(self, name: str, function: IndexFunction, obj: Object) -> None:
        index = self._indexes[name]
        for value in function(obj):
            index.setdefault(value, {})[key_of(obj)] = obj

    def _unindex(self, name: str, function: IndexFunction, obj: Object) -> None:
        index = self._indexes[name]
        key = key_of(obj)
        for value in function(obj):
            found = index.get(value)
            if found is not None:
                found.pop(key, None)
                if not found:
                    del index[value]

    def _tell(self, type: str, new: Object | None, old: Object | None) -> None:
        for handler in self._handlers:
            handler(type, new, old)
