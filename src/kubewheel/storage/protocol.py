"""The store as the API server sees it.

A store has one revision counter; every write raises it by one and gives the object its resourceVersion. Reads come
from a revisioned view in memory that holds only durable writes, so they are synchronous; writes return once durable.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from kubewheel.libs.wire import Object


class Key(NamedTuple):
    """Where an object lies. `resource` is `plural` or `plural.group`; `namespace` is empty for cluster objects."""

    resource: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored object. `object` has its metadata.resourceVersion set to `revision`; both forms are read-only."""

    key: Key
    revision: int
    object: Object
    encoded: bytes  # `object` as JSON


@dataclass(frozen=True, slots=True)
class Event:
    """One write. `type` is ADDED, MODIFIED or DELETED; a deleted entry carries the revision of the deletion.

    `line` is the watch event as it goes over the wire, encoded once: {"type":...,"object":...} and a newline.
    `previous` is the object before the write: selectors that it matched and the new one does not turn a MODIFIED
    into a DELETED for that watcher.
    """

    type: str
    entry: Entry
    previous: Object | None
    line: bytes

    @property
    def revision(self) -> int:
        return self.entry.revision


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
    """Revisioned objects. `write` is the one way to change them."""

    @property
    def revision(self) -> int:
        """The revision of the newest durable write."""
        ...

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Create (`expected` 0), replace (`expected` = current revision) or delete (`object` None) and return the entry.

        The store sets metadata.resourceVersion in `object`, which it keeps: the caller must not touch it afterwards.
        A delete returns the last object with the revision of the deletion. `uid` guards a delete against a namesake.
        Raises Conflict. Returns when the write is durable and visible to reads and watches.
        """
        ...

    def get(self, key: Key) -> Entry | None:
        """Return the entry at `key`."""
        ...

    def list(
        self, resource: str, namespace: str = "", *, limit: int = 0, after: tuple[str, str] | None = None,
        revision: int = 0,
    ) -> Snapshot:
        """Return all entries of `resource` (in `namespace` if given), from `after` (namespace, name) on, at most `limit`.

        `revision` > 0 asks for the state as of that revision; raises Compacted when it is not kept any more.
        """
        ...

    def watch(
        self, resource: str, namespace: str = "", *, revision: int, name: str = "",
        interest: Callable[[Event], bool] | None = None,
    ) -> Watch:
        """Yield every write to `resource` with a revision above `revision`; raises Compacted at once if that is too old.

        `name` narrows to one object; `interest` drops events before they cost the watcher anything.
        """
        ...
