"""What a claim asks of a volume, in PersistentVolumeClaims and wherever they are made from a template."""

from collections.abc import Sequence

from kubewheel.api import names
from kubewheel.api.validation import labels, resources
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, not_empty, option, required, unsupported
from kubewheel.libs.wire import Object

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")


def validate_access_modes(modes: Sequence[str], path: str) -> Faults:
    """Check how a volume may be mounted."""
    faults: Faults = [unsupported(path, mode, ACCESS_MODES) for mode in modes if mode not in ACCESS_MODES]
    known = {mode for mode in modes if mode in ACCESS_MODES}
    if "ReadWriteOncePod" in known and len(known) > 1:
        faults.append(forbidden(path, "may not use ReadWriteOncePod with other access modes"))
    return faults


def validate_class_name(name: str | None, path: str) -> Faults:
    """Check the name of a class, if there is one."""
    return each(path, name, names.dns_subdomain(name)) if name else []


def _validate_source(source: Object | None, path: str) -> Faults:
    if source is None:
        return []
    faults = not_empty(source, path, "name", "kind")
    group, kind = source.get("apiGroup") or "", source.get("kind") or ""
    if not group and kind != "PersistentVolumeClaim":
        detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        faults.append(invalid(path, kind, detail))
    if group:
        faults += each(f"{path}.apiGroup", group, names.dns_subdomain(group))
    if namespace := source.get("namespace"):
        faults += each(f"{path}.namespace", namespace, names.dns_label(namespace))
    return faults


def _compare_sources(spec: Object, path: str) -> Faults:
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is None or reference is None:
        return []
    if reference.get("namespace"):
        return [invalid(path, f"{path}.dataSource", "may not be specified when dataSourceRef.namespace is specified")]
    if any((source.get(name) or "") != (reference.get(name) or "") for name in ("apiGroup", "kind", "name")):
        return [invalid(path, f"{path}.dataSource", "must match dataSourceRef")]
    return []


def _validate_size(spec: Object, path: str) -> Faults:
    requests = (spec.get("resources") or {}).get("requests") or {}
    place = f"{path}.resources[storage]"
    if "storage" not in requests:
        return [required(place)]
    return resources.validate_positive(requests["storage"], place)


def validate_claim_spec(spec: Object, path: str) -> Faults:
    """Check the spec of a claim."""
    modes = spec.get("accessModes") or []
    faults = [] if modes else [required(f"{path}.accessModes", "at least 1 access mode is required")]
    faults += labels.validate_label_selector(spec.get("selector"), f"{path}.selector")
    faults += validate_access_modes(modes, f"{path}.accessModes")
    faults += _validate_size(spec, path)
    faults += validate_class_name(spec.get("storageClassName"), f"{path}.storageClassName")
    faults += option(f"{path}.volumeMode", spec.get("volumeMode"), VOLUME_MODES)
    for name in ("dataSource", "dataSourceRef"):
        faults += _validate_source(spec.get(name), f"{path}.{name}")
    faults += _compare_sources(spec, path)
    return faults + validate_class_name(spec.get("volumeAttributesClassName"), f"{path}.volumeAttributesClassName")
