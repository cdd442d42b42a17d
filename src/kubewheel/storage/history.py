"""The window of the newest events: what watches resume from and what older listings are rebuilt from.

Its bounds are a number of events and the bytes that only it keeps alive (superseded and deleted versions). What drops
out of it is compacted: `floor` is the revision up to which events are gone.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from kubewheel.storage.protocol import Entry, Event
from kubewheel.storage.table import Place


@dataclass(frozen=True, slots=True)
class Window:
    """How much history a store keeps; `least` events are kept whatever their size."""

    events: int = 10_000
    size_bytes: int = 32 * 1024 * 1024
    least: int = 200


class History:
    """Events above `floor`, oldest first, in all and by resource."""

    def __init__(self, window: Window, floor: int = 0) -> None:
        self.floor = floor
        self.window = window
        self._events: deque[Event] = deque()
        self._by_resource: dict[str, deque[Event]] = {}
        self._size_bytes = 0

    def add(self, event: Event) -> None:
        """Append the newest event."""
        self._events.append(event)
        resource = event.entry.key.resource
        log = self._by_resource.get(resource)
        if log is None:
            log = self._by_resource[resource] = deque()
        log.append(event)
        self._size_bytes += _kept_bytes(event)

    def trim(self, window: Window | None = None) -> list[int]:
        """Compact down to the window; return the revisions of the versions that nothing refers to any more."""
        dead: list[int] = []
        while self._is_over(window or self.window):
            event = self._events.popleft()
            self.floor = event.revision
            self._size_bytes -= _kept_bytes(event)
            log = self._by_resource[event.entry.key.resource]
            log.popleft()
            if not log:
                del self._by_resource[event.entry.key.resource]
            if event.previous_entry is not None:
                dead.append(event.previous_entry.revision)
            if event.type == "DELETED":
                dead.append(event.revision)
        return dead

    def _is_over(self, window: Window) -> bool:
        count = len(self._events)
        if count > window.events:
            return True
        return self._size_bytes > window.size_bytes and count > window.least

    def since(self, resource: str, revision: int) -> list[Event]:
        """Return the events of `resource` above `revision`, oldest first."""
        found = list(self._newest_first(resource, revision))
        found.reverse()
        return found

    def undo(self, resource: str, namespace: str, revision: int) -> dict[Place, Entry | None]:
        """Return what lay, as of `revision`, at every place that was written since."""
        past: dict[Place, Entry | None] = {}
        for event in self._newest_first(resource, revision):
            key = event.entry.key
            if not namespace or key.namespace == namespace:
                past[key.namespace, key.name] = event.previous_entry
        return past

    def _newest_first(self, resource: str, revision: int) -> Iterator[Event]:
        for event in reversed(self._by_resource.get(resource, ())):
            if event.revision <= revision:
                return
            yield event


def _kept_bytes(event: Event) -> int:
    """Return the size of the versions that stay in memory for this event's sake alone."""
    size = len(event.previous_entry.encoded) if event.previous_entry is not None else 0
    return size + len(event.entry.encoded) if event.type == "DELETED" else size
