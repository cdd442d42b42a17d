"""The revisioned view in memory that every engine reads from: live entries, the window of events, the watchers.

An engine checks a write against the view (`check`), builds its entry (`build`), makes it durable in its own way, and
only then lets everybody see it (`publish`).
"""

import heapq
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.libs import kept_json
from kubewheel.libs.wire import Object
from kubewheel.storage.history import History, Window
from kubewheel.storage.protocol import Compacted, Conflict, Document, Entry, Event, Key, Snapshot
from kubewheel.storage.table import Place, Table
from kubewheel.storage.watchers import Hub, Watcher

FIRST_REVISION = 1  # Of the empty store, as etcd has it: 0 means "any" in requests.


@dataclass(slots=True)
class Write:
    """A write that passed its check. `document` keeps the decoded object alive until watchers have had it."""

    entry: Entry
    previous: Entry | None
    document: Object | None
    deletes: bool = False


class View:
    """What a store holds, as of its newest durable write."""

    def __init__(self, window: Window | None = None, floor: int = 0) -> None:
        window = window or Window()
        self.revision = max(FIRST_REVISION, floor)
        self._tables: dict[str, Table] = {}
        self._history = History(window, floor)
        self._hub = Hub(window.events)

    @property
    def floor(self) -> int:
        """The revision up to which events are compacted."""
        return self._history.floor

    def get(self, key: Key) -> Entry | None:
        """Return the entry at `key`."""
        table = self._tables.get(key[0])
        return table.get(key[1], key[2]) if table is not None else None

    def check(self, key: Key, expected: int, uid: str, *, deletes: bool) -> Entry | None:
        """Return the entry that a write replaces or `deletes`; raise Conflict unless it is the expected one."""
        current = self.get(key)
        if deletes and current is None:
            raise Conflict(None)
        if (current.revision if current is not None else 0) != expected:
            raise Conflict(current)
        if uid and (current is None or current.object["metadata"].get("uid") != uid):
            raise Conflict(current)
        return current

    def build(self, key: Key, object: dict[str, Any] | None, current: Entry | None, revision: int) -> Write:
        """Return the write that puts `object`, or the removal of `current`, at `revision`."""
        deletes = object is None
        if object is None:
            assert current is not None, "a delete passed its check without something to delete"
            object = dict(current.object)
            object["metadata"] = dict(object["metadata"])
        object["metadata"]["resourceVersion"] = str(revision)
        document = Document(object)
        # One key object serves all versions.
        key = current.key if current else Key(sys.intern(key.resource), sys.intern(key.namespace), key.name)
        return Write(Entry(key, revision, document, kept_json.dumps(document)), current, document, deletes)

    def publish(self, writes: Sequence[Write]) -> list[int]:
        """Show durable writes to readers and watchers; return the revisions of the versions this compacted away."""
        events = []
        for write in writes:
            event = self._apply(write.entry, write.previous, deletes=write.deletes)
            self._history.add(event)
            events.append(event)
        dead = self._history.trim()
        self._hub.publish(events, self._history.floor)
        return dead

    def restore(self, entry: Entry, *, deletes: bool) -> None:
        """Take over one version that was durable before; versions come in the order of their revisions."""
        event = self._apply(entry, self.get(entry.key), deletes=deletes)
        if entry.revision > self.floor:
            self._history.add(event)

    def trim(self) -> list[int]:
        """Compact down to the window; return the revisions of the versions that are not needed any more."""
        return self._history.trim()

    def entries(self) -> Iterator[Entry]:
        """Yield every live entry, resource by resource."""
        for table in self._tables.values():
            yield from table.page("", None, 0)

    def forget(self) -> list[int]:
        """Compact everything up to now; return the revisions of the versions that are not needed any more."""
        dead = self._history.trim(Window(events=0, least=0))
        self._history.floor = self.revision
        return dead

    def compact(self) -> None:
        """Compact everything up to a revision that nobody has seen: whoever goes on from an earlier one is too late."""
        self.revision += 1
        self.forget()

    def _apply(self, entry: Entry, previous: Entry | None, *, deletes: bool) -> Event:
        resource, namespace, name = entry.key
        table = self._tables.get(resource)
        if table is None:
            table = self._tables[resource] = Table()
        self.revision = entry.revision
        if not deletes:
            table.put(entry)
            return Event("MODIFIED" if previous is not None else "ADDED", entry, previous)
        if previous is not None:
            table.remove(namespace, name)
        return Event("DELETED", entry, previous)

    def list(
        self, resource: str, namespace: str = "", *, limit: int = 0, after: Place | None = None, revision: int = 0,
    ) -> Snapshot:
        """Return a page of the entries of `resource`; see `Store.list`."""
        table = self._tables.get(resource)
        if table is None:
            table = Table()
        if 0 < revision < self.revision:
            return self._list_past(resource, table, namespace, limit, after, revision)
        entries = table.page(namespace, after, limit)
        more = 0
        if limit and len(entries) == limit:
            more = table.count(namespace, entries[-1].key[1:])
        return Snapshot(entries, self.revision, more)

    def _list_past(  # The state now, with what was written since undone.
        self, resource: str, table: Table, namespace: str, limit: int, after: Place | None, revision: int,
    ) -> Snapshot:
        if revision < self.floor:
            raise Compacted(self.floor)
        past = self._history.undo(resource, namespace, revision)
        gone = sorted(
            place for place in past if table.get(*place) is None and (after is None or place > after)
        )
        entries: list[Entry] = []
        for place in heapq.merge(table.places(namespace, after), gone):
            entry = past[place] if place in past else table.get(*place)
            if entry is not None:
                entries.append(entry)
                if limit and len(entries) == limit:
                    break
        more = 0
        if limit and len(entries) == limit:
            last = entries[-1].key[1:]
            more = table.count(namespace, last) + sum(
                (entry is not None) - (table.get(*place) is not None) for place, entry in past.items() if place > last
            )
        return Snapshot(entries, revision, more)

    def watch(
        self, resource: str, namespace: str = "", *, revision: int, name: str = "",
        interest: Callable[[Event], bool] | None = None,
    ) -> Watcher:
        """Start a watch; see `Store.watch`."""
        if revision < self.floor:
            raise Compacted(self.floor)
        if revision > self.revision:
            interest = _above(revision, interest)
        watcher = self._hub.add(Key(resource, namespace, name), interest)
        if revision < self.revision:
            watcher.replay([
                event for event in self._history.since(resource, revision)
                if namespace in ("", event.entry.key.namespace) and name in ("", event.entry.key.name)
            ])
        return watcher

    def cut_off(self) -> None:
        """Tell every watcher that it missed something and has to list again."""
        self._hub.cut_off(self.revision)

    def close(self) -> None:
        """End all watches."""
        self._hub.close()


def _above(revision: int, interest: Callable[[Event], bool] | None) -> Callable[[Event], bool]:
    """Return `interest`, narrowed to events above a revision that is still to come."""
    return lambda event: event.revision > revision and (interest is None or interest(event))
