"""The reconcile of a CronJob: look after its Jobs, start the one that is due, sleep until the next."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.cron_job import plan, schedule
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.cron import Schedule
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Controller, Done, Key, Later, Outcome, World, batches, changes, objects, ownership

KIND, JOB = "CronJob.batch", "Job.batch"
CREATED, FAILED_CREATE = "SuccessfulCreate", "FailedCreate"
DELETED, FAILED_DELETE = "SuccessfulDelete", "FailedDelete"
UNKNOWN_ZONE, UNREADABLE, INVALID = "UnknownTimeZone", "UnparseableSchedule", "InvalidSchedule"
TOO_MANY = "TooManyMissedTimes"

# Uid, schedule and time zone.
Terms = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class CronJobs:
    """The controller of CronJobs; it remembers their schedules, to notice that one was changed."""

    _known: dict[Key, Terms] = field(default_factory=dict)

    def controller(self) -> Controller:
        """Return the controller."""
        return Controller(
            name="cronjob-controller", watches=KIND, reconcile=self.reconcile, owns=(JOB,),
            ignores=changes.only_status,
        )

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Bring one CronJob up to the present."""
        cron_job = world.get(KIND, key)
        if cron_job is None:
            self._known.pop(key, None)
            return Done()
        await _clean_up(world, cron_job)
        status, events = plan.plan_status(cron_job, ownership.owned(world, cron_job, JOB))
        for event in events:
            world.event(cron_job, *event)
        cron_job = await world.update_status(cron_job, status)
        if objects.is_deleting(cron_job) or cron_job["spec"].get("suspend"):
            return Done()
        return await self._start(key, world, cron_job)

    async def _start(self, key: Key, world: World, cron_job: Object) -> Outcome:
        read = _read(world, cron_job)
        if read is None:
            return Done()
        found, zone = read
        now, is_changed = world.clock.now(), self._is_changed(key, cron_job)
        starts = schedule.plan_starts(found, zone, schedule.earliest(cron_job, now), now)
        if starts.latest is not None and not is_changed:
            if starts.number > schedule.TOO_MANY:
                text = (
                    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
                )
                world.event(cron_job, WARNING, TOO_MANY, text)
            await _start_job(world, cron_job, starts.latest, now)
        return _until_next(world, cron_job, found, zone, starts.latest)

    def _is_changed(self, key: Key, cron_job: Object) -> bool:
        """Return whether the schedule is another one: then its past starts were nobody's wish."""
        spec = cron_job["spec"]
        new = (objects.uid(cron_job), spec["schedule"], spec.get("timeZone"))
        old = self._known.get(key, new)
        self._known[key] = new
        return old != new and old[0] == new[0]


def _read(world: World, cron_job: Object) -> tuple[Schedule, tzinfo] | None:
    """Return the schedule and its time zone; None, with an event, if they cannot be read."""
    spec = cron_job["spec"]
    try:
        zone = schedule.zone_of(spec.get("timeZone"))
    except ValueError as error:
        world.event(cron_job, WARNING, UNKNOWN_ZONE, f'invalid timeZone: "{spec["timeZone"]}": {error}')
        return None
    try:
        return schedule.parse(spec["schedule"]), zone
    except ValueError as error:
        world.event(cron_job, WARNING, UNREADABLE, f'unparseable schedule: "{spec["schedule"]}" : {error}')
        return None


def _until_next(
    world: World, cron_job: Object, found: Schedule, zone: tzinfo, latest: float | None
) -> Outcome:
    now = world.clock.now()
    # Intervals count from the last start; other schedules do not depend on it.
    since = now if not found.every_seconds else latest or schedule.earliest(cron_job, now)
    coming = schedule.following(found, zone, since)
    if coming is None:
        text = f"invalid schedule: {cron_job['spec']['schedule']} : no start within years"
        world.event(cron_job, WARNING, INVALID, text)
        return Done()
    return Later(max(0.001, coming - now))


async def _start_job(world: World, cron_job: Object, due: float, now: float) -> None:
    start = plan.plan_start(cron_job, ownership.owned(world, cron_job, JOB), due, now)
    if start.event is not None:
        world.event(cron_job, *start.event)
    if not start.is_wanted:
        return
    await _delete(world, cron_job, start.replaced)
    job = await _create(world, cron_job, due)
    if job is None:
        return
    status: dict[str, Any] = dict(cron_job.get("status") or {})
    gone = {objects.uid(each) for each in start.replaced}
    kept = [each for each in status.get("active") or () if each.get("uid") not in gone]
    active = [*kept, plan.reference(job)]
    await world.update_status(cron_job, {**status, "active": active, "lastScheduleTime": rfc3339(due)})


async def _create(world: World, cron_job: Object, due: float) -> Object | None:
    """Create the Job of a start; None if somebody else's has its name."""
    new = plan.new_job(cron_job, due)
    try:
        job = await world.create(new)
    except StatusError as error:
        if error.code == 409 and error.reason == "AlreadyExists":
            # Made before a restart, which the status does not know about.
            found = await world.client.get(JOB, objects.name(new), objects.namespace(new))
            return found if ownership.is_controlled_by(found, cron_job) else None
        if not objects.is_namespace_terminating(error):
            world.event(cron_job, WARNING, FAILED_CREATE, f"Error creating job: {error}")
        raise
    world.event(cron_job, NORMAL, CREATED, f"Created job {objects.name(job)}")
    return job


async def _clean_up(world: World, cron_job: Object) -> None:
    await _delete(world, cron_job, plan.plan_cleanup(cron_job, ownership.owned(world, cron_job, JOB)))


async def _delete(world: World, cron_job: Object, jobs: Sequence[Object]) -> None:
    errors = await batches.each(jobs, functools.partial(_delete_one, world, cron_job))
    if errors:
        raise errors[0]


async def _delete_one(world: World, cron_job: Object, job: Object) -> None:
    try:
        await world.delete(job, propagation="Background")
    except StatusError as error:
        world.event(cron_job, WARNING, FAILED_DELETE, f"Deleted job: {error}")
        raise
    world.event(cron_job, NORMAL, DELETED, f"Deleted job {objects.name(job)}")
