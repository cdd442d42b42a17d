"""Failed pods: which count, which end the Job or their index, and how long to wait before the next try. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kubewheel.api import pods
from kubewheel.controllers.job import terms
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects

FIRST_DELAY = 10.0  # Seconds after the first failure; doubles with each further one.
MAX_DELAY = 360.0
FAIL_JOB, FAIL_INDEX, IGNORE = "FailJob", "FailIndex", "Ignore"


class Match(NamedTuple):
    """What the failure policy says of a pod; `message` is set for FailJob."""

    action: str = ""
    message: str = ""

    @property
    def counts(self) -> bool:
        """Whether the failure counts towards the limits."""
        return self.action != IGNORE


class Streak(NamedTuple):
    """Failures since the last success, and the time of the last one."""

    length: int = 0
    last: float = 0.0

    def remaining(self, now: float) -> float:
        """Return for how many seconds no pod shall be created."""
        if not self.length:
            return 0.0
        delay = min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(self.length - 1, 30))
        return max(0.0, self.last + delay - now)


def is_failed(pod: Object, job: Object) -> bool:
    """Return whether the pod counts as failed. One that is being deleted does, unless the Job waits for its end."""
    if pods.phase(pod) == "Failed":
        return True
    if terms.replaces_only_failed(job):
        return False
    return objects.is_deleting(pod) and pods.phase(pod) != "Succeeded"


def match(job: Object, pod: Object) -> Match:
    """Return what the Job's podFailurePolicy says of a failed pod: its first rule that fits."""
    rules = (job["spec"].get("podFailurePolicy") or {}).get("rules") or ()
    for number, rule in enumerate(rules):
        reason = _reason(rule, pod)
        if reason:
            action = rule["action"]
            return Match(action, f"{reason} matching {action} rule at index {number}" if action == FAIL_JOB else "")
    return Match()


def _reason(rule: Mapping[str, Any], pod: Object) -> str:
    place = f"{objects.namespace(pod)}/{objects.name(pod)}"
    if rule.get("onExitCodes") is not None:
        for name, code in _exit_codes(pod, rule["onExitCodes"].get("containerName")):
            if _matches_code(rule["onExitCodes"], code):
                return f"Container {name} for pod {place} failed with exit code {code}"
        return ""
    for found in (pod.get("status") or {}).get("conditions") or ():
        for pattern in rule.get("onPodConditions") or ():
            if (found.get("type"), found.get("status")) == (pattern.get("type"), pattern.get("status")):
                return f"Pod {place} has condition {found['type']}"
    return ""


def _exit_codes(pod: Object, container: str | None) -> Iterator[tuple[str, int]]:
    status = pod.get("status") or {}
    for field in ("containerStatuses", "initContainerStatuses"):
        for each in status.get(field) or ():
            ended = (each.get("state") or {}).get("terminated")
            if ended is not None and container in (None, each.get("name")) and ended.get("exitCode"):
                yield each["name"], ended["exitCode"]


def _matches_code(requirement: Mapping[str, Any], code: int) -> bool:
    return (code in (requirement.get("values") or ())) == (requirement.get("operator") == "In")


def finished_at(pod: Object) -> float:
    """Return when the pod ended, as well as that can be known."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    ends = [((each.get("state") or {}).get("terminated") or {}).get("finishedAt") or "" for each in statuses]
    if ends and all(ends):
        return max(map(parse_rfc3339, ends))
    ready = objects.condition(pod, pods.READY)
    if ready is not None and ready.get("status") == "False" and ready.get("lastTransitionTime"):
        return parse_rfc3339(ready["lastTransitionTime"])
    if objects.is_deleting(pod):
        # The time of deletion lies one grace period after the request.
        grace = pod["metadata"].get("deletionGracePeriodSeconds") or 0
        return float(parse_rfc3339(pod["metadata"]["deletionTimestamp"]) - grace)
    return objects.created(pod)


def continued(streak: Streak, succeeded: Sequence[Object], failed: Sequence[Object]) -> Streak:
    """Return the streak after more pods have ended."""
    if not succeeded:
        times = [finished_at(pod) for pod in failed]
        return Streak(streak.length + len(times), max(times)) if times else streak
    success = max(finished_at(pod) for pod in succeeded)
    later = [time for time in map(finished_at, failed) if time > success]
    return Streak(len(later), max(later, default=0.0))


def of_replaced(job: Object, pod: Object | None) -> tuple[int, int]:
    """Return the failures of an index whose last pod is `pod`: those that count, and the ignored ones."""
    if pod is None:
        return 0, 0
    counted = terms.failures_of(pod)
    ignored = terms.all_failures_of(pod) - counted
    return (counted + 1, ignored) if match(job, pod).counts else (counted, ignored + 1)


def is_index_failed(job: Object, pod: Object) -> bool:
    """Return whether the pod's failure is the last that its index may have."""
    if not is_failed(pod, job):
        return False
    found = match(job, pod)
    if found.action == FAIL_INDEX:
        return True
    limit: int = job["spec"]["backoffLimitPerIndex"]
    return found.counts and terms.failures_of(pod) >= limit
