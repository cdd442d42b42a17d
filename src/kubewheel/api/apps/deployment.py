"""Deployment: replaces ReplicaSets, a few pods at a time."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.apps import workload
from kubewheel.api.defaults import pod_template
from kubewheel.api.defaults.fields import begin_with, fill, fill_empty, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import int_or_percent
from kubewheel.api.validation.faults import Faults, forbidden, invalid, not_negative, required, unsupported
from kubewheel.libs.wire import Object

RECREATE, ROLLING_UPDATE = "Recreate", "RollingUpdate"

COUNTERS = (
    "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
    "terminatingReplicas", "collisionCount",
)


def default(deployment: dict[str, Any]) -> None:
    """Complete a Deployment."""
    spec = part_of(deployment, "spec")
    fill(spec, "replicas", 1)
    strategy = part_of(spec, "strategy")
    fill_empty(strategy, "type", ROLLING_UPDATE)
    if strategy["type"] == ROLLING_UPDATE:
        rolling = part_of(strategy, "rollingUpdate")
        fill(rolling, "maxUnavailable", "25%")
        fill(rolling, "maxSurge", "25%")
    fill(spec, "revisionHistoryLimit", 10)
    fill(spec, "progressDeadlineSeconds", 600)
    pod_template.default_pod_template(part_of(spec, "template"))


def prepare_update(new: dict[str, Any], old: Object) -> None:
    """Keep the status, and count a change of annotations as one that controllers must see."""
    keep_status(new, old)
    before = workload.part(old, "metadata")
    if (workload.part(new, "metadata").get("annotations") or {}) != (before.get("annotations") or {}):
        part_of(new, "metadata")["generation"] = (before.get("generation") or 0) + 1


def _validate_rolling(rolling: Object, path: str) -> Faults:
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    faults = int_or_percent.validate_int_or_percent(unavailable, f"{path}.maxUnavailable")
    faults += int_or_percent.validate_int_or_percent(surge, f"{path}.maxSurge")
    if int_or_percent.amount_of(unavailable) == 0 and int_or_percent.amount_of(surge) == 0:
        faults.append(invalid(f"{path}.maxUnavailable", unavailable or 0, "may not be 0 when `maxSurge` is 0"))
    return faults + int_or_percent.validate_at_most_all(unavailable, f"{path}.maxUnavailable")


def _validate_strategy(strategy: Object, path: str) -> Faults:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    here = f"{path}.rollingUpdate"
    if kind == RECREATE:
        detail = f"may not be specified when strategy `type` is '{RECREATE}'"
        return [] if rolling is None else [forbidden(here, detail)]
    if kind == ROLLING_UPDATE:
        if rolling is None:
            return [required(here, "this should be defaulted and never be nil")]
        return _validate_rolling(rolling, here)
    return [unsupported(path, strategy, (RECREATE, ROLLING_UPDATE))]


def validate(deployment: Object) -> Faults:
    """Return the faults of a Deployment."""
    spec = workload.part(deployment, "spec")
    faults = not_negative(spec, "spec", "replicas")
    faults += workload.validate_selector(spec.get("selector"), "spec.selector", "deployment")
    faults += workload.validate_replicated_template(spec, "spec")
    faults += _validate_strategy(workload.part(spec, "strategy"), "spec.strategy")
    faults += not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
        faults.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return faults


def validate_status(new: Object, old: Object) -> Faults:
    """Return the faults of a new status."""
    status = workload.part(new, "status")
    faults = workload.validate_counters(status, COUNTERS)
    faults += workload.validate_no_more(status, ("updatedReplicas", "readyReplicas", "availableReplicas"))
    return faults + workload.validate_available(status) + workload.validate_collisions(new, old)


def warnings(deployment: Object) -> list[str]:
    """Return what is allowed but likely wrong."""
    return workload.name_warnings(deployment) + workload.template_warnings(deployment)


def row(deployment: Object, now: float) -> list[Any]:
    """Return the cells of a Deployment."""
    spec, status = workload.part(deployment, "spec"), workload.part(deployment, "status")
    ready = f"{workload.count(status, 'readyReplicas')}/{workload.count(spec, 'replicas')}"
    return [
        cells.name(deployment), ready, workload.count(status, "updatedReplicas"),
        workload.count(status, "availableReplicas"), cells.age(deployment, now),
        *cells.containers(spec.get("template")), cells.selector(spec.get("selector")),
    ]


KIND = Kind(
    "apps", "Deployment", default=default, prepare_create=begin_with(), prepare_update=prepare_update,
    validate=validate, validate_update=workload.validate_selector_update, validate_status=validate_status,
    warnings=warnings, has_generation=True, row=row,
    columns=(
        NAME, Column("Ready", description="Ready pods and wanted pods."),
        Column("Up-to-date", description="Pods that the current template made."),
        Column("Available", description="Pods that have been ready for minReadySeconds."), AGE,
        cells.CONTAINERS, cells.IMAGES, cells.SELECTOR,
    ),
)
