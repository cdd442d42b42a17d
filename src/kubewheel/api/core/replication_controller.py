"""ReplicationController: keeps a number of identical pods alive, chosen by plain labels."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds
from kubewheel.api.defaults import pod_template as defaults
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import pod_template, pod_warnings
from kubewheel.api.validation.faults import Faults, forbidden, invalid, not_negative, required, unsupported
from kubewheel.libs.wire import Object

COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
TOO_MANY = "cannot be greater than status.replicas"


def prepare_create(obj: dict[str, Any]) -> None:
    """Start with no pods."""
    obj["status"] = {"replicas": 0}


def default(obj: dict[str, Any]) -> None:
    """Complete the template, and derive from its labels what was not said."""
    spec = obj.setdefault("spec", {})
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    template = spec.get("template")
    if template is None:
        return
    defaults.default_pod_template(template)
    labels = template["metadata"].get("labels")
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        if not obj["metadata"].get("labels"):
            obj["metadata"]["labels"] = dict(labels)


def _validate_template(template: Object, selector: Object) -> Faults:
    path = "spec.template"
    labels = (template.get("metadata") or {}).get("labels") or {}
    faults: Faults = []
    if any(labels.get(key) != value for key, value in selector.items()):
        detail = "`selector` does not match template `labels`"
        faults.append(invalid(f"{path}.metadata.labels", dict(labels), detail))
    faults += pod_template.validate_pod_template_spec(template, path)
    spec = template.get("spec") or {}
    if spec.get("restartPolicy") != "Always":
        faults.append(unsupported(f"{path}.spec.restartPolicy", spec.get("restartPolicy") or "", ("Always",)))
    if spec.get("activeDeadlineSeconds") is not None:
        detail = "activeDeadlineSeconds in ReplicationController is not Supported"
        faults.append(forbidden(f"{path}.spec.activeDeadlineSeconds", detail))
    return faults


def validate(obj: Object) -> list[FieldError]:
    """Check number, selector and template."""
    spec = obj.get("spec") or {}
    selector, template = spec.get("selector") or {}, spec.get("template")
    faults = not_negative(spec, "spec", "minReadySeconds")
    if not selector:
        faults.append(required("spec.selector"))
    faults += not_negative(spec, "spec", "replicas")
    return [*faults, required("spec.template")] if template is None else faults + _validate_template(template, selector)


def validate_status(obj: Object, _old: Object) -> list[FieldError]:
    """Check that the numbers in the status can be true together."""
    status = obj.get("status") or {}
    faults = not_negative(status, "status", *COUNTS, "observedGeneration")
    total = status.get("replicas") or 0
    for name in COUNTS[1:]:
        if (status.get(name) or 0) > total:
            faults.append(invalid(f"status.{name}", status[name], TOO_MANY))
    if (status.get("availableReplicas") or 0) > (status.get("readyReplicas") or 0):
        detail = "cannot be greater than readyReplicas"
        faults.append(invalid("status.availableReplicas", status["availableReplicas"], detail))
    return faults


def warnings(obj: Object) -> list[str]:
    """Return the warnings about the template."""
    template = (obj.get("spec") or {}).get("template") or {}
    return pod_warnings.pod_warnings(template.get("metadata") or {}, template.get("spec") or {}, "spec.template")


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a controller."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or []
    return (
        obj["metadata"].get("name"), spec.get("replicas") or 0, status.get("replicas") or 0,
        status.get("readyReplicas") or 0, cells.age(obj, now), *cells.names_and_images(containers),
        cells.format_labels(spec.get("selector")),
    )


def _replicas(obj: Object) -> str:
    return str((obj.get("status") or {}).get("replicas") or 0)


KIND = kinds.Kind(
    group="", kind="ReplicationController",
    default=default, prepare_create=prepare_create, prepare_update=kinds.keep_status,
    validate=validate, validate_status=validate_status, warnings=warnings, has_generation=True,
    columns=(
        kinds.NAME,
        kinds.Column("Desired", "integer", description="How many pods are wanted."),
        kinds.Column("Current", "integer", description="How many pods there are."),
        kinds.Column("Ready", "integer", description="How many pods are ready."),
        kinds.AGE,
        kinds.Column("Containers", wide=True, description="Names of each container in the template."),
        kinds.Column("Images", wide=True, description="Images referenced by each container in the template."),
        kinds.Column("Selector", wide=True, description="The labels by which pods belong to the controller."),
    ),
    row=row, selectable={"status.replicas": _replicas},
)
