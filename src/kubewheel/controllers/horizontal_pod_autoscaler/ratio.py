"""How many replicas bring a metric to its target. Pure.

Amounts are in thousandths, as the metrics APIs' quantities are read. Pods that are starting count as idle when that
keeps from scaling up; pods without a metric count as whatever keeps from a change.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kubewheel.api import conditions, pods
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object

CPU = "cpu"


class Unknown(Exception):
    """The number of replicas cannot be worked out; the text says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one pod uses, in thousandths: measured at `taken`, over `window` seconds."""

    value: int
    taken: float
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Shares of the target by which a metric may be off without any change."""

    down: float = 0.1
    up: float = 0.1

    def holds(self, ratio: float) -> bool:
        """Return whether `ratio` of usage to target is close enough to one."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


@dataclass(frozen=True, slots=True)
class Startup:
    """For how many seconds a new pod's CPU is not trusted, and after how many its first unreadiness counts."""

    cpu_seconds: float = 300.0
    readiness_seconds: float = 30.0


@dataclass(slots=True)
class Groups:
    """Pods by what their metric is worth."""

    ready: int = 0
    unready: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)


def group(
    found: Sequence[Object], samples: Mapping[str, Sample], resource: str, now: float, startup: Startup
) -> Groups:
    """Sort the pods of a target."""
    groups = Groups()
    for pod in found:
        name = pod["metadata"]["name"]
        phase = pods.phase(pod)
        if pods.is_deleting(pod) or phase == "Failed":
            groups.ignored.add(name)
        elif phase == "Pending":
            groups.unready.add(name)
        elif name not in samples:
            groups.missing.add(name)
        elif resource == CPU and _is_starting(pod, samples[name], now, startup):
            groups.unready.add(name)
        else:
            groups.ready += 1
    return groups


def _is_starting(pod: Object, sample: Sample, now: float, startup: Startup) -> bool:
    ready, began = conditions.find(pod, "Ready"), (pod.get("status") or {}).get("startTime")
    if ready is None or not began:
        return True
    start, changed = parse_rfc3339(began), parse_rfc3339(ready["lastTransitionTime"])
    is_unready = ready.get("status") == "False"
    if start + startup.cpu_seconds > now:
        return is_unready or sample.taken < changed + sample.window
    # Never ready since it started: its readings are those of a start.
    return is_unready and start + startup.readiness_seconds > changed


# A pod's share of the metric when it has none: by its name, what it may use, in thousandths.
Assumed = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Question:
    """What one metric of pods says, and how to complete it."""

    current: int
    samples: Mapping[str, Sample]
    groups: Groups
    tolerances: Tolerances
    ratio_of: Callable[[Mapping[str, int]], float]
    high: Assumed  # stands for a missing sample when the rest wants fewer replicas


def replicas(question: Question) -> int:
    """Return how many replicas a metric of pods wants."""
    groups, current = question.groups, question.current
    untrusted = groups.ignored | groups.unready
    values = {name: sample.value for name, sample in question.samples.items() if name not in untrusted}
    if not values:
        raise Unknown("did not receive metrics for targeted pods (pods might be unready)")
    ratio = question.ratio_of(values)
    counts_unready = bool(groups.unready) and ratio > 1.0
    if not counts_unready and not groups.missing:
        return current if question.tolerances.holds(ratio) else _times(ratio, groups.ready)
    for name in groups.missing:
        if ratio < 1.0:
            values[name] = question.high(name)
        elif ratio > 1.0:
            values[name] = 0
    if counts_unready:
        values |= dict.fromkeys(groups.unready, 0)
    again = question.ratio_of(values)
    wanted = _times(again, len(values))
    has_turned = (ratio < 1.0 < again) or (again < 1.0 < ratio)
    if question.tolerances.holds(again) or has_turned or (wanted > current if again < 1.0 else wanted < current):
        return current
    return wanted


def _times(ratio: float, count: int) -> int:
    # Binary fractions make 1.1 * 10 a little more than 11.
    return math.ceil(round(ratio * count, 9))


def utilization(values: Mapping[str, int], requests: Mapping[str, int]) -> tuple[int, int]:
    """Return what pods use in percent of their requests, and in thousandths on average."""
    asked = sum(requests[name] for name in values if name in requests)
    used = sum(value for name, value in values.items() if name in requests)
    if not asked:
        raise Unknown("no metrics returned matched known pods")
    return used * 100 // asked, used // len(values)


def average(values: Mapping[str, int]) -> int:
    """Return the mean in thousandths."""
    return sum(values.values()) // len(values)


def for_value(current: int, ready: int, usage: int, target: int, tolerances: Tolerances) -> int:
    """Return how many replicas bring a metric of something else to its target value."""
    ratio = usage / target
    if not current:
        return math.ceil(round(ratio, 9))
    return current if tolerances.holds(ratio) else _times(ratio, ready)


def for_average(current: int, usage: int, target: int, tolerances: Tolerances) -> int:
    """Return how many replicas bring the share of each in a metric of something else to its target."""
    if current and tolerances.holds(usage / (target * current)):
        return current
    return -(-usage // target)


def ready_count(found: Collection[Object]) -> int:
    """Return how many pods run and are ready."""
    return sum(pods.phase(pod) == "Running" and conditions.is_true(pod, "Ready") for pod in found)
