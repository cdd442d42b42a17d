"""The reconcile of a Job: count its pods, take the next step, write down what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api import pods as pod_questions
from kubewheel.api import selectors
from kubewheel.api.batch import job_status
from kubewheel.api.errors import StatusError
from kubewheel.api.selectors import LabelSelector
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers.job import failures, scale, tally, terms, tracking, verdict
from kubewheel.controllers.job.failures import Streak
from kubewheel.controllers.job.scale import Scale
from kubewheel.controllers.job.tally import Tally
from kubewheel.controllers.job.verdict import Verdict
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import (
    Controller,
    Done,
    Key,
    Later,
    Outcome,
    World,
    batches,
    changes,
    key_of,
    objects,
    ownership,
)

CREATED, FAILED_CREATE = "SuccessfulCreate", "FailedCreate"
DELETED, FAILED_DELETE = "SuccessfulDelete", "FailedDelete"
SUSPENDED, RESUMED = "Suspended", "Resumed"
COMPLETED = "Completed"
TOO_MANY = "TooManySucceededPods"


@dataclass(frozen=True, slots=True)
class Step:
    """What one pass did: the Job's pods as they are now, how it ends, when to look again, what went wrong."""

    tally: Tally
    verdict: Verdict | None = None
    wait: float = 0.0
    error: Exception | None = None


def selector_of(job: Object) -> LabelSelector:
    """Return which pods a Job is about."""
    return selectors.from_object(job["spec"].get("selector"))


@dataclass(frozen=True, slots=True)
class Jobs:
    """The controller of Jobs; it remembers how often the pods of each Job failed in a row."""

    _streaks: dict[Key, tuple[str, Streak]] = field(default_factory=dict)

    def controller(self) -> Controller:
        """Return the controller."""
        return Controller(
            name="job-controller", watches=terms.KIND, reconcile=self.reconcile, owns=("Pod",),
            maps=(ownership.orphans_of("Pod", terms.KIND, selector_of),), ignores=changes.only_status,
        )

    async def reconcile(self, key: Key, world: World) -> Outcome:
        """Take the next step of one Job."""
        job = world.get(terms.KIND, key)
        if job is None or job_status.is_finished(job) or not terms.is_ours(job):
            self._streaks.pop(key, None)
            return Done()
        await ownership.claim(world, job, "Pod", selector_of(job), finalizer=terms.FINALIZER)
        job = _started(job, world.clock.now())
        step = await self._step(world, job)
        job, is_full = await self._track(world, step)
        if step.error is not None:
            raise step.error
        if is_full:
            return Later(0)
        waits = [step.wait, verdict.seconds_to_deadline(job, world.clock.now()) or 0.0]
        wait = min((seconds for seconds in waits if seconds > 0), default=0.0)
        return Later(wait) if wait and step.verdict is None else Done()

    async def _step(self, world: World, job: Object) -> Step:
        """Create or delete pods, and find out whether the Job ends."""
        before = self._take(world, job)
        found = verdict.plan_verdict(before)
        if found is not None:
            error = await _delete(world, job, before.active)
            return Step(self._take(world, job), found, error=error)
        plan = Scale() if objects.is_deleting(job) else scale.plan_scale(before)
        error = await _carry_out(world, job, plan, before)
        after = self._take(world, job)
        return Step(after, verdict.COMPLETIONS if after.is_complete else None, plan.wait, error)

    def _take(self, world: World, job: Object) -> Tally:
        return tally.take(job, ownership.owned(world, job, "Pod"), self._streak(world, job), world.clock.now())

    def _streak(self, world: World, job: Object) -> Streak:
        uid, streak = self._streaks.get(key_of(job), ("", Streak()))
        if uid == objects.uid(job):
            return streak
        # After a restart: what is left of pods that were counted before.
        counted = [pod for pod in ownership.owned(world, job, "Pod") if not terms.is_tracked(pod)]
        succeeded = [pod for pod in counted if pod_questions.phase(pod) == "Succeeded"]
        failed = [pod for pod in counted if pod_questions.phase(pod) == "Failed"]
        return failures.continued(Streak(), succeeded, failed)

    async def _track(self, world: World, step: Step) -> tuple[Object, bool]:
        """Write the status, let go of pods that are counted, and finish the Job when none is left."""
        job, now = step.tally.job, step.tally.now
        plan = tracking.plan_tracking(step.tally, step.verdict, _reported(step, now))
        written = await _write(world, job, plan.status)
        self._streaks[key_of(job)] = (objects.uid(job), step.tally.streak)
        errors = await batches.each(plan.release, lambda pod: release(world, pod))
        status = _counted(world, written)
        if step.verdict is not None and not plan.is_full and not errors and step.error is None:
            status = tracking.plan_end(status, step.verdict, now) or status
        ended = await _write(world, written, status)
        if job_status.is_finished(ended) and step.verdict is not None:
            self._streaks.pop(key_of(job), None)
            _tell_end(world, ended, step.verdict)
        if errors:
            raise errors[0]
        return ended, plan.is_full


