"""A month of a CronJob: every run, in a second."""

from collections.abc import Sequence

from kubewheel.testing import Behaviour

CRON_JOB = {
    "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "backup"},
    "spec": {
        "schedule": "30 3 * * *", "timeZone": "Europe/Berlin", "successfulJobsHistoryLimit": 100,
        "jobTemplate": {"spec": {"backoffLimit": 1, "template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "backup", "image": "backup:1"}],
        }}}},
    },
}


def finished(jobs: Sequence, kind: str) -> int:
    return sum(
        any(each["type"] == kind and each["status"] == "True" for each in job["status"].get("conditions", ()))
        for job in jobs
    )


def test_a_month_of_backups(kubewheel):
    kubewheel.simulate(Behaviour(exit_after=600), image="backup:*")  # Each takes ten minutes.
    kubewheel.apply(CRON_JOB)
    kubewheel.clock.advance(days=30)
    jobs = kubewheel.list("Job")
    assert len(jobs) == 30
    assert finished(jobs, "Complete") == 30
    # 03:30 in Berlin is 02:30 UTC in winter.
    assert kubewheel.get("CronJob", "backup")["status"]["lastScheduleTime"] == "2027-01-30T02:30:00Z"


def test_a_backup_that_fails_is_tried_again(kubewheel):
    kubewheel.simulate(Behaviour(exit_after=60, exit_code=1), image="backup:*")
    kubewheel.apply(CRON_JOB)
    kubewheel.clock.advance(days=1)
    jobs = kubewheel.list("Job")
    assert finished(jobs, "Failed") == 1
    assert jobs[0]["status"]["failed"] == 2
