"""Failed pods: what the policy says, when they ended, how long to wait."""

from typing import Any

import pytest

from kubewheel.controllers.job import failures
from kubewheel.controllers.job.failures import Match, Streak

from .build import NOW, job, pod


@pytest.mark.parametrize(("phase", "deleting", "spec", "expected"), [
    pytest.param("Failed", False, {}, True, id="failed"),
    pytest.param("Running", False, {}, False, id="running"),
    pytest.param("Running", True, {}, True, id="going"),
    pytest.param("Succeeded", True, {}, False, id="succeeded-and-going"),
    pytest.param("Running", True, {"podReplacementPolicy": "Failed"}, False, id="going-but-waited-for"),
    pytest.param("Running", True, {"podFailurePolicy": {"rules": []}}, False, id="policy-needs-the-exit-code"),
])
def test_is_failed(phase: str, deleting: bool, spec: dict[str, Any], expected: bool) -> None:
    assert failures.is_failed(pod("p", phase, deleting=deleting), job(**spec)) is expected


def codes(action: str, operator: str, *values: int, container: str | None = None) -> dict[str, Any]:
    requirement: dict[str, Any] = {"operator": operator, "values": list(values)}
    if container is not None:
        requirement["containerName"] = container
    return {"action": action, "onExitCodes": requirement}


def condition(action: str, type: str) -> dict[str, Any]:
    return {"action": action, "onPodConditions": [{"type": type, "status": "True"}]}


@pytest.mark.parametrize(("rules", "failed", "expected"), [
    pytest.param([], pod("p", "Failed", code=1), Match(), id="no-rules"),
    pytest.param([codes("Ignore", "In", 1)], pod("p", "Failed", code=1), Match("Ignore"), id="in"),
    pytest.param([codes("Ignore", "In", 2)], pod("p", "Failed", code=1), Match(), id="not-in"),
    pytest.param([codes("Count", "NotIn", 2)], pod("p", "Failed", code=1), Match("Count"), id="other-code"),
    pytest.param([codes("Count", "NotIn", 2)], pod("p", "Failed", code=0), Match(), id="zero-never-matches"),
    pytest.param([codes("Ignore", "In", 1, container="d")], pod("p", "Failed", code=1), Match(), id="other-container"),
    pytest.param([condition("Ignore", "DisruptionTarget")], pod("p", "Failed", condition="DisruptionTarget"),
                 Match("Ignore"), id="condition"),
    pytest.param([condition("Count", "X"), codes("FailIndex", "In", 1)], pod("p", "Failed", code=1),
                 Match("FailIndex"), id="first-that-fits"),
    pytest.param([codes("FailJob", "In", 7)], pod("p", "Failed", code=7), Match(
        "FailJob", "Container c for pod default/p failed with exit code 7 matching FailJob rule at index 0"),
        id="fail-job-by-code"),
    pytest.param([condition("FailJob", "X")], pod("p", "Failed", condition="X"), Match(
        "FailJob", "Pod default/p has condition X matching FailJob rule at index 0"), id="fail-job-by-condition"),
])
def test_match(rules: list[Any], failed: Any, expected: Match) -> None:
    found = failures.match(job(podFailurePolicy={"rules": rules}), failed)
    assert found == expected
    assert found.counts == (expected.action != "Ignore")


@pytest.mark.parametrize(("length", "ago", "expected"), [
    pytest.param(0, 0, 0, id="no-failure"),
    pytest.param(1, 0, 10, id="first"),
    pytest.param(3, 5, 35, id="third"),
    pytest.param(7, 0, 360, id="bounded"),
    pytest.param(2, 60, 0, id="long-ago"),
])
def test_remaining(length: int, ago: float, expected: float) -> None:
    assert Streak(length, NOW - ago).remaining(NOW) == expected


@pytest.mark.parametrize(("succeeded", "failed", "expected"), [
    pytest.param([], [], Streak(2, NOW - 100), id="nothing-new"),
    pytest.param([], [50, 20], Streak(4, NOW - 20), id="more-failures"),
    pytest.param([30], [], Streak(), id="a-success"),
    pytest.param([30], [50, 20], Streak(1, NOW - 20), id="failures-after-the-success"),
])
def test_streak(succeeded: list[float], failed: list[float], expected: Streak) -> None:
    found = failures.continued(
        Streak(2, NOW - 100), [pod("s", "Succeeded", ended=ago) for ago in succeeded],
        [pod("f", "Failed", ended=ago) for ago in failed],
    )
    assert found == expected


def test_finished_at() -> None:
    assert failures.finished_at(pod("p", "Failed", ended=40)) == NOW - 40
    assert failures.finished_at(pod("p", "Running", deleting=True, ended=40)) == NOW - 40
    assert failures.finished_at(pod("p", "Running")) == NOW - 1000


@pytest.mark.parametrize(("rules", "before", "expected"), [
    pytest.param([], 1, False, id="below-the-limit"),
    pytest.param([], 2, True, id="at-the-limit"),
    pytest.param([codes("Ignore", "In", 1)], 2, False, id="ignored"),
    pytest.param([codes("FailIndex", "In", 1)], 0, True, id="fail-index"),
])
def test_is_index_failed(rules: list[Any], before: int, expected: bool) -> None:
    owner = job(backoffLimitPerIndex=2, podFailurePolicy={"rules": rules})
    assert failures.is_index_failed(owner, pod("p", "Failed", 0, code=1, failures=before)) is expected
