"""The store without a disk: for tests and for clusters that may forget."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kubewheel.storage.history import Window
from kubewheel.storage.protocol import Entry, Event, Key, Snapshot, Watch
from kubewheel.storage.view import View


class MemoryStore:
    """A `Store` whose writes are as durable as the process."""

    is_shared = False

    def __init__(self, window: Window | None = None, entries: Iterable[Entry] = (), *, revision: int = 0) -> None:
        """Begin empty, or with the live `entries` of a store as of its `revision`; earlier ones are compacted."""
        self._view = View(window, revision)
        for entry in entries:
            self._view.restore(entry, deletes=False)
        self._view.revision = max(self._view.revision, revision)

    @property
    def revision(self) -> int:
        """The revision of the newest write."""
        return self._view.revision

    def revision_of(self, resource: str) -> int:
        """Return the store's revision: all resources share it."""
        return self._view.revision

    async def catch_up(self) -> None:
        """Return at once: nobody else writes."""

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Create, replace or delete; see `Store.write`."""
        current = self._view.check(key, expected, uid, deletes=object is None)
        write = self._view.build(key, object, current, self._view.revision + 1)
        self._view.publish((write,))
        return write.entry

    def get(self, key: Key) -> Entry | None:
        """Return the entry at `key`."""
        return self._view.get(key)

    def list(
        self, resource: str, namespace: str = "", *, limit: int = 0, after: tuple[str, str] | None = None,
        revision: int = 0,
    ) -> Snapshot:
        """Return a page of entries; see `Store.list`."""
        return self._view.list(resource, namespace, limit=limit, after=after, revision=revision)

    def watch(
        self, resource: str, namespace: str = "", *, revision: int, name: str = "",
        interest: Callable[[Event], bool] | None = None,
    ) -> Watch:
        """Start a watch; see `Store.watch`."""
        return self._view.watch(resource, namespace, revision=revision, name=name, interest=interest)

    def entries(self) -> Iterator[Entry]:
        """Yield every live entry, resource by resource."""
        return self._view.entries()

    def compact(self) -> None:
        """Forget all history: whoever asks for what came before now has to list again."""
        self._view.compact()

    async def close(self) -> None:
        """End all watches."""
        self._view.close()
