"""PodTemplate: a template of pods as an object of its own."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds
from kubewheel.api.defaults import pod_template as defaults
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import pod_template, pod_warnings
from kubewheel.libs.wire import Object


def _template(obj: Object) -> Object:
    found: Object = obj.get("template") or {}
    return found


def default(obj: dict[str, Any]) -> None:
    """Complete the template."""
    defaults.default_pod_template(obj.setdefault("template", {}))


def validate(obj: Object) -> list[FieldError]:
    """Check the template."""
    return pod_template.validate_pod_template_spec(_template(obj), "template")


def warnings(obj: Object) -> list[str]:
    """Return the warnings about the template."""
    template = _template(obj)
    return pod_warnings.pod_warnings(template.get("metadata") or {}, template.get("spec") or {}, "template")


def row(obj: Object, _now: float) -> Sequence[Any]:
    """Return the cells of a template."""
    template = _template(obj)
    names, images = cells.names_and_images((template.get("spec") or {}).get("containers") or [])
    labels = (template.get("metadata") or {}).get("labels")
    return obj["metadata"].get("name"), names, images, cells.format_labels(labels)


KIND = kinds.Kind(
    group="", kind="PodTemplate",
    default=default, validate=validate, warnings=warnings, has_generation=True,
    columns=(
        kinds.NAME,
        kinds.Column("Containers", description="Names of each container in the template."),
        kinds.Column("Images", description="Images referenced by each container in the template."),
        kinds.Column("Pod Labels", description="The labels for the pod template."),
    ),
    row=row,
)
