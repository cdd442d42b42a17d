"""EventRateLimit: how many events may come, from everybody together, or for each namespace, user, or subject."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubewheel.api import errors
from kubewheel.apiserver.admission.plugin import WRITES, Matter, Plugin, Stage
from kubewheel.apiserver.admission_settings import AdmissionSettings, EventLimit

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

NAME = "EventRateLimit"


def _subject(matter: Matter) -> str:
    event = matter.content or {}
    source, about = event.get("source") or {}, event.get("involvedObject") or {}
    fields = [source.get("component"), source.get("host")]
    fields += [about.get(name) for name in ("kind", "namespace", "name", "uid", "apiVersion")]
    return "".join(field or "" for field in fields)


KEYS: Mapping[str, Callable[[Matter], str]] = {
    "Server": lambda _: "", "Namespace": lambda matter: matter.namespace, "User": lambda matter: matter.identity.name,
    "SourceAndObject": _subject,
}


@dataclass(slots=True)
class Bucket:
    """Tokens that come back with time."""

    tokens: float
    filled: float  # When.


class Limiter:
    """Enforces one limit; of very many keys, those that were quiet longest are forgotten."""

    def __init__(self, limit: EventLimit) -> None:
        self._limit = limit
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, matter: Matter, now: float) -> str:
        """Take a token for `matter`; return why there is none, or an empty string."""
        key = KEYS[self._limit.type](matter)
        bucket = self._buckets.setdefault(key, Bucket(self._limit.burst, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._limit.cache_size:
            self._buckets.popitem(last=False)
        come = max(0.0, now - bucket.filled) * self._limit.per_second
        bucket.tokens, bucket.filled = min(self._limit.burst, bucket.tokens + come), now
        if bucket.tokens < 1:
            return f"limit reached on type {self._limit.type} for key {key}"
        bucket.tokens -= 1
        return ""


def make(settings: AdmissionSettings) -> tuple[Plugin, ...]:
    """Return the plugin of one server: it remembers what has come."""
    limiters = [Limiter(limit) for limit in settings.event_limits]

    async def admit(matter: Matter, backend: "Backend") -> None:
        """Refuse the event when one of its limits is reached; all of them count it."""
        if matter.subresource or matter.content is None:
            return
        now = backend.clock.monotonic()
        refusals = [text for limiter in limiters if (text := limiter.take(matter, now))]
        if refusals:
            raise errors.StatusError(429, "TooManyRequests", f"Too many requests: {refusals[-1]}")

    return (Plugin(NAME, Stage.VALIDATE, 74, WRITES, admit, frozenset({"events"}), enabled=False),)
