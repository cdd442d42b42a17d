"""The store without a disk: for tests and for clusters that may forget."""

from collections.abc import Iterable
from typing import Any

from kubewheel.storage.history import Window
from kubewheel.storage.protocol import Entry, Key
from kubewheel.storage.reads import ViewReads
from kubewheel.storage.view import View


class MemoryStore(ViewReads):
    """A `Store` whose writes are as durable as the process."""

    def __init__(self, window: Window | None = None, entries: Iterable[Entry] = (), *, revision: int = 0) -> None:
        """Begin empty, or with the live `entries` of a store as of its `revision`; earlier ones are compacted."""
        super().__init__(View(window, revision))
        for entry in entries:
            self._view.restore(entry, deletes=False)
        self._view.revision = max(self._view.revision, revision)

    async def write(self, key: Key, object: dict[str, Any] | None, *, expected: int, uid: str = "") -> Entry:
        """Create, replace or delete; see `Store.write`."""
        current = self._view.check(key, expected, uid, deletes=object is None)
        write = self._view.build(key, object, current, self._view.revision + 1)
        self._view.publish((write,))
        return write.entry

    def compact(self) -> None:
        """Forget all history: whoever asks for what came before now has to list again."""
        self._view.compact()

    async def close(self) -> None:
        """End all watches."""
        self._view.close()
