"""What happens to a pod on its way into the store, and which fields select it."""

from collections.abc import Callable, Mapping
from typing import Any

from kubewheel.api import kinds, names, qos
from kubewheel.api.core.pod import table
from kubewheel.api.defaults import pod as defaults
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import containers, pod_annotations, pod_spec, pod_status, pod_update, pod_warnings
from kubewheel.api.validation.affinity import PREFERRED, REQUIRED
from kubewheel.api.validation.faults import forbidden
from kubewheel.libs.wire import Object

GATED = {
    "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


def _merge_keys(part: dict[str, Any], field: str, operator: str, labels: Object) -> None:
    """Add to the selector of `part` that other pods have (or lack) this pod's values of the labels in `field`."""
    selector = part.get("labelSelector")
    keys = [key for key in part.get(field) or [] if key in labels]
    if selector is None or not keys:
        return
    expressions = [{"key": key, "operator": operator, "values": [labels[key]]} for key in keys]
    part["labelSelector"] = {**selector, "matchExpressions": [*(selector.get("matchExpressions") or []), *expressions]}


def _merge_label_keys(spec: dict[str, Any], labels: Object) -> None:
    terms: list[dict[str, Any]] = []
    for kind in ("podAffinity", "podAntiAffinity"):
        affinity = (spec.get("affinity") or {}).get(kind) or {}
        terms += affinity.get(REQUIRED) or []
        terms += [term["podAffinityTerm"] for term in affinity.get(PREFERRED) or [] if term.get("podAffinityTerm")]
    for term in terms:
        _merge_keys(term, "matchLabelKeys", "In", labels)
        _merge_keys(term, "mismatchLabelKeys", "NotIn", labels)
    for constraint in spec.get("topologySpreadConstraints") or []:
        _merge_keys(constraint, "matchLabelKeys", "In", labels)


def _adopt_apparmor(spec: dict[str, Any], annotations: Object) -> None:
    """Turn AppArmor annotations, the old form, into fields."""
    if (spec.get("os") or {}).get("name") == "windows":
        return
    own = (spec.get("securityContext") or {}).get("appArmorProfile")
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(kind) or []:
            profile = _profile_of(annotations.get(f"{pod_annotations.APPARMOR}{container.get('name')}"))
            context = container.get("securityContext") or {}
            if profile and not context.get("appArmorProfile") and profile != own:
                container["securityContext"] = {**context, "appArmorProfile": profile}


def _profile_of(annotation: str | None) -> dict[str, str] | None:
    if annotation == "unconfined":
        return {"type": "Unconfined"}
    if annotation == "runtime/default":
        return {"type": "RuntimeDefault"}
    local = (annotation or "").removeprefix(pod_annotations.LOCAL)
    if not annotation or local == annotation or not local.strip() or local != local.strip():
        return None
    return {"type": "Localhost", "localhostProfile": local}


def prepare_create(pod: dict[str, Any]) -> None:
    """Start the status, and resolve what the spec says by way of the pod's own labels and annotations."""
    spec = pod.get("spec") or {}
    metadata = pod.get("metadata") or {}
    pod["status"] = {"phase": "Pending", "qosClass": str(qos.compute(spec))}
    if spec.get("schedulingGates"):
        pod["status"]["conditions"] = [dict(GATED)]
    _merge_label_keys(spec, metadata.get("labels") or {})
    if annotations := metadata.get("annotations"):
        _adopt_apparmor(spec, annotations)


def prepare_status(new: dict[str, Any], old: Object) -> None:
    """Keep all but the status, and of that what a writer of an older version would lose."""
    kinds.keep_all_but_status(new, old)
    for name in ("ownerReferences", "deletionTimestamp"):
        kept = old["metadata"].get(name)
        if kept is None:
            new["metadata"].pop(name, None)
        else:
            new["metadata"][name] = kept
    status, before = new.setdefault("status", {}), old.get("status") or {}
    _settle_addresses(status)
    for name in ("qosClass", "observedGeneration"):
        if not status.get(name) and before.get(name):
            status[name] = before[name]
    seen = {each.get("type"): each["observedGeneration"] for each in before.get("conditions") or []
            if each.get("observedGeneration")}
    for condition in status.get("conditions") or []:
        if not condition.get("observedGeneration") and condition.get("type") in seen:
            condition["observedGeneration"] = seen[condition["type"]]


def _settle_addresses(status: dict[str, Any]) -> None:
    """Tell the pod's address in both forms; of two that differ counts the older form, all that old clients know."""
    listed, first = status.get("podIPs") or [], status.get("podIP")
    if first and first != (listed[0].get("ip") if listed else None):
        status["podIPs"] = [{"ip": first}]
    elif listed:
        status["podIP"] = listed[0].get("ip") or ""


def _validate(pod: Object) -> list[FieldError]:
    """Check a pod by itself, as it is created and as it is updated."""
    metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
    annotations = metadata.get("annotations")
    faults = pod_annotations.validate_pod_annotations(annotations, spec, "metadata.annotations")
    faults += pod_spec.validate_pod_spec(spec, "spec", pod_name=metadata.get("name") or "", is_pod=True)
    if not spec.get("serviceAccountName"):
        faults += _validate_no_tokens(spec)
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind) or []):
            faults += containers.validate_image_padding(container, f"spec.{kind}[{index}]")
    return faults


