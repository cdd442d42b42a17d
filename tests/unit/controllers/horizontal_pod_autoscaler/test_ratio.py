"""How many replicas a metric wants."""

from typing import Any

import pytest

from kubewheel.controllers.horizontal_pod_autoscaler import ratio
from kubewheel.controllers.horizontal_pod_autoscaler.ratio import Groups, Question, Sample, Startup, Tolerances, Unknown
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object

NOW = 1_800_000_000.0


def pod(name: str, phase: str = "Running", *, ready: bool = True, age: float = 1000.0, since: float = 900.0,
        **metadata: Any) -> Object:
    return {
        "metadata": {"name": name, **metadata},
        "status": {
            "phase": phase, "startTime": rfc3339(NOW - age),
            "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": rfc3339(NOW - since)}],
        },
    }


def question(current: int, used: dict[str, int], groups: Groups, target: int = 100) -> Question:
    samples = {name: Sample(value, NOW) for name, value in used.items()}
    return Question(
        current, samples, groups, Tolerances(), ratio_of=lambda values: ratio.average(values) / target,
        high=lambda _: target)


@pytest.mark.parametrize(("current", "used", "groups", "wanted"), [
    (2, {"a": 200, "b": 200}, Groups(ready=2), 4),
    (2, {"a": 105, "b": 105}, Groups(ready=2), 2),  # within the tolerance
    (4, {"a": 25, "b": 25, "c": 25, "d": 25}, Groups(ready=4), 1),
    (10, dict.fromkeys("abcdefghij", 110), Groups(ready=10), 10),  # exactly at its edge
    (3, {"a": 300, "b": 300}, Groups(ready=2, missing={"c"}), 6),  # a missing one counts as idle when scaling up
    (3, {"a": 50, "b": 50}, Groups(ready=2, missing={"c"}), 2),  # and as on target when scaling down
    (3, {"a": 120, "b": 120}, Groups(ready=2, missing={"c"}), 3),  # which may turn the direction: no change
    (3, {"a": 400, "b": 400, "c": 900}, Groups(ready=2, unready={"c"}), 8),  # a starting one counts as idle
    (3, {"a": 50, "b": 50, "c": 900}, Groups(ready=2, unready={"c"}), 1),
    (2, {"a": 400, "gone": 900}, Groups(ready=1, ignored={"gone"}), 4),
])
def test_replicas(current: int, used: dict[str, int], groups: Groups, wanted: int) -> None:
    assert ratio.replicas(question(current, used, groups)) == wanted


def test_no_trusted_sample_is_unknown() -> None:
    with pytest.raises(Unknown, match="did not receive metrics"):
        ratio.replicas(question(1, {"a": 100}, Groups(unready={"a"})))


@pytest.mark.parametrize(("found", "resource", "group"), [
    (pod("a"), "cpu", "ready"),
    (pod("a", "Pending"), "cpu", "unready"),
    (pod("a", "Failed"), "cpu", "ignored"),
    (pod("a", deletionTimestamp=rfc3339(NOW)), "cpu", "ignored"),
    (pod("b"), "cpu", "missing"),
    (pod("a", age=100, since=80), "cpu", "ready"),
    (pod("a", age=100, since=10), "cpu", "unready"),  # its sample is of before it was ready
    (pod("a", age=100, since=80, ready=False), "cpu", "unready"),
    (pod("a", age=100, since=80, ready=False), "memory", "ready"),  # only CPU is high at a start
    (pod("a", age=1000, since=990, ready=False), "cpu", "unready"),  # never ready
    (pod("a", age=1000, since=100, ready=False), "cpu", "ready"),
])
def test_groups(found: Object, resource: str, group: str) -> None:
    samples = {"a": Sample(100, NOW, 60.0)}
    groups = ratio.group([found], samples, resource, NOW, Startup())
    counts = {"ready": groups.ready, "unready": len(groups.unready), "missing": len(groups.missing),
              "ignored": len(groups.ignored)}
    assert {name for name, count in counts.items() if count} == {group}


def test_utilization_is_of_what_was_asked_for() -> None:
    assert ratio.utilization({"a": 50, "b": 150}, {"a": 100, "b": 300, "c": 9}) == (50, 100)
    with pytest.raises(Unknown):
        ratio.utilization({"a": 50}, {})


def test_metrics_of_something_else() -> None:
    near = Tolerances()
    assert ratio.for_value(2, 2, 400, 100, near) == 8
    assert ratio.for_value(2, 2, 105, 100, near) == 2
    assert ratio.for_value(0, 0, 250, 100, near) == 3
    assert ratio.for_average(4, 1000, 100, near) == 10
    assert ratio.for_average(10, 1050, 100, near) == 10
