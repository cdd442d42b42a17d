"""Outcomes of pods are counted exactly once."""

from typing import Any

import pytest

from kubewheel.controllers.job import tally, tracking, verdict
from kubewheel.controllers.job.failures import Streak
from kubewheel.controllers.job.verdict import Verdict

from .build import NOW, job, pod

INDEXED = {"completionMode": "Indexed", "completions": 4, "parallelism": 4}


def plan(owner: Any, pods: list[Any], found: Verdict | None = None) -> tuple[dict[str, Any], list[str]]:
    taken = tally.take(owner, pods, Streak(), NOW)
    made = tracking.plan_tracking(taken, found, owner["status"])
    return made.status, [each["metadata"]["name"] for each in made.release]


@pytest.mark.parametrize(("pods", "noted", "released"), [
    pytest.param([pod("a")], {}, [], id="running"),
    pytest.param([pod("a", "Succeeded")], {"succeeded": ["a"]}, ["a"], id="succeeded"),
    pytest.param([pod("a", "Failed")], {"failed": ["a"]}, ["a"], id="failed"),
    pytest.param([pod("a", deleting=True)], {"failed": ["a"]}, ["a"], id="going"),
    pytest.param([pod("a", "Succeeded", tracked=False)], {}, [], id="counted-before"),
])
def test_notes(pods: list[Any], noted: dict[str, Any], released: list[str]) -> None:
    status, found = plan(job(completions=2), pods)
    assert (status["uncountedTerminatedPods"], found) == (noted, released)


def test_noted_pods_are_noted_once_and_counted_when_let_go() -> None:
    status = {"failed": 1, "uncountedTerminatedPods": {"failed": ["a", "b"], "succeeded": ["gone"]}}
    found, released = plan(job(status, completions=9), [pod("a", "Failed"), pod("b", "Failed", tracked=False)])
    assert found == {"failed": 2, "succeeded": 1, "uncountedTerminatedPods": {"failed": ["a"]}}
    assert released == ["a"]
    assert tracking.count_released(found, set()) == {"failed": 3, "succeeded": 1, "uncountedTerminatedPods": {}}


def test_indexes_need_no_notes() -> None:
    owner = job({"completedIndexes": "0"}, **INDEXED)
    status, released = plan(owner, [pod("b", "Succeeded", 2), pod("a", "Succeeded", 0)])
    assert status == {"completedIndexes": "0,2", "succeeded": 2, "uncountedTerminatedPods": {}}
    assert released == ["a", "b"]


def test_last_pod_of_an_index_stays_until_it_is_replaced() -> None:
    owner = job(backoffLimitPerIndex=1, **INDEXED)
    failed = pod("a", "Failed", 1, failures=0)
    assert plan(owner, [failed])[1] == []
    status, released = plan(owner, [failed, pod("b", index=1, failures=1)])
    assert (status["uncountedTerminatedPods"], released) == ({"failed": ["a"]}, ["a"])
    status, released = plan(owner, [pod("c", "Failed", 1, failures=1)])
    assert (status["failedIndexes"], released) == ("1", ["c"])


@pytest.mark.parametrize(("found", "noted"), [
    pytest.param(verdict.BACKOFF, {"failed": ["a", "b"]}, id="failure"),
    pytest.param(verdict.COMPLETIONS, {"failed": ["b"]}, id="success"),
])
def test_all_pods_go_with_the_job(found: Verdict, noted: dict[str, Any]) -> None:
    status, released = plan(job(completions=1), [pod("a", deleting=True), pod("b", "Failed")], found)
    assert (status["uncountedTerminatedPods"], released) == (noted, ["a", "b"])
    assert [each["type"] for each in status["conditions"]] == [found.type]


def test_number_of_notes_is_bounded() -> None:
    taken = tally.take(job(completions=900), [pod(f"p{n}", "Succeeded") for n in range(600)], Streak(), NOW)
    made = tracking.plan_tracking(taken, None, {})
    assert made.is_full
    assert len(made.release) == len(made.status["uncountedTerminatedPods"]["succeeded"]) == 500


@pytest.mark.parametrize(("status", "ends"), [
    pytest.param({}, True, id="all-counted"),
    pytest.param({"uncountedTerminatedPods": {"failed": ["a"]}}, False, id="uncounted"),
    pytest.param({"terminating": 1}, False, id="going"),
])
def test_end(status: dict[str, Any], ends: bool) -> None:
    found = tracking.plan_end(status, verdict.COMPLETIONS, NOW)
    assert (found is not None) is ends
    if found is not None:
        assert found["completionTime"] == "2026-01-01T01:00:00Z"
        assert [each["type"] for each in found["conditions"]] == ["Complete"]
    failed = tracking.plan_end({}, verdict.DEADLINE, NOW)
    assert failed is not None
    assert "completionTime" not in failed
