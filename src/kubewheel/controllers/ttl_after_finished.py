"""TTL after finished: deletes Jobs some time after they have ended.

In: finished Jobs with `ttlSecondsAfterFinished`.  Out: deletes, which take the Jobs' pods along.
"""

from kubewheel.api.batch import job_status
from kubewheel.api.errors import StatusError
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Later, Outcome, World, objects

KIND = "Job.batch"


def seconds_left(job: Object, now: float) -> float | None:
    """Return after how many seconds the Job shall go (0 = now); None if it stays or has not ended."""
    seconds: int | None = job["spec"].get("ttlSecondsAfterFinished")
    if seconds is None or objects.is_deleting(job):
        return None
    for kind in (job_status.COMPLETE, job_status.FAILED):
        found = objects.condition(job, kind)
        if found is not None and found.get("status") == "True":
            ended: str = found["lastTransitionTime"]
            return max(0.0, parse_rfc3339(ended) + seconds - now)
    return None


def _is_lasting(change: Change) -> bool:
    return change.new is None or seconds_left(change.new, 0.0) is None


async def reconcile(key: Key, world: World) -> Outcome:
    """Delete one Job, or wait until its time has come."""
    job = world.get(KIND, key)
    left = seconds_left(job, world.clock.now()) if job is not None else None
    if job is None or left is None:
        return Done()
    if left > 0:
        return Later(left)
    # The time to live may have been prolonged a moment ago; a delete cannot be taken back.
    try:
        fresh = await world.client.get(KIND, key.name, key.namespace)
    except StatusError as error:
        if error.code != 404:
            raise
        return Done()
    if objects.uid(fresh) == objects.uid(job) and seconds_left(fresh, world.clock.now()) == 0:
        await world.delete(job, propagation="Foreground")
    return Done()


CONTROLLER = Controller(
    name="ttl-after-finished-controller", watches=KIND, reconcile=reconcile, ignores=_is_lasting,
)
