"""Metrics of requests, in Prometheus' text format, under upstream's names."""

import time
from collections import defaultdict
from collections.abc import Iterator

from kubewheel.api.errors import StatusError
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.apiserver.request_info import RequestInfo
from kubewheel.libs.wire import Response

REQUESTS = "apiserver_request_total"
DURATION = "apiserver_request_duration_seconds"
INFLIGHT = "apiserver_current_inflight_requests"
BUCKETS = (0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60)

VERBS = {"create": "POST", "update": "PUT"}  # Upstream's labels name writes by method.
NAMES = ("verb", "group", "version", "resource", "subresource", "scope", "dry_run")
Labels = tuple[str, str, str, str, str, str, str]  # As NAMES has them.
OTHERS: Labels = ("OTHER", "", "", "", "", "", "")
MOST_SERIES = 10_000  # Clients may ask for anything, and what they ask for is a label.


class Histogram:
    """Counts of durations by bucket."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.total += seconds
        place = 0
        while place < len(BUCKETS) and seconds > BUCKETS[place]:
            place += 1
        self.counts[place] += 1


class Metrics:
    """Counts requests by what they asked for and what came of them."""

    def __init__(self) -> None:
        self._requests: defaultdict[tuple[Labels, int], int] = defaultdict(int)
        self._durations: defaultdict[Labels, Histogram] = defaultdict(Histogram)

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Pass the request on and count it."""
        begun, status = time.perf_counter(), 500
        try:
            response = await handle(exchange)
            status = response.status
            return response
        except StatusError as error:
            status = error.code
            raise
        finally:
            info = exchange.info
            verb = VERBS.get(info.verb) or info.verb.upper()
            dry_run = "All" if exchange.request.query and exchange.request.parameter("dryRun") == "All" else ""
            labels = (verb, info.group, info.version, info.resource, info.subresource, _scope(info), dry_run)
            if len(self._requests) >= MOST_SERIES and (labels, status) not in self._requests:
                labels = OTHERS
            self._requests[labels, status] += 1
            if not info.is_long_running:
                self._durations[labels].observe(time.perf_counter() - begun)

    @property
    def answered(self) -> set[tuple[str, str, str, str]]:
        """Group, version, resource and subresource of all requests that found what they asked for."""
        return {labels[1:5] for labels, status in self._requests if status not in (404, 405)}

    def lines(self, reads: int, writes: int) -> Iterator[str]:
        """Yield the lines of the text format."""
        yield f"# HELP {REQUESTS} Requests by verb, resource and HTTP status."
        yield f"# TYPE {REQUESTS} counter"
        for (labels, status), count in sorted(self._requests.items()):
            yield f'{REQUESTS}{{{_shown(labels)},component="apiserver",code="{status}"}} {count}'
        yield f"# HELP {DURATION} Time until the answer was ready, by verb and resource."
        yield f"# TYPE {DURATION} histogram"
        for labels, histogram in sorted(self._durations.items(), key=lambda each: each[0]):
            yield from _histogram_lines(labels, histogram)
        yield f"# HELP {INFLIGHT} Requests that are being answered."
        yield f"# TYPE {INFLIGHT} gauge"
        yield f'{INFLIGHT}{{request_kind="readOnly"}} {reads}'
        yield f'{INFLIGHT}{{request_kind="mutating"}} {writes}'


def _histogram_lines(labels: Labels, histogram: Histogram) -> Iterator[str]:
    shown, running = _shown(labels), 0
    for bound, count in zip((*BUCKETS, "+Inf"), histogram.counts, strict=True):
        running += count
        yield f'{DURATION}_bucket{{{shown},le="{bound}"}} {running}'
    yield f"{DURATION}_sum{{{shown}}} {histogram.total:.6f}"
    yield f"{DURATION}_count{{{shown}}} {running}"


def _shown(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(NAMES, labels, strict=True))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _scope(info: RequestInfo) -> str:
    """Return how much a request is about: one object, a namespace, or the whole cluster."""
    if not info.is_resource:
        return ""
    if info.name or info.verb == "create":
        return "resource"
    return "namespace" if info.namespace else "cluster"
