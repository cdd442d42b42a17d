"""Event correlation: which events are new, which repeat an earlier one, which are too many.

The rules and numbers are those of client-go: events that differ only in their message are combined after ten in ten
minutes; each source may send 25 events about one object and then one every five minutes; equal events are counted.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kubewheel.libs.wire import Object

REMEMBERED = 4096  # Keys of each kind that are kept; the least recently used are forgotten.
SIMILAR_LIMIT = 10
SIMILAR_SECONDS = 600.0
SPAM_BURST = 25
SPAM_SECONDS = 300.0
COMBINED = "(combined from similar events): "

V = TypeVar("V")


class Recent(Generic[V]):
    """A mapping that forgets its least recently used key above `REMEMBERED`."""

    def __init__(self, make: Callable[[], V]) -> None:
        self._make = make
        self._values: OrderedDict[tuple[str, ...], V] = OrderedDict()

    def __getitem__(self, key: tuple[str, ...]) -> V:
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._make()
            if len(self._values) > REMEMBERED:
                self._values.popitem(last=False)
        self._values.move_to_end(key)
        return found


@dataclass(slots=True)
class Similar:
    """Messages seen of one group of similar events."""

    messages: set[str] = field(default_factory=set)
    last: float | None = None


@dataclass(slots=True)
class Seen:
    """An event that the server has: its name and how often it happened. `name` is empty until it was sent."""

    count: int = 0
    name: str = ""
    first_timestamp: str = ""


@dataclass(slots=True)
class Bucket:
    """Tokens left for one source and object; `at` is when they were counted."""

    tokens: float = SPAM_BURST
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with an event: its final message and what is known of earlier ones; `seen` None drops it."""

    message: str
    seen: Seen | None


class Correlator:
    """Remembers events and judges new ones."""

    def __init__(self) -> None:
        self._similar: Recent[Similar] = Recent(Similar)
        self._seen: Recent[Seen] = Recent(Seen)
        self._buckets: Recent[Bucket] = Recent(Bucket)

    def judge(self, event: Object, now: float) -> Verdict:
        """Return what to do with `event`, a core/v1 Event without name and count."""
        about = event["involvedObject"]
        source = (event["source"].get("component", ""), event["source"].get("host", ""))
        place = tuple(str(about.get(name, "")) for name in ("kind", "namespace", "name", "uid", "apiVersion"))
        group = (*source, *place, event["type"], event["reason"], event.get("reportingComponent", ""))
        message, combined = self._combine(group, event["message"], now)
        if not self._allowed((*source, *place), now):
            return Verdict(message, None)
        # Combined events differ in their messages, yet count as one.
        key = group if combined else (*group, str(about.get("fieldPath", "")), message)
        seen = self._seen[key]
        seen.count += 1
        return Verdict(message, seen)

    def _combine(self, group: tuple[str, ...], message: str, now: float) -> tuple[str, bool]:
        similar = self._similar[group]
        if similar.last is not None and now - similar.last > SIMILAR_SECONDS:
            similar.messages.clear()
        similar.last = now
        if len(similar.messages) < SIMILAR_LIMIT:
            similar.messages.add(message)
        if len(similar.messages) < SIMILAR_LIMIT:
            return message, False
        return COMBINED + message, True

    def _allowed(self, key: tuple[str, ...], now: float) -> bool:
        bucket = self._buckets[key]
        if bucket.at is not None:
            bucket.tokens = min(SPAM_BURST, bucket.tokens + (now - bucket.at) / SPAM_SECONDS)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
