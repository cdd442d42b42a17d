"""Back-off: how long to wait before something that failed is tried again, growing with each failure."""

from dataclasses import dataclass


@dataclass(slots=True)
class _Entry:
    delay: float
    updated: float


class Backoff:
    """Delays by key that start at `first`, double up to `limit`, and start anew after twice `limit` without failure."""

    def __init__(self, first: float, limit: float) -> None:
        self._first = first
        self._limit = limit
        self._entries: dict[str, _Entry] = {}

    def ready_at(self, key: str, since: float) -> float:
        """Return the moment from which `key`, which failed at `since`, may be tried again."""
        entry = self._entries.get(key)
        if entry is None or self._is_forgotten(entry, since):
            return since
        return since + entry.delay

    def delay(self, key: str) -> float:
        """Return the delay that follows the next failure of `key`."""
        entry = self._entries.get(key)
        return entry.delay if entry else 0.0

    def fail(self, key: str, since: float, now: float) -> None:
        """Note at `now` that `key`, which failed at `since`, is tried again (or that it has just failed)."""
        entry = self._entries.get(key)
        if entry is None or self._is_forgotten(entry, since):
            self._entries[key] = _Entry(self._first, now)
            return
        entry.delay = min(entry.delay * 2, self._limit)
        entry.updated = now

    def reset(self, key: str) -> None:
        """Forget the failures of `key`."""
        self._entries.pop(key, None)

    def _is_forgotten(self, entry: _Entry, moment: float) -> bool:
        return moment - entry.updated > 2 * self._limit
