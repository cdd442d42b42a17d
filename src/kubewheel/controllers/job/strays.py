"""Strays: pods that still carry the finalizer of a Job which is gone or has finished, and so could never go."""

from collections.abc import Iterable

from kubewheel.api.batch import job_status
from kubewheel.client.paths import kind_of
from kubewheel.controllers.job import terms
from kubewheel.controllers.job.sync import release
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, key_of, objects, ownership


def is_stray(pod: Object, job: Object | None) -> bool:
    """Return whether nobody will count the pod any more; `job` is the one that its controller reference names."""
    reference = ownership.controller_of(pod)
    if not terms.is_tracked(pod):
        return False
    if reference is None:
        return True
    if kind_of(reference["apiVersion"], reference["kind"]) != terms.KIND:
        return False
    if job is None or objects.uid(job) != reference["uid"]:
        return True
    return terms.is_ours(job) and job_status.is_finished(job)


def _job_of(world: World, pod: Object) -> Object | None:
    reference = ownership.controller_of(pod)
    return world.get(terms.KIND, (objects.namespace(pod), reference["name"])) if reference is not None else None


def of_pod(world: World, change: Change) -> Iterable[Key]:
    """A pod's change may make it a stray."""
    pod = change.new
    return (key_of(pod),) if pod is not None and is_stray(pod, _job_of(world, pod)) else ()


def of_job(world: World, change: Change) -> Iterable[Key]:
    """A Job that is gone or has finished leaves strays."""
    job = change.object
    if change.new is not None and not job_status.is_finished(job):
        return ()
    return [key_of(pod) for pod in ownership.owned(world, job, "Pod") if terms.is_tracked(pod)]


async def reconcile(key: Key, world: World) -> Outcome:
    """Let go of one pod, if it is still a stray."""
    pod = world.get("Pod", key)
    if pod is not None and is_stray(pod, _job_of(world, pod)):
        await release(world, pod)
    return Done()


STRAYS = Controller(
    name="job-stray-pods-controller", watches="", reconcile=reconcile, identity="job-controller",
    component="job-controller", maps=(Maps("Pod", of_pod), Maps(terms.KIND, of_job)),
    indexes={"Pod": ownership.INDEXES},
)
