"""Metrics of admission policies, under upstream's names."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubewheel.api.expressions import CostExceeded, OutOfBudget

VALIDATING, MUTATING = "apiserver_validating_admission_policy", "apiserver_mutating_admission_policy"
HELP = {VALIDATING: "Checks of validations, by what came of them.", MUTATING: "Mutations, by what came of them."}
BUCKETS = (5e-07, 0.001, 0.01, 0.1, 1.0)
NO_ERROR, INVALID, OUT_OF_BUDGET = "no_error", "invalid_error", "out_of_budget"


def error_type(error: Exception) -> str:
    """Return what metrics call the reason why an expression came to no value."""
    cause = error if isinstance(error, OutOfBudget | CostExceeded) else error.__cause__
    return OUT_OF_BUDGET if isinstance(cause, OutOfBudget | CostExceeded) else INVALID


@dataclass(frozen=True, slots=True)
class Check:
    """What is counted: of which policy and binding, with which error; of validations also what followed."""

    name: str
    policy: str
    binding: str
    error: str = NO_ERROR
    action: str = ""

    @property
    def labels(self) -> str:
        """The labels in the text format."""
        action = f'enforcement_action="{self.action}",' if self.action else ""
        return f'{action}error_type="{self.error}",policy="{self.policy}",policy_binding="{self.binding}"'


@dataclass(slots=True)
class _Durations:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0


class PolicyMetrics:
    """Counts checks by what came of them."""

    def __init__(self) -> None:
        self._durations: defaultdict[Check, _Durations] = defaultdict(_Durations)

    def observe(self, check: Check, seconds: float) -> None:
        """Count a check that took so long."""
        durations = self._durations[check]
        durations.total += seconds
        durations.counts[sum(seconds > bound for bound in BUCKETS)] += 1

    def lines(self) -> Iterator[str]:
        """Yield the lines of the text format."""
        for name in (VALIDATING, MUTATING):
            counted = {check: found for check, found in self._durations.items() if check.name == name}
            if counted:
                yield from _lines(name, counted)


def _lines(name: str, counted: dict[Check, _Durations]) -> Iterator[str]:
    yield f"# HELP {name}_check_total {HELP[name]}"
    yield f"# TYPE {name}_check_total counter"
    for check, durations in counted.items():
        yield f"{name}_check_total{{{check.labels}}} {sum(durations.counts)}"
    yield f"# HELP {name}_check_duration_seconds How long they took."
    yield f"# TYPE {name}_check_duration_seconds histogram"
    for check, durations in counted.items():
        running = 0
        for bound, count in zip((*BUCKETS, "+Inf"), durations.counts, strict=True):
            running += count
            yield f'{name}_check_duration_seconds_bucket{{{check.labels},le="{bound}"}} {running}'
        yield f"{name}_check_duration_seconds_sum{{{check.labels}}} {durations.total:.6f}"
        yield f"{name}_check_duration_seconds_count{{{check.labels}}} {running}"
