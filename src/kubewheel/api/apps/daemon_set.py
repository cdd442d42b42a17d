"""DaemonSet: one pod on every node that fits."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.apps import workload
from kubewheel.api.defaults import pod_template
from kubewheel.api.defaults.fields import fill, fill_empty, part_of
from kubewheel.api.kinds import AGE, NAME, Column, Kind, keep_status
from kubewheel.api.validation import int_or_percent, labels
from kubewheel.api.validation import pod_template as template_rules
from kubewheel.api.validation.faults import Faults, invalid, not_negative, required, unsupported
from kubewheel.libs.wire import Object

ROLLING_UPDATE, ON_DELETE = "RollingUpdate", "OnDelete"
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
INITIAL = ("currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady")
COUNTERS = (
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration",
    "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount",
)


def default(daemon_set: dict[str, Any]) -> None:
    """Complete a DaemonSet."""
    spec = part_of(daemon_set, "spec")
    strategy = part_of(spec, "updateStrategy")
    fill_empty(strategy, "type", ROLLING_UPDATE)
    if strategy["type"] == ROLLING_UPDATE:
        rolling = part_of(strategy, "rollingUpdate")
        fill(rolling, "maxUnavailable", 1)
        fill(rolling, "maxSurge", 0)
    fill(spec, "revisionHistoryLimit", 10)
    pod_template.default_pod_template(part_of(spec, "template"))


def _set_template_generation(daemon_set: dict[str, Any], generation: int) -> None:
    part_of(part_of(daemon_set, "metadata"), "annotations")[TEMPLATE_GENERATION] = str(generation)


def prepare_create(daemon_set: dict[str, Any]) -> None:
    """Start with no pods, and with the first of its templates."""
    daemon_set["status"] = dict.fromkeys(INITIAL, 0)
    _set_template_generation(daemon_set, 1)


def prepare_update(new: dict[str, Any], old: Object) -> None:
    """Keep the status, and count the templates."""
    keep_status(new, old)
    known = (workload.part(old, "metadata").get("annotations") or {}).get(TEMPLATE_GENERATION) or "1"
    generation = int(known) if known.isdigit() else 1
    template = part_of(part_of(new, "spec"), "template")
    pod_template.default_pod_template(template)
    is_changed = template != workload.part(old, "spec", "template")
    _set_template_generation(new, generation + 1 if is_changed else generation)


def _validate_rolling(rolling: Object, path: str) -> Faults:
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    faults: Faults = []
    for check in (int_or_percent.validate_int_or_percent, int_or_percent.validate_at_most_all):
        faults += check(unavailable, f"{path}.maxUnavailable")
        faults += check(surge, f"{path}.maxSurge")
    has_unavailable = int_or_percent.amount_of(unavailable) != 0
    has_surge = int_or_percent.amount_of(surge) != 0
    if has_unavailable and has_surge:
        faults.append(invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero"))
    if not has_unavailable and not has_surge:
        faults.append(required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return faults


def _validate_strategy(strategy: Object, path: str) -> Faults:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == ON_DELETE:
        return []
    if kind != ROLLING_UPDATE:
        return [unsupported(path, strategy, (ROLLING_UPDATE, ON_DELETE))]
    if rolling is None:
        return [required(f"{path}.rollingUpdate")]
    return _validate_rolling(rolling, f"{path}.rollingUpdate")


def validate(daemon_set: Object) -> Faults:
    """Return the faults of a DaemonSet."""
    spec = workload.part(daemon_set, "spec")
    selector, template = spec.get("selector"), workload.part(spec, "template")
    faults = labels.validate_label_selector(selector, "spec.selector")
    if workload.selects_template(selector, template) is False:
        labels_path = "spec.template.metadata.labels"
        faults.append(invalid(labels_path, workload.part(template, "metadata").get("labels"), workload.MISMATCH))
    if selector is not None and labels.is_empty_selector(selector):
        faults.append(invalid("spec.selector", selector, "empty selector is invalid for daemonset"))
    faults += template_rules.validate_pod_template_spec(template, "spec.template")
    faults += workload.validate_lasting(template, "spec.template", "DaemonSet")
    faults += not_negative(spec, "spec", "minReadySeconds")
    faults += _validate_strategy(workload.part(spec, "updateStrategy"), "spec.updateStrategy")
    return faults + not_negative(spec, "spec", "revisionHistoryLimit")


def validate_status(new: Object, old: Object) -> Faults:
    """Return the faults of a new status."""
    faults = workload.validate_counters(workload.part(new, "status"), COUNTERS)
    return faults + workload.validate_collisions(new, old)


def row(daemon_set: Object, now: float) -> list[Any]:
    """Return the cells of a DaemonSet."""
    spec, status = workload.part(daemon_set, "spec"), workload.part(daemon_set, "status")
    counters = (
        "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable",
    )
    return [
        cells.name(daemon_set), *(workload.count(status, name) for name in counters),
        cells.format_labels(workload.part(spec, "template", "spec").get("nodeSelector")), cells.age(daemon_set, now),
        *cells.containers(spec.get("template")), cells.selector(spec.get("selector")),
    ]


KIND = Kind(
    "apps", "DaemonSet", default=default, prepare_create=prepare_create, prepare_update=prepare_update,
    validate=validate, validate_update=workload.validate_selector_update, validate_status=validate_status,
    warnings=workload.template_warnings, has_generation=True, row=row,
    columns=(
        NAME, Column("Desired", "integer"), Column("Current", "integer"), Column("Ready", "integer"),
        Column("Up-to-date", "integer"), Column("Available", "integer"), Column("Node Selector"), AGE,
        cells.CONTAINERS, cells.IMAGES, cells.SELECTOR,
    ),
)
