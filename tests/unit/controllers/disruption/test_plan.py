"""The status of a budget."""

from typing import Any

import pytest

from kubewheel.controllers.disruption import plan
from kubewheel.controllers.disruption.plan import Expectation
from kubewheel.libs.clock import parse_rfc3339, rfc3339

NOW = parse_rfc3339("2026-01-01T01:00:00Z")


def budget(status: dict[str, Any] | None = None, **spec: Any) -> Any:
    return {"metadata": {"name": "b", "generation": 2}, "spec": spec, "status": status or {}}


def pod(name: str, *, ready: bool = True, **metadata: Any) -> Any:
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {"metadata": {"name": name, **metadata}, "status": {"conditions": [condition]}}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"minAvailable": 3}, Expectation(4, 3), id="number"),
    pytest.param({"minAvailable": "50%"}, Expectation(7, 4), id="share-rounded-up"),
    pytest.param({"maxUnavailable": 2}, Expectation(7, 5), id="at-most"),
    pytest.param({"maxUnavailable": "30%"}, Expectation(7, 4), id="share-at-most-rounded-up"),
    pytest.param({"maxUnavailable": 9}, Expectation(7, 0), id="all"),
    pytest.param({}, Expectation(0, 0), id="nothing-said"),
])
def test_expectation(spec: dict[str, Any], expected: Expectation) -> None:
    assert plan.plan_expectation(budget(**spec), 4, 7) == expected


def test_only_some_budgets_need_to_know_sizes() -> None:
    assert not plan.needs_scale(budget(minAvailable=3))
    assert plan.needs_scale(budget(minAvailable="3%"))
    assert plan.needs_scale(budget(maxUnavailable=0))


@pytest.mark.parametrize(("expected", "healthy", "allowed"), [
    pytest.param(Expectation(4, 3), 4, 1, id="one"),
    pytest.param(Expectation(4, 3), 2, 0, id="too-few"),
    pytest.param(Expectation(0, 0), 3, 0, id="none-expected"),
])
def test_allowed(expected: Expectation, healthy: int, allowed: int) -> None:
    status = plan.plan_status(budget(), expected, healthy, {}, NOW)
    assert status["disruptionsAllowed"] == allowed
    assert status["observedGeneration"] == 2
    assert status["conditions"][0]["reason"] == ("SufficientPods" if allowed else "InsufficientPods")
    assert "disruptedPods" not in status


def test_failure_allows_nothing() -> None:
    found = plan.plan_failure(budget({"disruptionsAllowed": 3, "currentHealthy": 5}), "no scale", NOW)
    assert (found["disruptionsAllowed"], found["currentHealthy"]) == (0, 5)
    assert (found["conditions"][0]["reason"], found["conditions"][0]["message"]) == ("SyncFailed", "no scale")


def test_evictions_are_waited_for() -> None:
    early, late = rfc3339(NOW - 121), rfc3339(NOW - 20)
    pods = [pod("a"), pod("b"), pod("c", deletionTimestamp=late), pod("d"), pod("e", ready=False)]
    noted = budget({"disruptedPods": {"a": early, "b": late, "c": late, "gone": late}})
    kept, spared = plan.still_disrupted(noted, pods, NOW)
    assert kept == {"b": late}
    assert [each["metadata"]["name"] for each in spared] == ["a"]
    assert plan.count_healthy(pods, kept) == 2
    assert plan.seconds_to_recheck(kept, NOW) == 101
    assert plan.seconds_to_recheck({}, NOW) is None
