"""Job: runs pods until enough of them have succeeded."""

import copy
from typing import Any

from kubewheel.api import cells, durations, errors, names, selectors
from kubewheel.api.apps import workload
from kubewheel.api.batch import job_spec, job_status
from kubewheel.api.defaults import pod_template
from kubewheel.api.defaults.fields import fill, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, immutable, invalid, required
from kubewheel.libs import clock
from kubewheel.libs.wire import Object

PREFIX = "batch.kubernetes.io/"
UID_LABEL, NAME_LABEL = "controller-uid", "job-name"
BACKOFF_LIMIT, NO_BACKOFF_LIMIT = 6, 2**31 - 1
# What a scheduler may be told anew while a Job that never started is suspended.
DIRECTIVES = ("nodeSelector", "tolerations", "schedulingGates")
FROZEN = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
STATES = ("Complete", "Failed", "Terminating", "Suspended", "FailureTarget", "SuccessCriteriaMet")


def prepare_create(job: dict[str, Any]) -> None:
    """Start with no pods, and select those that carry the Job's uid unless the author selects by himself."""
    job["status"] = {}
    spec = part_of(job, "spec")
    spec.pop("scheduling", None)  # Belongs to a feature that is off by default.
    if not spec.get("manualSelector"):
        _generate_selector(spec, part_of(job, "metadata"))
        _take_labels(job)


def _take_labels(job: dict[str, Any]) -> None:
    """Give a Job without labels those of its pods."""
    marks, metadata = workload.part(job, "spec", "template", "metadata").get("labels"), part_of(job, "metadata")
    if marks and not metadata.get("labels"):
        metadata["labels"] = dict(marks)


def _generate_selector(spec: dict[str, Any], metadata: dict[str, Any]) -> None:
    marks = part_of(part_of(part_of(spec, "template"), "metadata"), "labels")
    uid, name = metadata.get("uid") or "", metadata.get("name") or ""
    for label, value in ((NAME_LABEL, name), (UID_LABEL, uid)):
        marks.setdefault(label, value)
        marks.setdefault(f"{PREFIX}{label}", value)
    part_of(part_of(spec, "selector"), "matchLabels").setdefault(f"{PREFIX}{UID_LABEL}", uid)


def default(job: dict[str, Any]) -> None:
    """Complete a Job."""
    spec = part_of(job, "spec")
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    fill(spec, "parallelism", 1)
    fill(spec, "backoffLimit", BACKOFF_LIMIT if spec.get("backoffLimitPerIndex") is None else NO_BACKOFF_LIMIT)
    fill(spec, "completionMode", job_spec.NON_INDEXED)
    fill(spec, "suspend", False)
    fill(spec, "manualSelector", False)
    fill(spec, "podReplacementPolicy", "TerminatingOrFailed" if spec.get("podFailurePolicy") is None else "Failed")
    job_spec.default_policies(spec)
    pod_template.default_pod_template(part_of(spec, "template"))
    _take_labels(job)


def _validate_generated(job: Object) -> Faults:
    """Check that what marks the pods of this Job was not overruled."""
    spec, metadata = workload.part(job, "spec"), workload.part(job, "metadata")
    if spec.get("manualSelector") or spec.get("selector") is None:
        return []
    uid, name = metadata.get("uid") or "", metadata.get("name") or ""
    faults = [] if uid else [required("metadata.uid")]
    path = "spec.template.metadata.labels"
    marks = workload.part(spec, "template", "metadata").get("labels") or {}
    expected = {UID_LABEL: uid, NAME_LABEL: name, f"{PREFIX}{UID_LABEL}": uid, f"{PREFIX}{NAME_LABEL}": name}
    for label, value in expected.items():
        if label not in marks:
            faults.append(required(f"{path}[{label}]", f"must be '{value}'"))
        elif marks[label] != value:
            faults.append(invalid(f"{path}[{label}]", marks, f"must be '{value}'"))
    if not _selects(spec["selector"], expected):
        faults.append(invalid("spec.selector", spec["selector"], "`selector` not auto-generated"))
    return faults


def _selects(selector: Object | None, marks: Any) -> bool:
    try:
        return selectors.from_object(selector).matches(marks)
    except errors.StatusError:
        return True  # That the selector cannot be read is a fault of its own.


def _validate_hostname(job: Object) -> Faults:
    """Check that the names of all pods of an indexed Job can be host names."""
    spec, name = workload.part(job, "spec"), str(workload.part(job, "metadata").get("name") or "")
    completions = spec.get("completions") or 0
    if not job_spec.is_indexed(spec) or completions <= 0:
        return []
    longest = f"{name}-{completions - 1}"
    if not names.dns_label(longest):
        return []
    return [invalid("metadata.name", name, f"will not able to create pod with invalid DNS label: {longest}")]


