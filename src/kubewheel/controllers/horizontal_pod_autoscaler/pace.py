"""How fast the number of replicas may change: stabilization windows and policies. Pure but for its memory."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubewheel.libs.wire import Object

DOWN_WINDOW_SECONDS = 300.0  # for autoscalers that say nothing of it
LEAST_SCALE_UP, SCALE_UP_FACTOR = 4, 2
LONGEST_PERIOD_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Fewest and most replicas."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Limited:
    """A number of replicas within limits; `reason` names the limit that was met, "DesiredWithinRange" for none."""

    replicas: int
    reason: str
    message: str


@dataclass(slots=True)
class Memory:
    """What was recommended and done of late: (time, replicas), and (time, change)."""

    recommendations: list[tuple[float, int]] = field(default_factory=list)
    ups: list[tuple[float, int]] = field(default_factory=list)
    downs: list[tuple[float, int]] = field(default_factory=list)

    def note_change(self, now: float, before: int, after: int) -> None:
        """Remember a change of the number of replicas."""
        events = self.ups if after > before else self.downs
        events[:] = [event for event in events if event[0] > now - LONGEST_PERIOD_SECONDS]
        events.append((now, abs(after - before)))


def stabilize(
    memory: Memory, current: int, wanted: int, behavior: Object | None, now: float
) -> tuple[int, str, str]:
    """Return the recommendation that recent ones allow, with reason and message for the condition AbleToScale."""
    up, down = _windows(behavior)
    lowest = min([wanted, *(size for time, size in memory.recommendations if time > now - up)])
    highest = max([wanted, *(size for time, size in memory.recommendations if time > now - down)])
    kept = now - max(up, down)
    memory.recommendations = [each for each in memory.recommendations if each[0] > kept]
    memory.recommendations.append((now, wanted))
    result = highest if behavior is None else min(max(current, lowest), highest)
    if result == wanted:
        return result, "ReadyForNewScale", "recommended size matches current size"
    if behavior is not None and wanted >= current:
        return result, "ScaleUpStabilized", (
            "recent recommendations were lower than current one, applying the lowest recent recommendation")
    return result, "ScaleDownStabilized", (
        "recent recommendations were higher than current one, applying the highest recent recommendation")


def _windows(behavior: Object | None) -> tuple[float, float]:
    if behavior is None:
        return 0.0, DOWN_WINDOW_SECONDS
    up = (behavior.get("scaleUp") or {}).get("stabilizationWindowSeconds")
    down = (behavior.get("scaleDown") or {}).get("stabilizationWindowSeconds")
    return up or 0.0, DOWN_WINDOW_SECONDS if down is None else down


def limit(memory: Memory, current: int, wanted: int, bounds: Bounds, behavior: Object | None, now: float) -> Limited:
    """Return how far towards `wanted` the bounds and the policies let the workload go now."""
    if behavior is None:
        return _without_rules(current, wanted, bounds)
    if wanted > current:
        fastest = max(current, up_limit(memory, current, behavior["scaleUp"], now))
        if wanted > min(bounds.most, fastest):
            return _too_fast_up(fastest) if bounds.most > fastest else _too_many(bounds)
    elif wanted < current:
        fastest = min(current, down_limit(memory, current, behavior["scaleDown"], now))
        if wanted < max(bounds.least, fastest):
            if bounds.least >= fastest:
                return _too_few(bounds)
            text = "the desired replica count is decreasing faster than the maximum scale rate"
            return Limited(fastest, "ScaleDownLimit", text)
    return Limited(wanted, "DesiredWithinRange", "the desired count is within the acceptable range")


def _without_rules(current: int, wanted: int, bounds: Bounds) -> Limited:
    fastest = max(SCALE_UP_FACTOR * current, LEAST_SCALE_UP)
    if wanted < bounds.least:
        return _too_few(bounds)
    if wanted > min(bounds.most, fastest):
        return _too_fast_up(fastest) if bounds.most > fastest else _too_many(bounds)
    return Limited(wanted, "DesiredWithinRange", "the desired count is within the acceptable range")


def _too_few(bounds: Bounds) -> Limited:
    return Limited(bounds.least, "TooFewReplicas", "the desired replica count is less than the minimum replica count")


def _too_many(bounds: Bounds) -> Limited:
    return Limited(bounds.most, "TooManyReplicas", "the desired replica count is more than the maximum replica count")


def _too_fast_up(fastest: int) -> Limited:
    text = "the desired replica count is increasing faster than the maximum scale rate"
    return Limited(fastest, "ScaleUpLimit", text)


def up_limit(memory: Memory, current: int, rules: Mapping[str, Any], now: float) -> int:
    """Return the most replicas that the policies for scaling up allow."""
    if rules.get("selectPolicy") == "Disabled":
        return current
    found = []
    for policy in rules.get("policies") or ():
        began = current - _recent(memory.ups, policy, now) + _recent(memory.downs, policy, now)
        value: int = policy["value"]
        if policy["type"] == "Pods":
            found.append(began + value)
        else:
            found.append(math.ceil(began * (100 + value) / 100))
    return _chosen(found, current, is_least=rules.get("selectPolicy") == "Min")


def down_limit(memory: Memory, current: int, rules: Mapping[str, Any], now: float) -> int:
    """Return the fewest replicas that the policies for scaling down allow."""
    if rules.get("selectPolicy") == "Disabled":
        return current
    found = []
    for policy in rules.get("policies") or ():
        began = current + _recent(memory.downs, policy, now) - _recent(memory.ups, policy, now)
        value: int = policy["value"]
        if policy["type"] == "Pods":
            found.append(began - value)
        else:
            found.append(began * (100 - value) // 100)
    # The policy that allows the smallest change is here the one with the greatest number.
    return _chosen(found, current, is_least=rules.get("selectPolicy") != "Min")


def _chosen(found: Sequence[int], current: int, *, is_least: bool) -> int:
    if not found:
        return current
    return min(found) if is_least else max(found)


def _recent(events: Sequence[tuple[float, int]], policy: Mapping[str, Any], now: float) -> int:
    return sum(change for time, change in events if time > now - policy["periodSeconds"])
