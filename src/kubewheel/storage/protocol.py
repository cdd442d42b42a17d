"""The store as the API server sees it.

A store has one revision counter; every write raises it by one and gives the object its resourceVersion. Reads come
from a revisioned view in memory that holds only durable writes, so they are synchronous; writes return once durable.
"""

import copy
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import orjson

from kubewheel.libs.wire import Object


class Key(NamedTuple):
    """Where an object lies. `resource` is `plural` or `plural.group`; `namespace` is empty for cluster objects."""

    resource: str
    namespace: str
    name: str


class Document(dict[str, Any]):
    """A decoded object that can be referenced weakly, so that all who need it share it for as long as one does."""

    __slots__ = ("__weakref__",)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return copy.deepcopy(dict(self), memo)


class Entry:
    """One stored object. `object` has its metadata.resourceVersion set to `revision`; both forms are read-only.

    The encoded form is what is kept; the decoded one lives only while somebody holds it, and is made again on demand.
    """

    __slots__ = ("_document", "encoded", "key", "revision")
    is_stale = False  # Whether it is stored otherwise than it would be now, so that even an equal write is one.

    def __init__(self, key: Key, revision: int, object: Object | None, encoded: bytes) -> None:
        self.key = key
        self.revision = revision
        self.encoded = encoded  # The object as JSON.
        self._document: weakref.ref[Document] | None = None
        if isinstance(object, Document):
            self._document = weakref.ref(object)

    @property
    def object(self) -> Object:
        """The decoded object; read-only."""
        document = self._document() if self._document is not None else None
        if document is None:
            document = Document(orjson.loads(self.encoded))
            self._document = weakref.ref(document)
        return document

    def __repr__(self) -> str:
        return f"Entry({'/'.join(self.key)} at {self.revision})"


class StaleEntry(Entry):
    """An entry that was written with another cipher than the one in use now."""

    __slots__ = ()
    is_stale = True


class Event:
    """One write. `type` is ADDED, MODIFIED or DELETED; a deleted entry carries the revision of the deletion.

    `previous` is the object before the write: selectors that it matched and the new one does not turn a MODIFIED
    into a DELETED for that watcher.
    """

    __slots__ = ("entry", "previous_entry", "type")

    def __init__(self, type: str, entry: Entry, previous_entry: Entry | None) -> None:
        self.type = type
        self.entry = entry
        self.previous_entry = previous_entry

    @property
    def revision(self) -> int:
        """The revision of the write."""
        return self.entry.revision

    @property
    def previous(self) -> Object | None:
        """The object before the write; None before a creation."""
        return self.previous_entry.object if self.previous_entry is not None else None

    @property
    def line(self) -> bytes:
        """The event as it goes over the wire, around the bytes that were encoded once."""
        return b'{"type":"%b","object":%b}\n' % (self.type.encode(), self.entry.encoded)

    def __repr__(self) -> str:
        return f"Event({self.type} {self.entry!r})"


class Conflict(Exception):
    """The key is not in the state that the caller expected; `current` is what is there, or None."""

    def __init__(self, current: Entry | None) -> None:
        super().__init__("stored state differs from the expected one")
        self.current = current


class Compacted(Exception):
    """The revision asked for is older than the kept window, which begins at `oldest`."""

    def __init__(self, oldest: int) -> None:
        super().__init__(f"required revision has been compacted; oldest is {oldest}")
        self.oldest = oldest


class Unavailable(Exception):
    """The engine cannot open its data or cannot make a write durable; nothing was written."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A consistent listing, in key order (namespace, name), as of `revision`. `more` counts what follows the last."""

    entries: Sequence[Entry]
    revision: int
    more: int = 0


class Watch(Protocol):
    """A running watch: an async iterator of batches of events, and `close`."""

    def __aiter__(self) -> AsyncIterator[Sequence[Event]]:
        """Yield batches of one or more events, oldest first; raise Compacted when this watcher fell too far behind."""
        ...

    def close(self) -> None:
        """End the watch; iteration stops."""
        ...


class Store(Protocol):
    """Revisioned objects. `write` is the one way to change them.

    `is_shared` says whether other processes write, too, so that reads may be behind; see `catch_up`.
    """

    is_shared: bool

    @property
    def revision(self) -> int:
        """The revision of the newest durable write."""
        ...

    def revision_of(self, resource: str) -> int:
        """Return the revision that lists and watches of `resource` go by; stores may keep some resources apart."""
        ...

    async def catch_up(self) -> None:
        """Return when reads show every write that anybody had acknowledged before the call; raise Unavailable.

        Stores that are not shared are never behind.
        """
        ...

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Create (`expected` 0), replace (`expected` = current revision) or delete (`object` None); return the entry.

        The store sets metadata.resourceVersion in `object`, which it keeps: the caller must not touch it afterwards.
        A delete returns the last object with the revision of the deletion. `uid` guards a delete against a namesake.
        Raises Conflict or Unavailable. Returns when the write is durable and visible to reads and watches.
        """
        ...

    def get(self, key: Key) -> Entry | None:
        """Return the entry at `key`."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Yield every live entry, resource by resource."""
        ...

    def list(
        self, resource: str, namespace: str = "", *, limit: int = 0, after: tuple[str, str] | None = None,
        revision: int = 0,
    ) -> Snapshot:
        """Return the entries of `resource` (in `namespace` if given) after the place `after`, up to `limit`.

        `revision` > 0 asks for the state as of that revision; raises Compacted when it is not kept any more.
        """
        ...

    def watch(
        self, resource: str, namespace: str = "", *, revision: int, name: str = "",
        interest: Callable[[Event], bool] | None = None,
    ) -> Watch:
        """Yield every write to `resource` above `revision`; raises Compacted at once if that is too old.

        `name` narrows to one object; `interest` drops events before they cost the watcher anything.
        """
        ...