def _started(job: Object, now: float) -> Object:
    """Return the Job with the time of its start; that of a resumed Job is the time when it was resumed."""
    status = job.get("status") or {}
    is_running = bool(status.get("startTime")) and not job_status.is_true(job, job_status.SUSPENDED)
    if is_running or terms.is_suspended(job):
        return job
    return {**job, "status": {**status, "startTime": rfc3339(now)}}


def _reported(step: Step, now: float) -> dict[str, Any]:
    """Return the status with the numbers of pods, and whether the Job is suspended."""
    job, found = step.tally.job, step.tally
    status = {
        **(job.get("status") or {}), "active": len(found.active), "ready": found.ready,
        "terminating": found.terminating,
    }
    if step.verdict is None and not objects.is_deleting(job):
        status = tracking.with_suspension(job, status, now)
    return status


def _counted(world: World, job: Object) -> dict[str, Any]:
    """Return the status without notes on pods that have been let go."""
    tracked = {objects.uid(pod) for pod in ownership.owned(world, job, "Pod") if terms.is_tracked(pod)}
    status = tracking.count_released(job.get("status") or {}, tracked)
    return status


async def _write(world: World, job: Object, status: dict[str, Any]) -> Object:
    """Write the status if it is news; tell when the Job was suspended or resumed."""
    stored = world.get(terms.KIND, key_of(job))
    if stored is not None and objects.uid(stored) == objects.uid(job) and (stored.get("status") or {}) == status:
        return {**job, "status": status}
    before = job_status.is_true(stored if stored is not None else job, job_status.SUSPENDED)
    written = await world.update({**job, "status": status}, subresource="status")
    after = job_status.is_true(written, job_status.SUSPENDED)
    if after and not before:
        world.event(written, NORMAL, SUSPENDED, "Job suspended")
    elif before and not after:
        world.event(written, NORMAL, RESUMED, "Job resumed")
    return written


def _tell_end(world: World, job: Object, found: Verdict) -> None:
    if not found.is_success:
        world.event(job, WARNING, found.reason, found.message)
        return
    wanted = job["spec"].get("completions")
    if wanted is not None and job["status"].get("succeeded", 0) > wanted:
        world.event(job, WARNING, TOO_MANY, "Too many succeeded pods running after completion count reached")
    world.event(job, NORMAL, COMPLETED, "Job completed")


async def release(world: World, pod: Object) -> None:
    """Take the Job's finalizer off a pod."""
    try:
        await world.patch(pod, {
            "metadata": {"uid": objects.uid(pod), "$deleteFromPrimitiveList/finalizers": [terms.FINALIZER]},
        }, type="strategic")
    except StatusError as error:
        if error.code not in (404, 409):
            raise
        # Gone, or a namesake has taken its place.
        world.informers.note_deleted("Pod", objects.namespace(pod), objects.name(pod), objects.uid(pod))


async def _carry_out(world: World, job: Object, plan: Scale, before: Tally) -> Exception | None:
    if plan.delete:
        # Pods that the Job does not want any more count neither as failed nor as succeeded.
        errors = await batches.each(plan.delete, lambda pod: release(world, pod))
        return errors[0] if errors else await _delete(world, job, plan.delete)
    return await _create(world, before, plan) if plan.create else None


async def _create(world: World, before: Tally, plan: Scale) -> Exception | None:
    job, template = before.job, terms.new_pod(before.job)

    async def create(number: int) -> None:
        try:
            made = await world.create(_pod(before, template, plan, number), namespace=objects.namespace(job))
        except StatusError as error:
            if not objects.is_namespace_terminating(error):
                world.event(job, WARNING, FAILED_CREATE, f"Error creating: {error}")
            raise
        world.event(job, NORMAL, CREATED, f"Created pod: {objects.name(made)}")

    error = (await batches.slow_start(plan.create, create))[1]
    return None if error is None or objects.is_namespace_terminating(error) else error


def _pod(before: Tally, template: Object, plan: Scale, number: int) -> Object:
    if not plan.indexes:
        return template
    job, index = before.job, plan.indexes[number]
    counts = failures.of_replaced(job, before.waiting.get(index)) if terms.counts_per_index(job) else None
    return terms.indexed_pod(job, template, index, counts)


async def _delete(world: World, job: Object, doomed: Sequence[Object]) -> Exception | None:
    async def delete(pod: Object) -> None:
        try:
            deleted = await world.delete(pod)
        except StatusError as error:
            world.event(job, WARNING, FAILED_DELETE, f"Error deleting: {error}")
            raise
        if deleted:
            world.event(job, NORMAL, DELETED, f"Deleted pod: {objects.name(pod)}")

    errors = await batches.each(doomed, delete)
    return errors[0] if errors else None
