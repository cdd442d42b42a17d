"""CronJobs with the real API server and a stepped clock: months pass in moments."""

import time
from typing import Any

import pytest

from kubewheel.libs.clock import parse_rfc3339, rfc3339


def cron_job(schedule: str, **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox:1"}]}
    template = {
        "metadata": {"labels": {"made": "by-cron"}, "annotations": {"note": "kept"}},
        "spec": {"template": {"spec": pod}},
    }
    return {
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
        "spec": {"schedule": schedule, "jobTemplate": template, **spec},
    }


def to(cluster: Any, text: str) -> None:
    """Set the clock."""
    cluster.clock.advance_to(parse_rfc3339(text))


async def status_of(cluster: Any) -> Any:
    return (await cluster.get("CronJob.batch", "tick")).get("status") or {}


async def finish(cluster: Any, name: str, kind: str = "Complete") -> None:
    """End a Job by ending its pod."""
    for pod in await cluster.list("Pod", labels=f"batch.kubernetes.io/job-name={name}"):
        phase = "Succeeded" if kind == "Complete" else "Failed"
        await cluster.patch(
            "Pod", pod["metadata"]["name"], {"status": {"phase": phase}}, type="strategic", subresource="status")


async def reasons(cluster: Any) -> set[str]:
    return {reason for reason, _ in await cluster.events()}


async def test_starts_on_time(cluster: Any) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("*/5 * * * *"))
    await cluster.pass_time(269)
    assert await cluster.names("Job.batch") == []
    await cluster.pass_time(1)
    due = int(parse_rfc3339("2027-02-01T10:05:00Z"))
    [job] = await cluster.list("Job.batch")
    assert job["metadata"]["name"] == f"tick-{due // 60}"
    assert job["metadata"]["labels"]["made"] == "by-cron"
    assert job["metadata"]["annotations"]["note"] == "kept"
    assert job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2027-02-01T10:05:00Z"
    owner = job["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("CronJob", "tick", True)
    status = await status_of(cluster)
    assert status["lastScheduleTime"] == rfc3339(due)
    assert [each["name"] for each in status["active"]] == [job["metadata"]["name"]]
    await cluster.pass_time(20)
    await finish(cluster, job["metadata"]["name"])
    status = await status_of(cluster)
    assert "active" not in status
    assert status["lastSuccessfulTime"] == "2027-02-01T10:05:20Z"
    assert {"SuccessfulCreate", "SawCompletedJob"} <= await reasons(cluster)


async def test_history_limits(cluster: Any) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("0 * * * *", successfulJobsHistoryLimit=2, failedJobsHistoryLimit=1))
    cluster_jobs = []
    for number in range(8):
        await cluster.pass_time(3600)
        name = (await status_of(cluster))["active"][0]["name"]
        cluster_jobs.append(name)
        job = await cluster.get("Job.batch", name)
        assert job["spec"]["backoffLimit"] == 6
        if number % 2:
            await cluster.patch("Job.batch", name, {"spec": {"backoffLimit": 0}})
        await finish(cluster, name, "Failed" if number % 2 else "Complete")
    await cluster.pass_time(1)
    assert await cluster.names("Job.batch") == sorted([cluster_jobs[4], cluster_jobs[6], cluster_jobs[7]])
    assert len(await cluster.list("Pod")) == 3
    assert "SuccessfulDelete" in await reasons(cluster)