def _validate_no_tokens(spec: Object) -> list[FieldError]:
    detail = "must not be specified when serviceAccountName is not set"
    return [
        forbidden(f"spec.volumes[{index}].projected.sources[{place}].serviceAccountToken", detail)
        for index, volume in enumerate(spec.get("volumes") or [])
        for place, source in enumerate((volume.get("projected") or {}).get("sources") or [])
        if source.get("serviceAccountToken") is not None
    ]


def validate(pod: Object) -> list[FieldError]:
    """Check a pod."""
    faults = _validate(pod)
    if "resourceVersion" not in (pod.get("metadata") or {}):
        faults += _validate_new(pod)
    return faults


def _validate_new(pod: Object) -> list[FieldError]:
    """Check what holds for pods when they are created only."""
    spec = pod.get("spec") or {}
    faults: list[FieldError] = []
    if spec.get("ephemeralContainers"):
        faults.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        detail = "cannot be set until all schedulingGates have been cleared"
        faults.append(forbidden("spec.nodeName", detail))
    annotations = (pod.get("metadata") or {}).get("annotations")
    return faults + pod_annotations.validate_profiles_match(annotations, spec, "spec")


def warnings(pod: Object) -> list[str]:
    """Return the warnings about a pod; pods on updates are changed by machines, whom nothing warns."""
    metadata = pod.get("metadata") or {}
    if metadata.get("resourceVersion"):
        return []
    found = []
    if messages := names.dns_label(metadata.get("name") or ""):
        found.append(
            "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
            f"a DNS label is recommended: [{' '.join(messages)}]"
        )
    return found + pod_warnings.pod_warnings(metadata, pod.get("spec") or {})


def _spec(name: str) -> Callable[[Object], str]:
    return lambda pod: (pod.get("spec") or {}).get(name) or ""


def _status(name: str) -> Callable[[Object], str]:
    return lambda pod: (pod.get("status") or {}).get(name) or ""


def _host_network(pod: Object) -> str:
    return "true" if (pod.get("spec") or {}).get("hostNetwork") else "false"


def _pod_ip(pod: Object) -> str:
    listed = (pod.get("status") or {}).get("podIPs") or []
    return str(listed[0].get("ip") or "") if listed else ""


SELECTABLE: Mapping[str, Callable[[Object], str]] = {
    "spec.nodeName": _spec("nodeName"),
    "spec.restartPolicy": _spec("restartPolicy"),
    "spec.schedulerName": _spec("schedulerName"),
    "spec.serviceAccountName": _spec("serviceAccountName"),
    "spec.hostNetwork": _host_network,
    "status.phase": _status("phase"),
    "status.podIP": _pod_ip,
    "status.nominatedNodeName": _status("nominatedNodeName"),
}

KIND = kinds.Kind(
    group="", kind="Pod",
    default=defaults.default_pod,
    prepare_create=prepare_create,
    prepare_update=kinds.keep_status,
    prepare_status=prepare_status,
    validate=validate,
    validate_update=pod_update.validate_pod_update,
    validate_status=pod_status.validate_pod_status,
    warnings=warnings,
    has_generation=True,
    columns=table.COLUMNS,
    row=table.row,
    selectable=SELECTABLE,
)
