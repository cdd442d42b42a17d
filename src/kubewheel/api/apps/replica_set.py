"""ReplicaSet: keeps a number of identical pods alive."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.apps import workload
from kubewheel.api.defaults import pod_template
from kubewheel.api.defaults.fields import begin_with, fill, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation.faults import Faults, not_negative
from kubewheel.libs.wire import Object

COUNTERS = (
    "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas",
    "observedGeneration",
)


def default(replica_set: dict[str, Any]) -> None:
    """Complete a ReplicaSet."""
    spec = part_of(replica_set, "spec")
    fill(spec, "replicas", 1)
    pod_template.default_pod_template(part_of(spec, "template"))


def validate(replica_set: Object) -> Faults:
    """Return the faults of a ReplicaSet."""
    spec = workload.part(replica_set, "spec")
    faults = not_negative(spec, "spec", "replicas", "minReadySeconds")
    # "deployment" is the word that upstream's message has for ReplicaSets too.
    faults += workload.validate_selector(spec.get("selector"), "spec.selector", "deployment")
    return faults + workload.validate_replicated_template(spec, "spec")


def validate_status(new: Object, _: Object) -> Faults:
    """Return the faults of a new status."""
    status = workload.part(new, "status")
    faults = workload.validate_counters(status, COUNTERS)
    faults += workload.validate_no_more(status, ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"))
    return faults + workload.validate_available(status)


def warnings(replica_set: Object) -> list[str]:
    """Return what is allowed but likely wrong."""
    return workload.name_warnings(replica_set) + workload.template_warnings(replica_set)


def row(replica_set: Object, now: float) -> list[Any]:
    """Return the cells of a ReplicaSet."""
    spec, status = workload.part(replica_set, "spec"), workload.part(replica_set, "status")
    return [
        cells.name(replica_set), workload.count(spec, "replicas"), workload.count(status, "replicas"),
        workload.count(status, "readyReplicas"), cells.age(replica_set, now),
        *cells.containers(spec.get("template")), cells.selector(spec.get("selector")),
    ]


KIND = Kind(
    "apps", "ReplicaSet", default=default, prepare_create=begin_with(replicas=0), prepare_update=keep_status,
    validate=validate, validate_update=workload.validate_selector_update, validate_status=validate_status,
    warnings=warnings, has_generation=True, row=row,
    columns=(
        NAME, Column("Desired", "integer"), Column("Current", "integer"), Column("Ready", "integer"), AGE,
        cells.CONTAINERS, cells.IMAGES, cells.SELECTOR,
    ),
    selectable={"status.replicas": lambda found: str(workload.count(workload.part(found, "status"), "replicas"))},
)
