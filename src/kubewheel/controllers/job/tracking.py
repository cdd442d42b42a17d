"""Tracking: how a pod's outcome gets into the Job's status exactly once. Pure.

A pod that has ended keeps a finalizer until its outcome is safe: its uid is noted in the status, then the finalizer
goes, then the number goes up and the uid is dropped. Whatever happens in between, nothing is lost or counted twice.
Completed indexes need no note: adding one to a set twice does no harm.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api import pods as pod_questions
from kubewheel.api.batch.job_status import COMPLETE, FAILED, SUSPENDED
from kubewheel.controllers.job import failures, terms
from kubewheel.controllers.job.tally import Tally, uncounted
from kubewheel.controllers.job.verdict import Verdict
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import conditions, objects

MAX_UNCOUNTED = 500  # Pods noted per pass, so that the status stays small.

Status = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tracking:
    """The status to write before the finalizers of `release` go; `is_full`: there are more."""

    status: dict[str, Any]
    release: tuple[Object, ...] = ()
    is_full: bool = False


class _Notes:
    """Outcomes to note in this pass."""

    def __init__(self, tally: Tally, verdict: Verdict | None) -> None:
        self.tally = tally
        self.verdict = verdict
        self.succeeded = list(uncounted(tally.job, "succeeded"))
        self.failed = list(uncounted(tally.job, "failed"))
        self.indexes = 0

    def __len__(self) -> int:
        return len(self.succeeded) + len(self.failed) + self.indexes

    def may_go(self, pod: Object) -> bool:
        """Return whether the pod's finalizer is needed no more once its outcome is noted."""
        if self.verdict is not None or objects.is_deleting(self.tally.job):
            return True
        if pod_questions.phase(pod) == "Succeeded":
            return True
        if not failures.is_failed(pod, self.tally.job):
            return False
        index = terms.index_of(pod)
        last = self.tally.waiting.get(index) if index is not None else None
        return last is None or objects.uid(last) != objects.uid(pod)

    def take(self, pod: Object) -> None:
        """Note the outcome of a pod, unless it is noted."""
        job, uid = self.tally.job, objects.uid(pod)
        is_indexed = terms.is_indexed(job)
        index = terms.valid_index_of(job, pod) if is_indexed else None
        if pod_questions.phase(pod) == "Succeeded" and uid not in self.failed:
            if is_indexed:
                self.indexes += index is not None and index not in self.tally.before
            elif uid not in self.succeeded:
                self.succeeded.append(uid)
        elif is_indexed == (index is not None) and uid not in self.failed and self._counts_as_failed(pod):
            self.failed.append(uid)

    def _counts_as_failed(self, pod: Object) -> bool:
        job = self.tally.job
        if self.verdict is None:
            is_failed = failures.is_failed(pod, job)
        else:
            # When a Job fails, whatever still runs fails with it; when it succeeds, what is sent home does not.
            is_failed = not self.verdict.is_success or pod_questions.phase(pod) == "Failed"
        return is_failed and failures.match(job, pod).counts


def plan_tracking(tally: Tally, verdict: Verdict | None, status: Status) -> Tracking:
    """Return the next status, which notes the outcome of pods that have ended, and the pods to release then."""
    tracked = [pod for pod in tally.pods if terms.is_tracked(pod)]
    if terms.is_indexed(tally.job):
        tracked.sort(key=lambda pod: -1 if (index := terms.index_of(pod)) is None else index)
    notes, release = _Notes(tally, verdict), []
    for pod in tracked:
        if notes.may_go(pod):
            release.append(pod)
            notes.take(pod)
            if len(notes) >= MAX_UNCOUNTED:
                break
    noted = {"succeeded": notes.succeeded, "failed": notes.failed}
    result = {**status, "uncountedTerminatedPods": conditions.present(**noted)}
    result.update(_index_fields(tally))
    result = count_released(result, {objects.uid(pod) for pod in tracked})
    if verdict is not None:
        result["conditions"] = _with_condition(result, verdict.type, verdict, tally.now)
    return Tracking(result, tuple(release), len(notes) >= MAX_UNCOUNTED)


def _index_fields(tally: Tally) -> dict[str, Any]:
    if not terms.is_indexed(tally.job):
        return {}
    found: dict[str, Any] = {"completedIndexes": str(tally.completed), "succeeded": len(tally.completed)}
    if tally.failed_indexes is not None:
        found["failedIndexes"] = str(tally.failed_indexes)
    return found


def count_released(status: Status, tracked: Collection[str]) -> dict[str, Any]:
    """Return the status with the noted pods that are not tracked any more moved into its numbers."""
    result, left = dict(status), {}
    for name, uids in (status.get("uncountedTerminatedPods") or {}).items():
        left[name] = [uid for uid in uids if uid in tracked]
        result[name] = result.get(name, 0) + len(uids) - len(left[name])
    result["uncountedTerminatedPods"] = conditions.present(**left)
    return _trimmed(result)


def _trimmed(status: Status) -> dict[str, Any]:
    """Return the status as the API writes it: without numbers and texts that say nothing."""
    silent = ("active", "succeeded", "failed", "completedIndexes", "conditions")
    return {name: value for name, value in status.items() if value or name not in silent}


def plan_end(status: Status, verdict: Verdict, now: float) -> dict[str, Any] | None:
    """Return the status of the finished Job; None while pods are still to be counted or still going."""
    if status.get("uncountedTerminatedPods") or status.get("terminating"):
        return None
    kind = COMPLETE if verdict.is_success else FAILED
    result = {**status, "conditions": _with_condition(status, kind, verdict, now)}
    if verdict.is_success:
        result["completionTime"] = rfc3339(now)
    return result


def _with_condition(status: Status, kind: str, verdict: Verdict, now: float) -> list[Any]:
    present: Sequence[Any] = status.get("conditions") or []
    if conditions.find(present, kind) is not None:
        return list(present)
    return [*present, _condition(kind, "True", verdict.reason, verdict.message, now)]


def _condition(kind: str, status: str, reason: str, message: str, now: float) -> dict[str, Any]:
    return {**conditions.make(kind, status, reason, message, rfc3339(now)), "lastProbeTime": rfc3339(now)}


def with_suspension(job: Object, status: Status, now: float) -> dict[str, Any]:
    """Return the status with the condition Suspended as the spec asks."""
    wanted = "True" if terms.is_suspended(job) else "False"
    present: Sequence[Any] = status.get("conditions") or []
    found = conditions.find(present, SUSPENDED)
    if (found is None and wanted == "False") or (found is not None and found.get("status") == wanted):
        return dict(status)
    reason, message = ("JobSuspended", "Job suspended") if wanted == "True" else ("JobResumed", "Job resumed")
    new = _condition(SUSPENDED, wanted, reason, message, now)
    return {**status, "conditions": conditions.put(present, new)}
