"""Watchers: who wants which events, and their queues.

Watchers are indexed by what they watch, so that a write costs only those who may want it. A commit's events reach a
watcher in one batch and wake it once. A queue is bounded: a watcher that lets it overflow, or whose oldest waiting
event left the window, is cut off with Compacted and has to list again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence

from kubewheel.libs.wire import Object
from kubewheel.storage.protocol import Compacted, Event, Key

Interest = Callable[[Event], bool]

RECENT_OBJECTS = 512  # Decoded objects kept for watchers that have yet to look at them.


class Watcher:
    """One running watch; has one consumer at a time."""

    __slots__ = ("__weakref__", "_closed", "_hub", "_interest", "_lost_at", "_queue", "_waiter", "place")

    def __init__(self, hub: "Hub", place: Key, interest: Interest | None) -> None:
        self.place = place
        self._hub = hub
        self._interest = interest
        self._queue: list[Event] = []
        self._waiter: asyncio.Future[None] | None = None
        self._lost_at: int | None = None
        self._closed = False

    @property
    def is_choosy(self) -> bool:
        """Whether this watcher looks at events before it takes them."""
        return self._interest is not None

    @property
    def is_running(self) -> bool:
        """Whether this watcher still takes events."""
        return not self._closed and self._lost_at is None

    def replay(self, events: Sequence[Event]) -> None:
        """Queue events of the past."""
        self._queue = list(filter(self._interest, events)) if self._interest else list(events)

    def offer(self, events: Sequence[Event], floor: int, limit: int) -> None:
        """Queue those of `events` that interest this watcher; cut it off when it lags too far."""
        interest = self._interest
        if interest is not None:
            events = [event for event in events if interest(event)]
            if not events:
                return
        queue = self._queue
        if queue and (queue[0].revision <= floor or len(queue) + len(events) > limit):
            self.lose(floor)
            return
        queue += events
        self._wake()

    def lose(self, revision: int) -> None:
        """Cut the watch off, as if it had fallen behind everything up to `revision`."""
        self._lost_at = revision
        self._queue = []
        self._hub.remove(self)
        self._wake()

    def close(self) -> None:
        """End the watch; iteration stops."""
        if not self._closed:
            self._closed = True
            self._queue = []
            self._hub.remove(self)
            self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def __aiter__(self) -> AsyncIterator[Sequence[Event]]:
        return self

    async def __anext__(self) -> Sequence[Event]:
        while not self._queue:
            if self._closed:
                raise StopAsyncIteration
            if self._lost_at is not None:
                self._closed = True
                raise Compacted(self._lost_at)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        events, self._queue = self._queue, []
        return events


class Hub:
    """All watchers, by what they watch; empty parts of a place stand for any."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._watchers: dict[Key, dict[Watcher, None]] = {}
        self._recent: deque[Object | None] = deque(maxlen=RECENT_OBJECTS)

    def add(self, place: Key, interest: Interest | None) -> Watcher:
        """Register a new watcher."""
        watcher = Watcher(self, place, interest)
        self._watchers.setdefault(place, {})[watcher] = None
        return watcher

    def remove(self, watcher: Watcher) -> None:
        """Forget `watcher`; repeatable."""
        group = self._watchers.get(watcher.place)
        if group is not None:
            group.pop(watcher, None)
            if not group:
                del self._watchers[watcher.place]

    def publish(self, events: Sequence[Event], floor: int) -> None:
        """Hand the events of one commit to those who watch their places."""
        wanted: dict[Key, list[Event]] = {}
        for event in events:
            for place in _places(event.entry.key):
                if place in self._watchers:
                    wanted.setdefault(place, []).append(event)
        for place, batch in wanted.items():
            watchers = list(self._watchers.get(place, ()))
            self._recent.extend(event.entry.object for event in batch)
            if any(watcher.is_choosy for watcher in watchers):
                self._recent.extend(event.previous for event in batch)
            for watcher in watchers:
                watcher.offer(batch, floor, self._limit)

    def cut_off(self, revision: int) -> None:
        """End all watches as if they had fallen behind everything up to `revision`."""
        for group in list(self._watchers.values()):
            for watcher in list(group):
                watcher.lose(revision)

    def close(self) -> None:
        """End all watches."""
        for group in list(self._watchers.values()):
            for watcher in list(group):
                watcher.close()


def _places(key: Key) -> tuple[Key, ...]:
    """Return the places whose watchers see an event at `key`."""
    resource, namespace, name = key
    if not namespace:
        return Key(resource, "", ""), key
    return Key(resource, "", ""), Key(resource, namespace, ""), Key(resource, "", name), key
