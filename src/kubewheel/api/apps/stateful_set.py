"""StatefulSet: pods with an ordinal each, that keep their names and their volumes."""

from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.apps import workload
from kubewheel.api.defaults import claims, pod_template
from kubewheel.api.defaults.fields import begin_with, fill, fill_empty, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import int_or_percent, labels, pod_annotations, pod_warnings
from kubewheel.api.validation.faults import Faults, forbidden, invalid, not_negative, required, unsupported
from kubewheel.libs.wire import Object

ORDERED, PARALLEL = "OrderedReady", "Parallel"
ROLLING_UPDATE, ON_DELETE = "RollingUpdate", "OnDelete"
RETENTION = ("Retain", "Delete")
COUNTERS = (
    "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration",
    "collisionCount",
)
CHANGEABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)
UNCHANGEABLE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def default(stateful_set: dict[str, Any]) -> None:
    """Complete a StatefulSet."""
    spec = part_of(stateful_set, "spec")
    fill_empty(spec, "podManagementPolicy", ORDERED)
    strategy = part_of(spec, "updateStrategy")
    if not strategy.get("type"):
        strategy["type"] = ROLLING_UPDATE
        fill(strategy, "rollingUpdate", {})
    if strategy["type"] == ROLLING_UPDATE and strategy.get("rollingUpdate") is not None:
        fill(strategy["rollingUpdate"], "partition", 0)
        fill(strategy["rollingUpdate"], "maxUnavailable", 1)
    retention = part_of(spec, "persistentVolumeClaimRetentionPolicy")
    fill_empty(retention, "whenDeleted", "Retain")
    fill_empty(retention, "whenScaled", "Retain")
    fill(spec, "replicas", 1)
    fill(spec, "revisionHistoryLimit", 10)
    for claim in spec.get("volumeClaimTemplates") or []:
        _default_claim(claim)
    pod_template.default_pod_template(part_of(spec, "template"))


def _default_claim(claim: dict[str, Any]) -> None:
    fill_empty(claim, "apiVersion", "v1")
    fill_empty(claim, "kind", "PersistentVolumeClaim")
    claims.default_claim_spec(part_of(claim, "spec"))
    fill_empty(part_of(claim, "status"), "phase", "Pending")


def _validate_rolling(rolling: Object, path: str) -> Faults:
    faults = not_negative(rolling, path, "partition")
    value, here = rolling.get("maxUnavailable"), f"{path}.maxUnavailable"
    if value is None:
        return faults
    faults += int_or_percent.validate_int_or_percent(value, here)
    if int_or_percent.amount_of(value) == 0:
        faults.append(invalid(here, value, "cannot be 0"))
    return faults + int_or_percent.validate_at_most_all(value, here)


def _validate_strategy(strategy: Object, path: str) -> Faults:
    kind, rolling = strategy.get("type") or "", strategy.get("rollingUpdate")
    here = f"{path}.rollingUpdate"
    if not kind:
        return [required(path)]
    if kind == ON_DELETE:
        detail = f"only allowed for updateStrategy '{ROLLING_UPDATE}'"
        return [] if rolling is None else [invalid(here, rolling, detail)]
    if kind == ROLLING_UPDATE:
        return [] if rolling is None else _validate_rolling(rolling, here)
    return [invalid(path, strategy, f"must be '{ROLLING_UPDATE}' or '{ON_DELETE}'")]


def _validate_policies(spec: Object) -> Faults:
    faults: Faults = []
    management = spec.get("podManagementPolicy") or ""
    if not management:
        faults.append(required("spec.podManagementPolicy"))
    elif management not in (ORDERED, PARALLEL):
        detail = f"must be '{ORDERED}' or '{PARALLEL}'"
        faults.append(invalid("spec.podManagementPolicy", management, detail))
    faults += _validate_strategy(workload.part(spec, "updateStrategy"), "spec.updateStrategy")
    retention = workload.part(spec, "persistentVolumeClaimRetentionPolicy")
    for name in ("whenDeleted", "whenScaled") if retention else ():
        if retention.get(name) not in RETENTION:
            path = f"spec.persistentVolumeClaimRetentionPolicy.{name}"
            faults.append(unsupported(path, retention.get(name) or "", RETENTION))
    return faults


def _validate_template(spec: Object, path: str) -> Faults:
    template = workload.part(spec, "template")
    metadata = workload.part(template, "metadata")
    faults = workload.validate_match(spec, "spec", "")
    faults += labels.validate_labels(metadata.get("labels"), f"{path}.labels")
    annotations = metadata.get("annotations")
    faults += labels.validate_annotations(annotations, f"{path}.annotations")
    pod = workload.part(template, "spec")
    faults += pod_annotations.validate_pod_annotations(annotations, pod, f"{path}.annotations")
    return faults + workload.validate_lasting(template, path, "StatefulSet")


def validate(stateful_set: Object) -> Faults:
    """Return the faults of a StatefulSet; what its pods hold is checked when they are made, claims included."""
    spec = workload.part(stateful_set, "spec")
    faults = _validate_policies(spec) + not_negative(spec, "spec", "replicas", "minReadySeconds")
    faults += not_negative(workload.part(spec, "ordinals"), "spec.ordinals", "start")
    faults += workload.validate_selector(spec.get("selector"), "spec.selector", "statefulset")
    return faults + _validate_template(spec, "spec.template")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that only what may change does."""
    now, before = workload.part(new, "spec"), workload.part(old, "spec")
    lasting = {*now, *before} - {*CHANGEABLE}
    if all((now.get(name) or None) == (before.get(name) or None) for name in lasting):
        return []
    return [forbidden("spec", UNCHANGEABLE)]


def validate_status(new: Object, old: Object) -> Faults:
    """Return the faults of a new status."""
    status = workload.part(new, "status")
    faults = workload.validate_counters(status, COUNTERS)
    counted = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")
    faults += workload.validate_no_more(status, counted)
    return faults + workload.validate_available(status, "status.readyReplicas") + workload.validate_collisions(new, old)


def warnings(stateful_set: Object) -> list[str]:
    """Return what is allowed but likely wrong."""
    spec = workload.part(stateful_set, "spec")
    found = workload.template_warnings(stateful_set)
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or []):
        found += pod_warnings.claim_warnings(workload.part(claim, "spec"), f"spec.volumeClaimTemplates[{index}].spec")
    if (spec.get("revisionHistoryLimit") or 0) < 0:
        found.append(
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
        )
    return found


def row(stateful_set: Object, now: float) -> list[Any]:
    """Return the cells of a StatefulSet."""
    spec, status = workload.part(stateful_set, "spec"), workload.part(stateful_set, "status")
    ready = f"{workload.count(status, 'readyReplicas')}/{workload.count(spec, 'replicas')}"
    return [
        cells.name(stateful_set), ready, cells.age(stateful_set, now), *cells.containers(spec.get("template")),
    ]


KIND = Kind(
    "apps", "StatefulSet", default=default, prepare_create=begin_with(replicas=0, availableReplicas=0),
    prepare_update=keep_status, validate=validate, validate_update=validate_update, validate_status=validate_status,
    validate_name=names.dns_label, warnings=warnings, has_generation=True, row=row,
    columns=(NAME, Column("Ready", description="Ready pods and wanted pods."), AGE, cells.CONTAINERS, cells.IMAGES),
)
