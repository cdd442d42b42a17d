"""The tally: what a Job's pods amount to at one moment. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubewheel.api import pods as pod_questions
from kubewheel.controllers.job import failures, terms
from kubewheel.controllers.job.failures import Streak
from kubewheel.controllers.job.indexes import Indexes
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, replicas


@dataclass(frozen=True, slots=True)
class Tally:
    """A Job with its pods. `before` are the indexes completed as of the status, `completed` as of now.

    `waiting` holds, for each index that failed and may be tried again, the pod that its next one replaces.
    """

    job: Object
    pods: Sequence[Object]
    now: float
    active: Sequence[Object]
    terminating: int
    succeeded: int
    failed: int
    streak: Streak
    before: Indexes
    completed: Indexes
    failed_indexes: Indexes | None
    waiting: Mapping[int, Object]

    @property
    def ready(self) -> int:
        """How many active pods are ready."""
        return sum(pod_questions.is_ready(pod) for pod in self.active)

    @property
    def is_complete(self) -> bool:
        """Whether as many pods have succeeded as the Job wants, and none is left running."""
        wanted = self.job["spec"].get("completions")
        return self.succeeded >= (1 if wanted is None else wanted) and not self.active


def uncounted(job: Object, outcome: str) -> Sequence[str]:
    """Return the uids of pods whose outcome is noted, but not yet in the status's numbers."""
    noted = (job.get("status") or {}).get("uncountedTerminatedPods") or {}
    return noted.get(outcome) or ()


def take(job: Object, pods: Sequence[Object], streak: Streak, now: float) -> Tally:
    """Return the tally; `streak` is as of the last one."""
    status = job.get("status") or {}
    active = [pod for pod in pods if pod_questions.is_active(pod)]
    noted_succeeded, noted_failed = (frozenset(uncounted(job, name)) for name in ("succeeded", "failed"))
    tracked = [pod for pod in pods if terms.is_tracked(pod) and _has_place(job, pod)]
    new_succeeded = [
        pod for pod in tracked
        if pod_questions.phase(pod) == "Succeeded" and objects.uid(pod) not in noted_succeeded
    ]
    new_failed = [pod for pod in tracked if objects.uid(pod) not in noted_failed and failures.is_failed(pod, job)]
    before = completed = Indexes()
    succeeded = status.get("succeeded", 0) + len(noted_succeeded) + len(new_succeeded)
    if terms.is_indexed(job):
        before = Indexes.parse(status.get("completedIndexes") or "", job["spec"]["completions"])
        completed = before | Indexes.of(index for index in map(terms.index_of, new_succeeded) if index is not None)
        succeeded = len(completed)
    lost = _failed_indexes(job, tracked)
    counted = sum(failures.match(job, pod).counts for pod in new_failed)
    return Tally(
        job=job, pods=pods, now=now, active=active, terminating=sum(map(replicas.is_terminating, pods)),
        succeeded=succeeded, failed=status.get("failed", 0) + len(noted_failed) + counted,
        streak=failures.continued(streak, new_succeeded, new_failed), before=before, completed=completed,
        failed_indexes=lost, waiting={} if lost is None else _waiting(job, tracked, active, completed | lost),
    )


def _has_place(job: Object, pod: Object) -> bool:
    return not terms.is_indexed(job) or terms.valid_index_of(job, pod) is not None


def _failed_indexes(job: Object, tracked: Sequence[Object]) -> Indexes | None:
    if not terms.is_indexed(job) or not terms.counts_per_index(job):
        return None
    before = Indexes.parse((job.get("status") or {}).get("failedIndexes") or "", job["spec"]["completions"])
    ended = (terms.index_of(pod) for pod in tracked if failures.is_index_failed(job, pod))
    return before | Indexes.of(index for index in ended if index is not None)


def _waiting(
    job: Object, tracked: Sequence[Object], active: Sequence[Object], settled: Indexes
) -> Mapping[int, Object]:
    # The next pod of an index inherits the count of failures from the last one, which therefore has to stay.
    running = {terms.index_of(pod) for pod in active}
    found: dict[int, Object] = {}
    for pod in tracked:
        index = terms.index_of(pod)
        if index is None or index in running or index in settled or not failures.is_failed(pod, job):
            continue
        if index not in found or _rank(pod) >= _rank(found[index]):
            found[index] = pod
    return found


def _rank(pod: Object) -> tuple[int, float]:
    return terms.all_failures_of(pod), failures.finished_at(pod)
