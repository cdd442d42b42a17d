"""Environment variables of containers, and references to fields of the pod."""

from collections.abc import Sequence

from kubewheel.api import names, quantity
from kubewheel.api.validation import paths
from kubewheel.api.validation.faults import Faults, each, invalid, required, too_long, unsupported
from kubewheel.libs.wire import Object

ENV_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
    "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
)
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_KNOWN_FIELDS = frozenset((*ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"))
RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory",
    "requests.cpu", "requests.ephemeral-storage", "requests.memory",
)
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_BYTE_DIVISORS = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
FILE_KEY_BYTES = 128


def _split_subscript(field_path: str) -> tuple[str, str] | None:
    """Return path and subscript of `metadata.labels['key']`, None for a path without one."""
    if not field_path.endswith("']"):
        return None
    path, found, subscript = field_path[:-2].partition("['")
    return (path, subscript) if found and path else None


def validate_field_selector(selector: Object, supported: Sequence[str], path: str) -> Faults:
    """Check a reference to a field of the pod, one of `supported`."""
    for name in ("apiVersion", "fieldPath"):
        if not selector.get(name):
            return [required(f"{path}.{name}")]
    wanted = selector["fieldPath"]
    if selector["apiVersion"] != "v1":
        detail = f'error converting fieldPath: unsupported pod version: {selector["apiVersion"]}'
        return [invalid(f"{path}.fieldPath", wanted, detail)]
    if (parts := _split_subscript(wanted)) is not None:
        field_path, subscript = parts
        if field_path == "metadata.annotations":
            return each(path, subscript.lower(), names.qualified_name(subscript.lower()))
        if field_path == "metadata.labels":
            return each(path, subscript, names.qualified_name(subscript))
        detail = f"error converting fieldPath: field label does not support subscript: {field_path}"
        return [invalid(f"{path}.fieldPath", wanted, detail)]
    if wanted not in _KNOWN_FIELDS:
        detail = f"error converting fieldPath: field label not supported: {wanted}"
        return [invalid(f"{path}.fieldPath", wanted, detail)]
    if wanted not in supported:
        return [unsupported(f"{path}.fieldPath", wanted, supported)]
    return []


def _divisor_fault(resource: str, divisor: str) -> str:
    """Return what is wrong with the unit in which an amount is to be told."""
    if divisor == "0":
        return ""
    if resource.endswith(".cpu"):
        if divisor in ("1", "1m"):
            return ""
        return "only divisor's values 1m and 1 are supported with the cpu resource"
    if divisor in _BYTE_DIVISORS:
        return ""
    name = "memory"
    if resource.endswith(".ephemeral-storage"):
        name = "local ephemeral storage"
    elif resource.startswith(_HUGE_PAGES):
        name = "hugepages"
    elif not resource.endswith(".memory"):
        return ""
    return f"only divisor's values {', '.join(_BYTE_DIVISORS)} are supported with the {name} resource"


def validate_resource_selector(selector: Object, path: str, *, container_needed: bool) -> Faults:
    """Check a reference to an amount that a container asks for."""
    resource = selector.get("resource") or ""
    faults: Faults = []
    if container_needed and not selector.get("containerName"):
        faults.append(required(f"{path}.containerName"))
    elif not resource:
        faults.append(required(f"{path}.resource"))
    elif resource not in RESOURCES and not resource.startswith(_HUGE_PAGES):
        faults.append(unsupported(f"{path}.resource", resource, RESOURCES))
    if detail := _divisor_fault(resource, str(quantity.of(selector.get("divisor")))):
        faults.append(invalid(f"{path}.divisor", resource, detail))
    return faults


def _validate_key_selector(selector: Object, path: str) -> Faults:
    name, key = selector.get("name") or "", selector.get("key") or ""
    faults = each(f"{path}.name", name, names.dns_subdomain(name))
    if not key:
        return [*faults, required(f"{path}.key")]
    return faults + each(f"{path}.key", key, names.config_map_key(key))


def _validate_file_key(selector: Object, path: str) -> Faults:
    key, volume, file_path = (selector.get(name) or "" for name in ("key", "volumeName", "path"))
    faults: Faults = []
    if not key:
        faults.append(required(f"{path}.key"))
    else:
        faults += each(f"{path}.key", key, names.env_var_name(key))
        if len(key) > FILE_KEY_BYTES:
            faults.append(too_long(f"{path}.key", FILE_KEY_BYTES))
    faults += [required(f"{path}.volumeName")] if not volume else each(
        f"{path}.volumeName", volume, names.dns_label(volume)
    )
    if not file_path:
        return [*faults, required(f"{path}.path")]
    return faults + paths.validate_local(file_path, f"{path}.path")


def _validate_source(variable: Object, path: str) -> Faults:
    source = variable.get("valueFrom")
    if source is None:
        return []
    faults: Faults = []
    if (selector := source.get("fieldRef")) is not None:
        faults += validate_field_selector(selector, ENV_FIELDS, f"{path}.fieldRef")
    if (selector := source.get("resourceFieldRef")) is not None:
        faults += validate_resource_selector(selector, f"{path}.resourceFieldRef", container_needed=False)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if (selector := source.get(kind)) is not None:
            faults += _validate_key_selector(selector, f"{path}.{kind}")
    if (selector := source.get("fileKeyRef")) is not None:
        faults += _validate_file_key(selector, f"{path}.fileKeyRef")
    count = sum(value is not None for value in source.values())
    if not count:
        listed = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        faults.append(invalid(path, "", f"must specify one of: {listed}"))
    elif variable.get("value"):
        faults.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        faults.append(invalid(path, "", "may not have more than one field specified at a time"))
    return faults


def validate_env(variables: Sequence[Object], path: str) -> Faults:
    """Check environment variables."""
    faults: Faults = []
    for index, variable in enumerate(variables):
        here = f"{path}[{index}]"
        name = variable.get("name") or ""
        faults += each(f"{here}.name", name, names.env_var_name(name)) if name else [required(f"{here}.name")]
        faults += _validate_source(variable, f"{here}.valueFrom")
    return faults


def validate_env_from(sources: Sequence[Object], path: str) -> Faults:
    """Check the ConfigMaps and Secrets whose keys all become variables."""
    faults: Faults = []
    for index, source in enumerate(sources):
        here = f"{path}[{index}]"
        if prefix := source.get("prefix") or "":
            faults += each(f"{here}.prefix", prefix, names.env_var_name(prefix))
        count = 0
        for kind in ("configMapRef", "secretRef"):
            if (reference := source.get(kind)) is None:
                continue
            count += 1
            name = reference.get("name") or ""
            place = f"{here}.{kind}.name"
            faults += each(place, name, names.dns_subdomain(names.as_prefix(name))) if name else [required(place)]
        if count == 0:
            faults.append(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif count > 1:
            faults.append(invalid(path, "", "may not have more than one field specified at a time"))
    return faults
