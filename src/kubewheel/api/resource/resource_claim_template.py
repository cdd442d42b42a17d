"""ResourceClaimTemplate: from which the claims of pods are made."""

from typing import Any

from kubewheel.api import cells
from kubewheel.api.defaults.fields import part_of
from kubewheel.api.kinds import AGE, NAME, Kind
from kubewheel.api.resource import requests
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, immutable
from kubewheel.libs.wire import Object


def default(template: dict[str, Any]) -> None:
    """Complete a ResourceClaimTemplate."""
    requests.default(part_of(part_of(template, "spec"), "spec"))


def validate(template: Object) -> Faults:
    """Return the faults of a ResourceClaimTemplate."""
    spec = template.get("spec") or {}
    metadata = spec.get("metadata") or {}
    faults = labels.validate_labels(metadata.get("labels"), "spec.metadata.labels")
    faults += labels.validate_annotations(metadata.get("annotations"), "spec.metadata.annotations")
    return faults + requests.validate(spec.get("spec") or {}, "spec.spec")


def validate_update(new: Object, old: Object) -> Faults:
    """Check that a template stays what it is."""
    return immutable("spec", new.get("spec"), old.get("spec"))


def row(template: Object, now: float) -> list[Any]:
    """Return the cells of a ResourceClaimTemplate."""
    return [cells.name(template), cells.age(template, now)]


KIND = Kind(
    "resource.k8s.io", "ResourceClaimTemplate", default=default, validate=validate, validate_update=validate_update,
    row=row, columns=(NAME, AGE),
)
