"""The status of a Job: what a controller may write into it."""

from kubewheel.api.batch import indexes
from kubewheel.api.batch.job_spec import is_indexed
from kubewheel.api.errors import OMITTED
from kubewheel.api.validation.faults import Faults, duplicate, invalid, not_negative, required
from kubewheel.libs import clock
from kubewheel.libs.wire import Object

COMPLETE, FAILED, SUSPENDED = "Complete", "Failed", "Suspended"
FAILURE_TARGET, SUCCESS = "FailureTarget", "SuccessCriteriaMet"


def is_true(job: Object, kind: str) -> bool:
    """Return whether a Job has a condition of that kind that is true."""
    conditions = (job.get("status") or {}).get("conditions") or []
    return any(each.get("type") == kind and each.get("status") == "True" for each in conditions)


def is_finished(job: Object) -> bool:
    """Return whether a Job is complete or has failed."""
    return is_true(job, COMPLETE) or is_true(job, FAILED)


# (condition, other condition, whether the two exclude or need each other, message).
_PAIRS = (
    (COMPLETE, FAILED, False, "cannot set Complete=True and Failed=true conditions"),
    (COMPLETE, FAILURE_TARGET, False, "cannot set Complete=True and FailureTarget=true conditions"),
    (FAILED, FAILURE_TARGET, True, "cannot set Failed=True condition without the FailureTarget=true condition"),
    (COMPLETE, SUCCESS, True, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"),
    (SUCCESS, FAILED, False, "cannot set SuccessCriteriaMet=True and Failed=true conditions"),
    (SUCCESS, FAILURE_TARGET, False, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
)


def _validate_conditions(job: Object) -> Faults:
    return [
        invalid("status.conditions", OMITTED, message)
        for one, other, together, message in _PAIRS
        if is_true(job, one) and is_true(job, other) is not together
    ]


def _validate_uncounted(status: Object) -> Faults:
    faults: Faults = []
    seen: set[str] = set()
    for name in ("succeeded", "failed"):
        for index, uid in enumerate((status.get("uncountedTerminatedPods") or {}).get(name) or []):
            path = f"status.uncountedTerminatedPods.{name}[{index}]"
            if not uid:
                faults.append(invalid(path, uid, "must not be empty"))
            elif uid in seen:
                faults.append(duplicate(path, uid))
            seen.add(uid)
    return faults


def _validate_times(job: Object, status: Object) -> Faults:
    faults: Faults = []
    started, completed = status.get("startTime"), status.get("completionTime")
    is_complete = is_true(job, COMPLETE)
    path = "status.completionTime"
    if completed and not is_complete:
        detail = "cannot set completionTime when there is no Complete=True condition"
        faults.append(invalid(path, completed, detail))
    if not completed and is_complete:
        faults.append(required(path, "completionTime is required for Complete jobs"))
    if started and completed and clock.parse_rfc3339(completed) < clock.parse_rfc3339(started):
        faults.append(invalid(path, completed, "completionTime cannot be set before startTime"))
    return faults


def _validate_finished(status: Object) -> Faults:
    faults: Faults = []
    if (status.get("active") or 0) > 0:
        faults.append(invalid("status.active", status["active"], "active>0 is invalid for finished job"))
    if not status.get("startTime"):
        faults.append(required("status.startTime", "startTime is required for finished job"))
    waiting = status.get("uncountedTerminatedPods") or {}
    if waiting.get("failed") or waiting.get("succeeded"):
        detail = "uncountedTerminatedPods needs to be empty for finished job"
        faults.append(invalid("status.uncountedTerminatedPods", waiting, detail))
    if (status.get("terminating") or 0) > 0:
        detail = "terminating>0 is invalid for finished job"
        faults.append(invalid("status.terminating", status["terminating"], detail))
    return faults


def _parsed(status: Object, name: str, completions: int, faults: Faults) -> list[tuple[int, int]]:
    try:
        return indexes.parse(status.get(name) or "", completions)
    except ValueError as error:
        faults.append(invalid(f"status.{name}", status.get(name), f"error parsing {name}: {error}"))
        return []


def _validate_indexes(spec: Object, status: Object) -> Faults:
    faults: Faults = []
    completed, failed = status.get("completedIndexes") or "", status.get("failedIndexes")
    if spec.get("completions") is not None:
        done = _parsed(status, "completedIndexes", spec["completions"], faults)
        lost = _parsed(status, "failedIndexes", spec["completions"], faults) if failed is not None else []
        common = indexes.first_common(done, lost)
        if common is not None:
            detail = f"failedIndexes and completedIndexes overlap at index: {common}"
            faults.append(invalid("status.failedIndexes", failed, detail))
    if completed and not is_indexed(spec):
        detail = "cannot set non-empty completedIndexes when non-indexed completion mode"
        faults.append(invalid("status.completedIndexes", completed, detail))
    if failed is not None and spec.get("backoffLimitPerIndex") is None:
        detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        faults.append(invalid("status.failedIndexes", failed, detail))
    return faults


def _may_shrink(job: Object) -> bool:
    """Return whether completed indexes may fall away: those of an Indexed Job that can be made smaller."""
    spec = job.get("spec") or {}
    return is_indexed(spec) and spec.get("completions") == spec.get("parallelism")


def _validate_change(new: Object, old: Object) -> Faults:
    faults: Faults = []
    status, before = new.get("status") or {}, old.get("status") or {}
    for kind in (FAILED, COMPLETE, FAILURE_TARGET):
        if is_true(old, kind) and not is_true(new, kind):
            detail = f"cannot disable the terminal {kind}=True condition"
            faults.append(invalid("status.conditions", OMITTED, detail))
    for name in ("failed",) if _may_shrink(new) else ("failed", "succeeded"):
        if (status.get(name) or 0) < (before.get(name) or 0):
            faults.append(invalid(f"status.{name}", status.get(name) or 0, f"cannot decrease the {name} counter"))
    ended, was = status.get("completionTime"), before.get("completionTime")
    if ended and was and ended != was:
        faults.append(invalid("status.completionTime", ended, "completionTime cannot be mutated"))
    started, resumes = before.get("startTime"), is_true(old, SUSPENDED) and not is_true(new, SUSPENDED)
    is_fixed = not resumes and not (new.get("spec") or {}).get("suspend")
    if started and started != status.get("startTime") and is_fixed:
        faults.append(required("status.startTime", "startTime cannot be removed for unsuspended job"))
    if is_true(old, SUCCESS) and not is_true(new, SUCCESS):
        detail = "cannot disable the SuccessCriteriaMet=True condition"
        faults.append(invalid("status.conditions", OMITTED, detail))
    if is_true(old, COMPLETE) and not is_true(old, SUCCESS) and is_true(new, SUCCESS):
        detail = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
        faults.append(invalid("status.conditions", OMITTED, detail))
    return faults


def validate(new: Object, old: Object) -> Faults:
    """Return the faults of a new status."""
    spec, status = new.get("spec") or {}, new.get("status") or {}
    faults = not_negative(status, "status", "active", "succeeded", "failed", "ready", "terminating")
    faults += _validate_uncounted(status) + _validate_conditions(new) + _validate_times(new, status)
    if is_finished(new):
        faults += _validate_finished(status)
    faults += _validate_indexes(spec, status)
    ready = status.get("ready")
    if ready is not None and ready > (status.get("active") or 0):
        faults.append(invalid("status.ready", ready, "cannot set more ready pods than active"))
    return faults + _validate_change(new, old)
