"""Metrics of webhooks, under upstream's names."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

DURATION = "apiserver_admission_webhook_admission_duration_seconds"
REJECTIONS = "apiserver_admission_webhook_rejection_count"
FAIL_OPEN = "apiserver_admission_webhook_fail_open_count"
REQUESTS = "apiserver_admission_webhook_request_total"
EXCLUSIONS = "apiserver_admission_match_condition_exclusions_total"
CONDITION_ERRORS = "apiserver_admission_match_condition_evaluation_errors_total"
BUCKETS = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10.0, 25.0)


@dataclass(frozen=True, slots=True)
class Call:
    """What is counted: of which webhook, in which stage (admit or validating), for which operation."""

    name: str
    type: str
    operation: str

    @property
    def labels(self) -> str:
        """The labels in the text format, as far as they go."""
        return f'name="{self.name}",operation="{self.operation}",type="{self.type}"'


@dataclass(slots=True)
class _Durations:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0


class WebhookMetrics:
    """Counts calls by what came of them."""

    def __init__(self) -> None:
        self._durations: defaultdict[tuple[Call, bool], _Durations] = defaultdict(_Durations)
        self._requests: defaultdict[tuple[Call, bool, int], int] = defaultdict(int)
        self._rejections: defaultdict[tuple[Call, str, int], int] = defaultdict(int)
        self._fail_open: defaultdict[Call, int] = defaultdict(int)
        self._exclusions: defaultdict[Call, int] = defaultdict(int)
        self._condition_errors: defaultdict[Call, int] = defaultdict(int)

    def observe(self, call: Call, seconds: float, *, rejected: bool, code: int) -> None:
        """Count a call that took so long."""
        durations = self._durations[call, rejected]
        durations.total += seconds
        durations.counts[sum(seconds > bound for bound in BUCKETS)] += 1
        self._requests[call, rejected, code] += 1

    def reject(self, call: Call, error_type: str, code: int) -> None:
        """Count a request that does not go on."""
        self._rejections[call, error_type, min(code, 600)] += 1

    def fail_open(self, call: Call) -> None:
        """Count a request that goes on although the webhook did not answer."""
        self._fail_open[call] += 1

    def exclude(self, call: Call) -> None:
        """Count a request that match conditions keep from a webhook."""
        self._exclusions[call] += 1

    def fail_condition(self, call: Call) -> None:
        """Count a match condition that came to no result."""
        self._condition_errors[call] += 1

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text format."""
        if not (self._requests or self._exclusions or self._condition_errors):
            return
        yield from self._duration_lines()
        yield from _counter(REQUESTS, "Webhook requests by outcome.", {
            f'{call.labels},code="{code}",rejected="{str(rejected).lower()}"': count
            for (call, rejected, code), count in self._requests.items()
        })
        yield from _counter(REJECTIONS, "Requests that webhooks kept from going on.", {
            f'{call.labels},error_type="{kind}",rejection_code="{code}"': count
            for (call, kind, code), count in self._rejections.items()
        })
        yield from _counter(FAIL_OPEN, "Requests that went on although a webhook did not answer.", {
            f'name="{call.name}",type="{call.type}"': count for call, count in self._fail_open.items()
        })
        yield from _counter(EXCLUSIONS, "Requests that match conditions kept from a webhook.", {
            f'{call.labels},kind="webhook"': count for call, count in self._exclusions.items()
        })
        yield from _counter(CONDITION_ERRORS, "Match conditions that came to no result.", {
            f'{call.labels},kind="webhook"': count for call, count in self._condition_errors.items()
        })

    def _duration_lines(self) -> Iterator[str]:
        yield f"# HELP {DURATION} Time that webhooks took, by outcome."
        yield f"# TYPE {DURATION} histogram"
        for (call, rejected), durations in self._durations.items():
            labels, running = f'{call.labels},rejected="{str(rejected).lower()}"', 0
            for bound, count in zip((*BUCKETS, "+Inf"), durations.counts, strict=True):
                running += count
                yield f'{DURATION}_bucket{{{labels},le="{bound}"}} {running}'
            yield f"{DURATION}_sum{{{labels}}} {durations.total:.6f}"
            yield f"{DURATION}_count{{{labels}}} {running}"


def _counter(name: str, help_text: str, values: dict[str, int]) -> Iterator[str]:
    if values:
        yield f"# HELP {name} {help_text}"
        yield f"# TYPE {name} counter"
        yield from (f"{name}{{{labels}}} {count}" for labels, count in values.items())