def validate(job: Object) -> Faults:
    """Return the faults of a Job."""
    spec = workload.part(job, "spec")
    selector, template = spec.get("selector"), workload.part(spec, "template")
    faults = _validate_generated(job) + job_spec.validate(spec, "spec")
    if selector is None:
        faults.append(required("spec.selector"))
    faults += labels.validate_label_selector(selector, "spec.selector")
    if workload.selects_template(selector, template) is False:
        marks = workload.part(template, "metadata").get("labels")
        faults.append(invalid("spec.template.metadata.labels", marks, workload.MISMATCH))
    return faults + _validate_hostname(job)


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a Job remains the Job that it is."""
    now, before = workload.part(new, "spec"), workload.part(old, "spec")
    faults = _validate_completions(now, before)
    faults += immutable("spec.selector", now.get("selector"), before.get("selector"))
    template = workload.part(now, "template")
    faults += immutable("spec.template", template, _expected_template(template, old))
    for name in FROZEN:
        faults += immutable(f"spec.{name}", now.get(name), before.get(name))
    return faults


def _validate_completions(now: Object, before: Object) -> Faults:
    wanted = now.get("completions")
    if not job_spec.is_indexed(now):
        return immutable("spec.completions", wanted, before.get("completions"))
    if wanted == before.get("completions") or wanted is None or wanted == now.get("parallelism"):
        return []
    return [invalid("spec.completions", wanted, "can only be modified in tandem with spec.parallelism")]


def _expected_template(template: Object, old: Object) -> Object:
    """Return the template that a Job must keep, with those parts of the new one that may change."""
    before = workload.part(old, "spec")
    if not before.get("suspend"):
        return workload.part(before, "template")
    expected = copy.deepcopy(dict(workload.part(before, "template")))
    pod, wanted = part_of(expected, "spec"), workload.part(template, "spec")
    is_stopped = not (old.get("status") or {}).get("startTime")
    if is_stopped:
        _take(part_of(expected, "metadata"), workload.part(template, "metadata"), ("labels", "annotations"))
        _take(pod, wanted, DIRECTIVES)
        _take_node_affinity(pod, wanted)
    if is_stopped or job_status.is_true(old, job_status.SUSPENDED):
        _take_resources(pod, wanted)
    return expected


def _take(target: dict[str, Any], source: Object, fields: tuple[str, ...]) -> None:
    for name in fields:
        if name in source:
            target[name] = source[name]
        else:
            target.pop(name, None)


def _take_node_affinity(pod: dict[str, Any], wanted: Object) -> None:
    affinity, new = dict(pod.get("affinity") or {}), wanted.get("affinity")
    _take(affinity, new or {}, ("nodeAffinity",))
    if affinity or new is not None:
        pod["affinity"] = affinity
    else:
        pod.pop("affinity", None)


def _take_resources(pod: dict[str, Any], wanted: Object) -> None:
    for kind in ("containers", "initContainers"):
        for mine, other in zip(pod.get(kind) or [], wanted.get(kind) or [], strict=False):
            _take(mine, other, ("resources",))


def warnings(job: Object) -> list[str]:
    """Return what is allowed but likely wrong."""
    found = workload.name_warnings(job) + job_spec.warnings(workload.part(job, "spec"), "spec")
    return found + workload.template_warnings(job)


def state(job: Object) -> str:
    """Return one word on how a Job is doing."""
    for name in STATES:
        if name == "Terminating":
            if workload.part(job, "metadata").get("deletionTimestamp"):
                return name
        elif job_status.is_true(job, name):
            return name
    return "Running"


def _completions(spec: Object, status: Object) -> str:
    succeeded = status.get("succeeded") or 0
    if spec.get("completions") is not None:
        return f"{succeeded}/{spec['completions']}"
    parallelism = spec.get("parallelism") or 0
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(status: Object, now: float) -> str:
    if not status.get("startTime"):
        return ""
    ended = status.get("completionTime")
    end = clock.parse_rfc3339(ended) if ended else now
    return durations.human_duration(end - clock.parse_rfc3339(status["startTime"]))


def row(job: Object, now: float) -> list[Any]:
    """Return the cells of a Job."""
    spec, status = workload.part(job, "spec"), workload.part(job, "status")
    return [
        cells.name(job), state(job), _completions(spec, status), _duration(status, now), cells.age(job, now),
        *cells.containers(spec.get("template")), cells.selector(spec.get("selector")),
    ]


KIND = Kind(
    "batch", "Job", default=default, prepare_create=prepare_create, prepare_update=keep_status, validate=validate,
    validate_update=validate_update, validate_status=job_status.validate, warnings=warnings, has_generation=True,
    row=row,
    columns=(
        NAME, Column("Status", description="Complete, Failed, Suspended, Running and the like."),
        Column("Completions", description="Succeeded pods and wanted ones."),
        Column("Duration", description="Time that the Job took, or has taken up to now."), AGE,
        cells.CONTAINERS, cells.IMAGES, cells.SELECTOR,
    ),
    selectable={"status.successful": lambda job: str(workload.part(job, "status").get("succeeded") or 0)},
)