@pytest.mark.parametrize(("policy", "jobs", "active"), [("Allow", 3, 3), ("Forbid", 1, 1), ("Replace", 1, 1)])
async def test_concurrency(cluster: Any, policy: str, jobs: int, active: int) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("* * * * *", concurrencyPolicy=policy))
    await cluster.pass_time(150)
    names = await cluster.names("Job.batch")
    assert len(names) == jobs
    status = await status_of(cluster)
    assert sorted(each["name"] for each in status["active"]) == list(names)
    first, last = (int(parse_rfc3339(f"2027-02-01T10:0{minute}:00Z")) // 60 for minute in (1, 3))
    if policy == "Forbid":
        assert names == [f"tick-{first}"]
        assert "JobAlreadyActive" in await reasons(cluster)
        await finish(cluster, names[0])
        # The start of 10:02 was not forgotten, but a later one is due by now.
        assert await cluster.names("Job.batch") == [f"tick-{first}", f"tick-{last}"]
    if policy == "Replace":
        assert names == [f"tick-{last}"]


async def test_time_zone(cluster: Any) -> None:
    to(cluster, "2027-03-27T12:00:00Z")
    await cluster.create(cron_job("30 9 * * *", timeZone="Europe/Berlin"))
    await cluster.pass_time(3 * 86400)
    stamps = [
        job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
        for job in await cluster.list("Job.batch")
    ]
    assert sorted(stamps) == [
        "2027-03-28T09:30:00+02:00", "2027-03-29T09:30:00+02:00", "2027-03-30T09:30:00+02:00",
    ]


async def test_suspend(cluster: Any) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("0 * * * *", suspend=True, startingDeadlineSeconds=600))
    await cluster.pass_time(7200)
    assert await cluster.names("Job.batch") == []
    await cluster.patch("CronJob.batch", "tick", {"spec": {"suspend": False}})
    # 12:00 was 30 seconds ago, within the deadline.
    assert len(await cluster.names("Job.batch")) == 1
    await cluster.patch("CronJob.batch", "tick", {"spec": {"suspend": True}})
    await cluster.pass_time(3600 + 900)
    await cluster.patch("CronJob.batch", "tick", {"spec": {"suspend": False}})
    assert len(await cluster.names("Job.batch")) == 1


async def test_missed_starts(cluster: Any) -> None:
    """After a long absence only the latest start is made up for, and a very long one is told."""
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("* * * * *", suspend=True))
    cluster.clock.advance(200 * 60)
    await cluster.patch("CronJob.batch", "tick", {"spec": {"suspend": False}})
    due = int(parse_rfc3339("2027-02-01T13:20:00Z"))
    assert await cluster.names("Job.batch") == [f"tick-{due // 60}"]
    assert "TooManyMissedTimes" in await reasons(cluster)


async def test_changed_schedule_starts_nothing_by_itself(cluster: Any) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("0 0 * * *"))
    await cluster.pass_time(3600)
    await cluster.patch("CronJob.batch", "tick", {"spec": {"schedule": "30 10,12 * * *"}})
    assert await cluster.names("Job.batch") == []
    await cluster.pass_time(5400)
    assert len(await cluster.names("Job.batch")) == 1


async def test_every(cluster: Any) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("@every 90m"))
    await cluster.pass_time(4 * 5400 + 10)
    status = await status_of(cluster)
    assert status["lastScheduleTime"] == "2027-02-01T16:00:30Z"
    assert len(status["active"]) == 4


async def test_unknown_jobs_are_told_and_deleted_ones_forgotten(cluster: Any) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    made = await cluster.create(cron_job("0 * * * *"))
    manual = {
        "apiVersion": "batch/v1", "kind": "Job", "spec": made["spec"]["jobTemplate"]["spec"],
        "metadata": {"name": "manual", "ownerReferences": [{
            "apiVersion": "batch/v1", "kind": "CronJob", "name": "tick", "uid": made["metadata"]["uid"],
            "controller": True}]},
    }
    await cluster.create(manual)
    assert "UnexpectedJob" in await reasons(cluster)
    await cluster.pass_time(3600)
    [running] = (await status_of(cluster))["active"]
    await cluster.delete("Job.batch", running["name"], propagation="Background")
    await cluster.pass_time(1)
    assert "active" not in await status_of(cluster)
    assert "MissingJob" in await reasons(cluster)


async def test_deleted_cron_job_takes_its_jobs_along(cluster: Any) -> None:
    to(cluster, "2027-02-01T10:00:30Z")
    await cluster.create(cron_job("* * * * *"))
    await cluster.pass_time(60)
    await cluster.delete("CronJob.batch", "tick", propagation="Background")
    await cluster.pass_time(5)
    assert await cluster.names("Job.batch") == []
    assert await cluster.names("Pod") == []


@pytest.mark.slow
async def test_a_month_passes_in_moments(cluster: Any) -> None:
    to(cluster, "2027-02-01T00:00:30Z")
    await cluster.create(cron_job("0 */2 * * *", concurrencyPolicy="Forbid"))
    began, end, runs = time.process_time(), parse_rfc3339("2027-03-01T00:00:30Z"), 0
    while cluster.clock.now() < end:
        await cluster.skip_time(7200)
        for each in (await status_of(cluster)).get("active", []):
            runs += 1
            await finish(cluster, each["name"])
    assert runs == 28 * 12
    assert len(await cluster.names("Job.batch")) == 3
    assert time.process_time() - began < 10
