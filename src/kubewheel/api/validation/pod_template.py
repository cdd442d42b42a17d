"""Templates of pods, as workloads carry them."""

from kubewheel.api.errors import FieldError
from kubewheel.api.validation import labels, pod_annotations, pod_spec
from kubewheel.api.validation.faults import forbidden
from kubewheel.libs.wire import Object


def validate_pod_template_spec(template: Object, path: str) -> list[FieldError]:
    """Check the template of a pod that stands at `path`."""
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    annotations = metadata.get("annotations")
    faults = labels.validate_labels(metadata.get("labels"), f"{path}.labels")
    faults += labels.validate_annotations(annotations, f"{path}.annotations")
    faults += pod_annotations.validate_pod_annotations(annotations, spec, f"{path}.annotations")
    faults += pod_spec.validate_pod_spec(spec, f"{path}.spec")
    faults += pod_annotations.validate_profiles_match(annotations, spec, f"{path}.spec")
    if spec.get("ephemeralContainers"):
        detail = "ephemeral containers not allowed in pod template"
        faults.append(forbidden(f"{path}.spec.ephemeralContainers", detail))
    return faults
