"""All live entries of one resource, in key order.

Every namespace has a shelf: its entries by name, and the names sorted, so that a page of a list costs what it returns.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator

from kubewheel.storage.protocol import Entry

Place = tuple[str, str]
"""Namespace and name."""


class Shelf:
    """The entries of one namespace."""

    __slots__ = ("entries", "names")

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.names: list[str] = []


class Table:
    """The entries of one resource."""

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}
        self._namespaces: list[str] = []

    def get(self, namespace: str, name: str) -> Entry | None:
        """Return the entry at that place."""
        shelf = self._shelves.get(namespace)
        return shelf.entries.get(name) if shelf is not None else None

    def put(self, entry: Entry) -> None:
        """Store `entry` in place of what was there."""
        _, namespace, name = entry.key
        shelf = self._shelves.get(namespace)
        if shelf is None:
            shelf = self._shelves[namespace] = Shelf()
            insort(self._namespaces, namespace)
        if name not in shelf.entries:
            insort(shelf.names, name)
        shelf.entries[name] = entry

    def remove(self, namespace: str, name: str) -> None:
        """Remove the entry at that place; it must be there."""
        shelf = self._shelves[namespace]
        del shelf.entries[name]
        del shelf.names[bisect_right(shelf.names, name) - 1]
        if not shelf.names:
            del self._shelves[namespace]
            del self._namespaces[bisect_right(self._namespaces, namespace) - 1]

    def page(self, namespace: str, after: Place | None, limit: int) -> list[Entry]:
        """Return up to `limit` (0: all) entries that follow `after`, in one namespace or in all of them."""
        found: list[Entry] = []
        for shelf, start in self._runs(namespace, after):
            stop = start + limit - len(found) if limit else len(shelf.names)
            entries = shelf.entries
            found += [entries[name] for name in shelf.names[start:stop]]
            if limit and len(found) >= limit:
                break
        return found

    def places(self, namespace: str, after: Place | None) -> Iterator[Place]:
        """Yield the places that follow `after`, in order."""
        for shelf, start in self._runs(namespace, after):
            for index in range(start, len(shelf.names)):
                entry = shelf.entries[shelf.names[index]]
                yield entry.key.namespace, entry.key.name

    def count(self, namespace: str, after: Place | None) -> int:
        """Return how many entries follow `after`."""
        return sum(len(shelf.names) - start for shelf, start in self._runs(namespace, after))

    def _runs(self, namespace: str, after: Place | None) -> Iterator[tuple[Shelf, int]]:
        """Yield the shelves that hold what follows `after`, each with the index to begin at."""
        if namespace:
            shelf = self._shelves.get(namespace)
            if shelf is not None and (after is None or after[0] <= namespace):
                yield shelf, self._start(shelf, namespace, after)
            return
        first = 0 if after is None else max(0, bisect_right(self._namespaces, after[0]) - 1)
        for index in range(first, len(self._namespaces)):
            name = self._namespaces[index]
            if after is None or name >= after[0]:
                yield self._shelves[name], self._start(self._shelves[name], name, after)

    @staticmethod
    def _start(shelf: Shelf, namespace: str, after: Place | None) -> int:
        if after is None or namespace != after[0]:
            return 0
        return bisect_right(shelf.names, after[1])
