"""The verdict: whether a Job has succeeded or failed. Pure."""

from typing import NamedTuple

from kubewheel.api import conditions, pods
from kubewheel.api.batch.job_status import FAILURE_TARGET, SUCCESS
from kubewheel.controllers.job import failures, terms
from kubewheel.controllers.job.indexes import Indexes
from kubewheel.controllers.job.tally import Tally
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object


class Verdict(NamedTuple):
    """How a Job ends; `type` is the condition that says so while its last pods still go."""

    type: str
    reason: str
    message: str

    @property
    def is_success(self) -> bool:
        """Whether the Job ends well."""
        return self.type == SUCCESS


COMPLETIONS = Verdict(SUCCESS, "CompletionsReached", "Reached expected number of succeeded pods")
BACKOFF = Verdict(FAILURE_TARGET, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
DEADLINE = Verdict(FAILURE_TARGET, "DeadlineExceeded", "Job was active longer than specified deadline")
TOO_MANY_INDEXES = Verdict(
    FAILURE_TARGET, "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes"
)
FAILED_INDEXES = Verdict(FAILURE_TARGET, "FailedIndexes", "Job has failed indexes")


def plan_verdict(tally: Tally) -> Verdict | None:
    """Return how the Job ends, None while it goes on; what was said once stays said."""
    for decide in (_noted, _by_failure_policy, _by_limits, _by_indexes, _by_success_policy):
        found = decide(tally)
        if found is not None:
            return found
    return None


def _noted(tally: Tally) -> Verdict | None:
    for kind in (SUCCESS, FAILURE_TARGET):
        found = conditions.find(tally.job, kind)
        if found is not None and found.get("status") == "True":
            return Verdict(kind, found.get("reason") or "", found.get("message") or "")
    return None


def _by_failure_policy(tally: Tally) -> Verdict | None:
    if tally.job["spec"].get("podFailurePolicy") is None:
        return None
    for pod in tally.pods:
        if failures.is_failed(pod, tally.job):
            message = failures.match(tally.job, pod).message
            if message:
                return Verdict(FAILURE_TARGET, "PodFailurePolicy", message)
    return None


def _by_limits(tally: Tally) -> Verdict | None:
    if tally.failed > tally.job["spec"]["backoffLimit"] or _restarts_too_often(tally):
        return BACKOFF
    wait = seconds_to_deadline(tally.job, tally.now)
    return DEADLINE if wait is not None and wait <= 0 else None


def _restarts_too_often(tally: Tally) -> bool:
    spec = tally.job["spec"]
    if spec["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts = sum(_restarts(pod) for pod in tally.pods if pods.phase(pod) in ("Running", "Pending"))
    return restarts > 0 and restarts >= spec["backoffLimit"]


def _restarts(pod: Object) -> int:
    status = pod.get("status") or {}
    return sum(
        each.get("restartCount") or 0
        for field in ("initContainerStatuses", "containerStatuses") for each in status.get(field) or ()
    )


def _by_indexes(tally: Tally) -> Verdict | None:
    if not tally.failed_indexes:
        return None
    spec, failed = tally.job["spec"], len(tally.failed_indexes)
    if spec.get("maxFailedIndexes") is not None and failed > spec["maxFailedIndexes"]:
        return TOO_MANY_INDEXES
    return FAILED_INDEXES if failed + len(tally.completed) >= spec["completions"] else None


def _by_success_policy(tally: Tally) -> Verdict | None:
    spec = tally.job["spec"]
    if not terms.is_indexed(tally.job) or not tally.completed:
        return None
    for number, rule in enumerate((spec.get("successPolicy") or {}).get("rules") or ()):
        if _meets(rule, tally.completed, spec["completions"]):
            return Verdict(SUCCESS, "SuccessPolicy", f"Matched rules at index {number}")
    return None


def _meets(rule: Object, completed: Indexes, completions: int) -> bool:
    count = rule.get("succeededCount")
    if rule.get("succeededIndexes") is None:
        return count is not None and len(completed) >= count
    wanted = Indexes.parse(rule["succeededIndexes"], completions)
    reached = len(wanted & completed)
    return bool(wanted) and (reached == len(wanted) or (count is not None and reached >= count))


def seconds_to_deadline(job: Object, now: float) -> float | None:
    """Return after how many seconds the Job has been active for too long; None if it may be for ever."""
    seconds, started = job["spec"].get("activeDeadlineSeconds"), (job.get("status") or {}).get("startTime")
    if seconds is None or not started or terms.is_suspended(job):
        return None
    return float(parse_rfc3339(started) + seconds - now)
