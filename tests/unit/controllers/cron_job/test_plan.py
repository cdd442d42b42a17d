"""Starts, history and status."""

from typing import Any

import pytest

from kubewheel.controllers.cron_job import plan
from kubewheel.libs.clock import parse_rfc3339, rfc3339

NOW = parse_rfc3339("2026-01-01T10:00:30Z")
DUE = parse_rfc3339("2026-01-01T10:00:00Z")


def job(name: str, condition: str = "", started: str = "", ended: str = "", **metadata: Any) -> Any:
    status: dict[str, Any] = {"conditions": [{"type": condition, "status": "True"}]} if condition else {}
    if started:
        status["startTime"] = started
    if ended:
        status["completionTime"] = ended
    return {
        "metadata": {"name": name, "namespace": "default", "uid": name, "resourceVersion": "7", **metadata},
        "status": status,
    }


def cron_job(active: list[str] | None = None, last: float | None = None, **spec: Any) -> Any:
    status: dict[str, Any] = {"active": [plan.reference(job(name)) for name in active]} if active else {}
    if last is not None:
        status["lastScheduleTime"] = rfc3339(last)
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"template": {}}}
    return {
        "apiVersion": "batch/v1", "kind": "CronJob", "status": status,
        "metadata": {"name": "tick", "namespace": "default", "uid": "cron"},
        "spec": {"schedule": "* * * * *", "concurrencyPolicy": "Allow", "jobTemplate": template, **spec},
    }


@pytest.mark.parametrize(("owner", "wanted", "replaced", "reason"), [
    pytest.param(cron_job(), True, [], None, id="first"),
    pytest.param(cron_job(["a"], last=DUE - 60), True, [], None, id="allowed"),
    pytest.param(cron_job(["a"], last=DUE), False, [], None, id="done"),
    pytest.param(cron_job([plan.job_name(cron_job(), DUE)]), False, [], None, id="noted-by-name"),
    pytest.param(cron_job(["a"], concurrencyPolicy="Forbid"), False, [], "JobAlreadyActive", id="forbidden"),
    pytest.param(cron_job(concurrencyPolicy="Forbid"), True, [], None, id="nothing-to-forbid"),
    pytest.param(cron_job(["a"], concurrencyPolicy="Replace"), True, ["a"], None, id="replaced"),
    pytest.param(cron_job(startingDeadlineSeconds=20), False, [], "MissSchedule", id="too-late"),
    pytest.param(cron_job(startingDeadlineSeconds=30), True, [], None, id="just-in-time"),
])
def test_start(owner: Any, wanted: bool, replaced: list[str], reason: str | None) -> None:
    found = plan.plan_start(owner, [job("a"), job("b")], DUE, NOW)
    assert found.is_wanted is wanted
    assert [each["metadata"]["name"] for each in found.replaced] == replaced
    assert (found.event[1] if found.event is not None else None) == reason


def test_missed_start_is_told_with_its_time() -> None:
    found = plan.plan_start(cron_job(startingDeadlineSeconds=1), [], DUE, NOW)
    assert found.event is not None
    assert found.event[2] == "Missed scheduled time to start a job: Thu, 01 Jan 2026 10:00:00 +0000"


def test_new_job() -> None:
    found = plan.new_job(cron_job(timeZone="Asia/Tokyo"), DUE)
    assert found["metadata"]["name"] == f"tick-{int(DUE) // 60}"
    assert found["metadata"]["annotations"] == {plan.SCHEDULED: "2026-01-01T19:00:00+09:00"}
    assert found["metadata"]["labels"] == {"a": "b"}
    assert plan.new_job(cron_job(), DUE)["metadata"]["annotations"] == {plan.SCHEDULED: "2026-01-01T10:00:00Z"}


@pytest.mark.parametrize(("spec", "gone"), [
    pytest.param({}, [], id="no-limits"),
    pytest.param({"successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 5}, ["b"], id="oldest-success"),
    pytest.param({"successfulJobsHistoryLimit": 0, "failedJobsHistoryLimit": 0}, ["b", "a", "c"], id="all"),
])
def test_cleanup(spec: dict[str, Any], gone: list[str]) -> None:
    jobs = [job("a", "Complete", "2"), job("b", "Complete", "1"), job("c", "Failed", "1"), job("d")]
    assert [each["metadata"]["name"] for each in plan.plan_cleanup(cron_job(**spec), jobs)] == gone


def test_status() -> None:
    early, late = "2026-01-01T08:00:00Z", "2026-01-01T09:00:00Z"
    jobs = [
        job("a", "Complete", ended=late), job("b", "Complete", ended=early), job("c", "Failed"), job("d"), job("e"),
    ]
    status, events = plan.plan_status(cron_job(["a", "c", "d", "gone"], last=DUE), jobs)
    assert [each["name"] for each in status["active"]] == ["d"]
    assert status["lastSuccessfulTime"] == late
    assert [(reason, text) for _, reason, text in events] == [
        ("SawCompletedJob", "Saw completed job: a, condition: Complete"),
        ("SawCompletedJob", "Saw completed job: c, condition: Failed"),
        ("UnexpectedJob", "Saw a job that the controller did not create or forgot: e"),
        ("MissingJob", "Active job went missing: gone"),
    ]
