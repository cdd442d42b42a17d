"""Events expire: an hour after they were last written they go, as their leases do in upstream's etcd."""

from collections import deque

from kubewheel.apiserver.backend import Backend
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.storage import Conflict, Key

PASS_SECONDS = 60.0
RESOURCE = "events"


def written_at(event: Object) -> float:
    """Return the wall time of the last thing that happened to `event`."""
    series = event.get("series") or {}
    moments = (
        series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"),
        event["metadata"].get("creationTimestamp"),
    )
    return max((parse_rfc3339(moment) for moment in moments if moment), default=0.0)


class EventExpiry:
    """Deletes old Events, a look at each per hour: an event is looked at again when it can have expired."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._due: deque[tuple[float, Key, int]] = deque()  # When, what, at which revision; soonest first.
        self._seen: dict[Key, int] = {}

    async def run(self) -> None:
        """Delete what expires, until cancelled."""
        while True:
            await self.expire()
            await self._backend.clock.sleep(PASS_SECONDS)

    async def expire(self) -> int:
        """Delete all that has expired; return how many."""
        now, store = self._backend.clock.now(), self._backend.store
        limit = now - self._backend.settings.event_seconds
        count = 0
        for entry in store.list(RESOURCE).entries:
            if self._seen.get(entry.key) == entry.revision:
                continue
            self._seen[entry.key] = entry.revision
            self._due.append((written_at(entry.object), entry.key, entry.revision))
        self._due = deque(sorted(self._due, key=lambda each: each[0]))
        while self._due and self._due[0][0] <= limit:
            _, key, revision = self._due.popleft()
            if self._seen.get(key) == revision:
                del self._seen[key]
            count += await self._remove(key, revision)
        return count

    async def _remove(self, key: Key, revision: int) -> bool:
        entry = self._backend.store.get(key)
        if entry is None or entry.revision != revision:
            return False
        try:
            await self._backend.store.write(key, None, expected=revision)
        except Conflict:
            return False
        return True
