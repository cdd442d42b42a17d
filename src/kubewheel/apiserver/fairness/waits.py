"""How long requests have waited, and the other metrics of priority and fairness, under upstream's names."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubewheel.apiserver.fairness.configuration import Configuration
    from kubewheel.apiserver.fairness.queues import Level

PREFIX = "apiserver_flowcontrol_"
BUCKETS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30)


class Waits:
    """Counts of waits by length."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._sums: defaultdict[tuple[str, str], float] = defaultdict(float)

    def observe(self, level: str, schema: str, seconds: float) -> None:
        """Count one wait."""
        place = next((index for index, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))
        self._counts[level, schema][place] += 1
        self._sums[level, schema] += seconds

    def lines(self) -> Iterator[str]:
        """Yield the lines of the histogram."""
        name = f"{PREFIX}request_wait_duration_seconds"
        yield f"# HELP {name} Time that requests have spent in queues."
        yield f"# TYPE {name} histogram"
        for (level, schema), counts in sorted(self._counts.items()):
            labels, running = f'priority_level="{level}",flow_schema="{schema}",execute="true"', 0
            for bound, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
                running += count
                yield f'{name}_bucket{{{labels},le="{bound}"}} {running}'
            yield f"{name}_sum{{{labels}}} {self._sums[level, schema]:.6f}"
            yield f"{name}_count{{{labels}}} {running}"


def lines(configuration: "Configuration", waits: Waits) -> Iterator[str]:
    """Yield all metrics of priority and fairness."""
    yield from _schema_lines(configuration)
    yield from _level_lines(configuration)
    yield from waits.lines()


def _schema_lines(configuration: "Configuration") -> Iterator[str]:
    yield f"# HELP {PREFIX}dispatched_requests_total Requests that were let in."
    yield f"# TYPE {PREFIX}dispatched_requests_total counter"
    for each in configuration.schemas:
        labels = f'flow_schema="{each.name}",priority_level="{each.level_name}"'
        yield f"{PREFIX}dispatched_requests_total{{{labels}}} {each.dispatched}"
    yield f"# HELP {PREFIX}rejected_requests_total Requests that were sent away, by reason."
    yield f"# TYPE {PREFIX}rejected_requests_total counter"
    for each in configuration.schemas:
        labels = f'flow_schema="{each.name}",priority_level="{each.level_name}"'
        has_queues = bool(configuration.levels[each.level_name].queue_count)
        full = "queue-full" if has_queues else "concurrency-limit"
        yield f'{PREFIX}rejected_requests_total{{{labels},reason="{full}"}} {each.rejected}'
        yield f'{PREFIX}rejected_requests_total{{{labels},reason="time-out"}} {each.timed_out}'


def _level_lines(configuration: "Configuration") -> Iterator[str]:
    values: tuple[tuple[str, str, Callable[[Level], int]], ...] = (
        ("nominal_limit_seats", "Seats that a level has by its share.", lambda level: level.limits.nominal),
        ("lower_limit_seats", "Seats that a level keeps for itself.", lambda level: level.limits.least),
        ("upper_limit_seats", "Seats that a level may have with those it borrows.", lambda level: level.limits.most),
        ("current_executing_requests", "Requests in the works.", lambda level: level.executing),
        ("current_executing_seats", "Seats of the requests in the works.", lambda level: level.in_use),
        ("current_inqueue_requests", "Requests that wait.", lambda level: level.waiting),
    )
    for name, about, value in values:
        yield f"# HELP {PREFIX}{name} {about}"
        yield f"# TYPE {PREFIX}{name} gauge"
        for level in configuration.all_levels():
            yield f'{PREFIX}{name}{{priority_level="{level.name}"}} {value(level)}'
