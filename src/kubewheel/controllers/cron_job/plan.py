"""What becomes of a start that is due, which finished Jobs go, and what the status says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubewheel.api.batch import job_status
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.cron_job import schedule
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import conditions, objects, ownership

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
FORBID, REPLACE = "Forbid", "Replace"
MISSED, ACTIVE = "MissSchedule", "JobAlreadyActive"
COMPLETED, MISSING, UNEXPECTED = "SawCompletedJob", "MissingJob", "UnexpectedJob"

Event = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Start:
    """Whether to start a Job now; if so, these Jobs have to go first. `event` tells why not."""

    is_wanted: bool = False
    replaced: tuple[Object, ...] = ()
    event: Event | None = None


def plan_start(cron_job: Object, jobs: Sequence[Object], due: float, now: float) -> Start:
    """Return what becomes of the start that was due at `due`; `jobs` are the CronJob's own."""
    spec, status = cron_job["spec"], cron_job.get("status") or {}
    deadline = spec.get("startingDeadlineSeconds")
    if deadline is not None and due + deadline < now:
        text = datetime.fromtimestamp(due, schedule.zone_of(None)).strftime("%a, %d %b %Y %H:%M:%S +0000")
        return Start(event=(WARNING, MISSED, f"Missed scheduled time to start a job: {text}"))
    active = status.get("active") or ()
    last = status.get("lastScheduleTime")
    if any(each.get("name") == job_name(cron_job, due) for each in active) or (last and parse_rfc3339(last) == due):
        return Start()
    policy = spec.get("concurrencyPolicy")
    if policy == FORBID and active:
        text = "Not starting job because prior execution is running and concurrency policy is Forbid"
        return Start(event=(NORMAL, ACTIVE, text))
    running = {each.get("uid") for each in active} if policy == REPLACE else set()
    return Start(is_wanted=True, replaced=tuple(job for job in jobs if objects.uid(job) in running))


def job_name(cron_job: Object, due: float) -> str:
    """Return the name of the Job of a start: the same for the same minute, so that no start happens twice."""
    return f"{objects.name(cron_job)}-{int(due) // 60}"


def new_job(cron_job: Object, due: float) -> dict[str, Any]:
    """Return the Job of a start."""
    template = cron_job["spec"]["jobTemplate"]
    source = template.get("metadata") or {}
    moment = datetime.fromtimestamp(due, schedule.zone_of(cron_job["spec"].get("timeZone")))
    annotations = {**(source.get("annotations") or {}), SCHEDULED: moment.isoformat().replace("+00:00", "Z")}
    metadata = {
        "name": job_name(cron_job, due), "namespace": objects.namespace(cron_job), "annotations": annotations,
        "labels": source.get("labels") or {}, "ownerReferences": [ownership.reference_to(cron_job)],
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}


def reference(job: Object) -> dict[str, Any]:
    """Return the reference by which the status names a running Job."""
    metadata = job["metadata"]
    return {
        "apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "namespace": metadata["namespace"],
        "uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"],
    }


def plan_cleanup(cron_job: Object, jobs: Sequence[Object]) -> list[Object]:
    """Return the finished Jobs beyond the history limits, the oldest of each kind."""
    surplus: list[Object] = []
    limits = ((job_status.COMPLETE, "successfulJobsHistoryLimit"), (job_status.FAILED, "failedJobsHistoryLimit"))
    for kind, field in limits:
        limit = cron_job["spec"].get(field)
        found = [job for job in jobs if job_status.is_true(job, kind) and not objects.is_deleting(job)]
        if limit is not None and len(found) > limit:
            surplus += sorted(found, key=_age)[: len(found) - limit]
    return surplus


def _age(job: Object) -> tuple[str, str]:
    return (job.get("status") or {}).get("startTime") or "9", objects.name(job)


def plan_status(cron_job: Object, jobs: Sequence[Object]) -> tuple[dict[str, Any], list[Event]]:
    """Return the status after a look at the CronJob's Jobs, and what happened to them."""
    status = dict(cron_job.get("status") or {})
    listed = {each.get("uid"): each for each in status.get("active") or ()}
    events: list[Event] = []
    for job in jobs:
        uid, name = objects.uid(job), objects.name(job)
        if not job_status.is_finished(job):
            if uid not in listed:
                text = f"Saw a job that the controller did not create or forgot: {name}"
                events.append((WARNING, UNEXPECTED, text))
            continue
        kind = job_status.COMPLETE if job_status.is_true(job, job_status.COMPLETE) else job_status.FAILED
        if listed.pop(uid, None) is not None:
            events.append((NORMAL, COMPLETED, f"Saw completed job: {name}, condition: {kind}"))
        _note_success(status, job, kind)
    known = {objects.uid(job) for job in jobs}
    for uid, each in list(listed.items()):
        if uid not in known:
            events.append((NORMAL, MISSING, f"Active job went missing: {each.get('name')}"))
            del listed[uid]
    status["active"] = list(listed.values())
    return conditions.present(**status), events


def _note_success(status: dict[str, Any], job: Object, kind: str) -> None:
    ended = (job.get("status") or {}).get("completionTime") if kind == job_status.COMPLETE else None
    if ended and ended > (status.get("lastSuccessfulTime") or ""):
        status["lastSuccessfulTime"] = ended
