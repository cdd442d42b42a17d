"""What a Job's spec asks for, and how its pods are marked. Pure."""

from typing import Any

from kubewheel.api.batch import job_spec
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, ownership, replicas

KIND = "Job.batch"
CONTROLLER_NAME = "kubernetes.io/job-controller"
FINALIZER = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"
FAILURE_COUNT = "batch.kubernetes.io/job-index-failure-count"
IGNORED_COUNT = "batch.kubernetes.io/job-index-ignored-failure-count"
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
LONGEST_PREFIX = 58  # Characters; the server adds five to make a name of at most 63.


def is_indexed(job: Object) -> bool:
    """Return whether each pod stands for one index."""
    return job_spec.is_indexed(job["spec"])


def counts_per_index(job: Object) -> bool:
    """Return whether failures are counted for each index by itself."""
    return job["spec"].get("backoffLimitPerIndex") is not None


def replaces_only_failed(job: Object) -> bool:
    """Return whether a pod is replaced only when it has ended, not as soon as it is being deleted."""
    spec = job["spec"]
    return spec.get("podReplacementPolicy") == "Failed" or spec.get("podFailurePolicy") is not None


def is_suspended(job: Object) -> bool:
    """Return whether the Job shall have no pods for the time being."""
    return bool(job["spec"].get("suspend"))


def is_ours(job: Object) -> bool:
    """Return whether this controller, and not somebody else's, takes care of the Job."""
    return job["spec"].get("managedBy") in (None, CONTROLLER_NAME)


def is_tracked(pod: Object) -> bool:
    """Return whether the pod's outcome is still to be written into the Job's status."""
    return FINALIZER in objects.finalizers(pod)


def index_of(pod: Object) -> int | None:
    """Return the pod's index; None if it has none."""
    return _number(pod, INDEX, None)


def valid_index_of(job: Object, pod: Object) -> int | None:
    """Return the pod's index if the Job has that index (a Job may have been made smaller)."""
    index = index_of(pod)
    return index if index is not None and index < job["spec"]["completions"] else None


def failures_of(pod: Object) -> int:
    """Return how many failures of its index came before this pod and count."""
    return _number(pod, FAILURE_COUNT, 0) or 0


def all_failures_of(pod: Object) -> int:
    """Return how many failures of its index came before this pod, ignored ones included."""
    return failures_of(pod) + (_number(pod, IGNORED_COUNT, 0) or 0)


def _number(pod: Object, annotation: str, default: int | None) -> int | None:
    text = objects.annotations(pod).get(annotation, "")
    return int(text) if text.isascii() and text.isdecimal() else default


def new_pod(job: Object) -> dict[str, Any]:
    """Return a pod of a Job without indexes."""
    reference = ownership.reference_to(job)
    pod = replicas.from_template(job["spec"]["template"], reference, f"{objects.name(job)}-")
    kept = [each for each in objects.finalizers(pod) if each != FINALIZER]
    return objects.with_metadata(pod, finalizers=[*kept, FINALIZER])


def indexed_pod(job: Object, pod: Object, index: int, failures: tuple[int, int] | None = None) -> dict[str, Any]:
    """Return the pod of one index, made of `new_pod`; `failures` are those of its index: counted, ignored."""
    name = objects.name(job)
    annotations = {**objects.annotations(pod), INDEX: str(index)}
    if failures is not None:
        annotations[FAILURE_COUNT] = str(failures[0])
        if failures[1]:
            annotations[IGNORED_COUNT] = str(failures[1])
    changed = objects.with_metadata(
        pod, annotations=annotations, labels={**objects.labels(pod), INDEX: str(index)},
        generateName=_prefix(name, index),
    )
    return {**changed, "spec": {**_with_variable(pod["spec"]), "hostname": f"{name}-{index}"}}


def _prefix(name: str, index: int) -> str:
    suffix = f"-{index}-"
    return name[: LONGEST_PREFIX - len(suffix)] + suffix


def _with_variable(spec: Object) -> dict[str, Any]:
    """Return the pod's spec with the index as an environment variable of every container that lacks it."""
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    result = dict(spec)
    for field in ("initContainers", "containers"):
        if spec.get(field):
            result[field] = [_container(each, source) for each in spec[field]]
    return result


def _container(container: Object, source: Object) -> Object:
    present = container.get("env") or []
    if any(each.get("name") == INDEX_VARIABLE for each in present):
        return container
    return {**container, "env": [*present, {"name": INDEX_VARIABLE, "valueFrom": source}]}
