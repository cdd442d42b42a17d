"""How fast the number of replicas may change."""

from typing import Any

import pytest

from kubewheel.controllers.horizontal_pod_autoscaler import pace
from kubewheel.controllers.horizontal_pod_autoscaler.pace import Bounds, Memory

NOW = 1000.0
PODS_2 = {"type": "Pods", "value": 2, "periodSeconds": 60}
HALF = {"type": "Percent", "value": 50, "periodSeconds": 60}


def rules(*policies: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"policies": list(policies), "selectPolicy": "Max", **more}


def both(up: dict[str, Any], down: dict[str, Any]) -> dict[str, Any]:
    return {"scaleUp": up, "scaleDown": down}


@pytest.mark.parametrize(("current", "wanted", "replicas", "reason"), [
    (3, 5, 5, "DesiredWithinRange"), (3, 9, 6, "ScaleUpLimit"), (1, 9, 4, "ScaleUpLimit"),
    (8, 20, 10, "TooManyReplicas"), (5, 1, 2, "TooFewReplicas"),
])
def test_without_rules(current: int, wanted: int, replicas: int, reason: str) -> None:
    found = pace.limit(Memory(), current, wanted, Bounds(2, 10), None, NOW)
    assert (found.replicas, found.reason) == (replicas, reason)


@pytest.mark.parametrize(("chosen", "current", "wanted", "replicas"), [
    (rules(PODS_2, HALF), 10, 99, 15), (rules(PODS_2, HALF, selectPolicy="Min"), 10, 99, 12),
    (rules(PODS_2, HALF, selectPolicy="Disabled"), 10, 99, 10), (rules(PODS_2, HALF), 2, 99, 4),
    (rules(PODS_2, HALF), 10, 1, 5), (rules(PODS_2, HALF, selectPolicy="Min"), 10, 1, 8),
    (rules(PODS_2, HALF, selectPolicy="Disabled"), 10, 1, 10), (rules(PODS_2, HALF), 3, 1, 1),
])
def test_policies(chosen: dict[str, Any], current: int, wanted: int, replicas: int) -> None:
    found = pace.limit(Memory(), current, wanted, Bounds(1, 50), both(chosen, chosen), NOW)
    assert found.replicas == replicas


def test_what_was_done_in_the_period_counts() -> None:
    memory = Memory()
    memory.note_change(NOW - 61, 4, 6)
    memory.note_change(NOW - 30, 6, 8)
    assert pace.up_limit(memory, 8, rules(PODS_2), NOW) == 8
    assert pace.up_limit(memory, 8, rules(PODS_2), NOW + 31) == 10
    memory.note_change(NOW, 8, 7)
    assert pace.down_limit(memory, 7, rules(PODS_2), NOW) == 4


def test_the_highest_of_the_window_holds_a_scale_down_back() -> None:
    memory = Memory()
    assert pace.stabilize(memory, 8, 8, None, 0.0)[:2] == (8, "ReadyForNewScale")
    assert pace.stabilize(memory, 8, 2, None, 200.0)[:2] == (8, "ScaleDownStabilized")
    assert pace.stabilize(memory, 8, 3, None, 250.0)[:2] == (8, "ScaleDownStabilized")
    assert pace.stabilize(memory, 8, 2, None, 301.0)[:2] == (3, "ScaleDownStabilized")
    assert pace.stabilize(memory, 3, 2, None, 560.0)[:2] == (2, "ReadyForNewScale")


def test_the_lowest_of_the_window_holds_a_scale_up_back() -> None:
    behavior = both({"stabilizationWindowSeconds": 60}, {"stabilizationWindowSeconds": 0})
    memory = Memory()
    assert pace.stabilize(memory, 2, 2, behavior, 0.0)[0] == 2
    assert pace.stabilize(memory, 2, 6, behavior, 30.0)[:2] == (2, "ScaleUpStabilized")
    assert pace.stabilize(memory, 2, 6, behavior, 61.0)[0] == 6
    assert pace.stabilize(memory, 6, 1, behavior, 62.0)[0] == 1
