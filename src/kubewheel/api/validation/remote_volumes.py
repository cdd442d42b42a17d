"""Volumes that live outside of the cluster: network storage, cloud disks, drivers.

`persistent` tells the form in PersistentVolumes from that in pods where they differ.
"""

import re

from kubewheel.api import names
from kubewheel.api.validation import paths
from kubewheel.api.validation.faults import (
    Faults,
    each,
    forbidden,
    invalid,
    not_empty,
    option,
    required,
    too_long,
    unsupported,
)
from kubewheel.libs.wire import Object

PARTITION = "must be between 1 and 255, inclusive"
LUN = "must be between 0 and 255, inclusive"
DRIVER_NAME_BYTES = 63
RESERVED_DOMAINS = (".kubernetes.io", ".k8s.io")
HOST_PAIRS = "must be a host:port pair or multiple pairs separated by commas"

_INITIATORS = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$").search,
    "eui": re.compile(r"eui.[A-Za-z0-9]{16}").fullmatch,
    "naa": re.compile(r"naa.[A-Za-z0-9]{32}").fullmatch,
}


def _initiator_fault(name: str) -> str:
    matches = _INITIATORS.get(name[:3])
    if matches is None:
        return "must be valid format starting with iqn, eui, or naa"
    return "" if matches(name) else "must be valid format"


def _validate_lun(value: int, path: str) -> Faults:
    return [] if 0 <= value <= 255 else [invalid(path, value, LUN)]


def validate_iscsi(source: Object, path: str, *, persistent: bool = False) -> Faults:
    """Check a volume on an iSCSI target."""
    faults = not_empty(source, path, "targetPortal", "iqn")
    if (iqn := source.get("iqn") or "") and (detail := _initiator_fault(iqn)):
        faults.append(invalid(f"{path}.iqn", iqn, "must be valid format" if persistent else detail))
    faults += _validate_lun(source.get("lun") or 0, f"{path}.lun")
    reference = source.get("secretRef")
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and reference is None:
        faults.append(required(f"{path}.secretRef"))
    if persistent and reference is not None:
        faults += not_empty(reference, f"{path}.secretRef", "name")
    initiator = source.get("initiatorName")
    if initiator is not None and (detail := _initiator_fault(initiator)):
        faults.append(invalid(f"{path}.initiatorname", initiator, "must be valid format" if persistent else detail))
    return faults


def validate_fc(source: Object, path: str) -> Faults:
    """Check a Fibre Channel volume."""
    targets, ids, lun = source.get("targetWWNs") or [], source.get("wwids") or [], source.get("lun")
    place = f"{path}.targetWWNs"
    faults: Faults = []
    if not targets and not ids:
        faults.append(required(place, "must specify either targetWWNs or wwids, but not both"))
    if targets and ids:
        faults.append(invalid(place, targets, "targetWWNs and wwids can not be specified simultaneously"))
    if targets:
        if lun is None:
            faults.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
        else:
            faults += _validate_lun(lun, f"{path}.lun")
    return faults


def _validate_disk(source: Object, path: str, name: str) -> Faults:
    partition = source.get("partition") or 0
    faults = not_empty(source, path, name)
    return faults if 0 <= partition <= 255 else [*faults, invalid(f"{path}.partition", partition, PARTITION)]


def validate_gce_disk(source: Object, path: str) -> Faults:
    """Check a disk of Google's cloud; its path is the one that upstream reports."""
    return _validate_disk(source, f"{path.rpartition('.')[0]}.persistentDisk", "pdName")


def validate_aws_disk(source: Object, path: str) -> Faults:
    """Check a disk of Amazon's cloud."""
    return _validate_disk(source, path, "volumeID")


def validate_nfs(source: Object, path: str) -> Faults:
    """Check a directory of an NFS server."""
    faults = not_empty(source, path, "server", "path")
    target = source.get("path") or ""
    return faults if target.startswith("/") else [*faults, invalid(f"{path}.path", target, "must be an absolute path")]


def validate_quobyte(source: Object, path: str) -> Faults:
    """Check a Quobyte volume."""
    registry = source.get("registry") or ""
    faults: Faults = []
    if not registry:
        faults.append(required(f"{path}.registry", HOST_PAIRS))
    elif len(source.get("tenant") or "") >= 65:
        faults.append(required(f"{path}.tenant", "must be a UUID and may not exceed a length of 64 characters"))
    else:
        wrong = [pair for pair in registry.split(",") if pair.count(":") != 1]
        faults += [invalid(f"{path}.registry", registry, HOST_PAIRS) for _ in wrong]
    return faults + not_empty(source, path, "volume")


def validate_glusterfs(source: Object, path: str, *, persistent: bool = False) -> Faults:
    """Check a Glusterfs volume."""
    faults = not_empty(source, path, "endpoints", "path")
    namespace = source.get("endpointsNamespace") if persistent else None
    place = f"{path}.endpointsNamespace"
    if namespace == "":
        detail = "if the endpointnamespace is set, it must be a valid namespace name"
        faults.append(invalid(place, namespace, detail))
    elif namespace is not None:
        faults += each(place, namespace, names.dns_label(namespace))
    return faults


def validate_flocker(source: Object, path: str) -> Faults:
    """Check a Flocker volume."""
    name, uuid = source.get("datasetName") or "", source.get("datasetUUID") or ""
    faults: Faults = []
    if not name and not uuid:
        faults.append(required(path, "one of datasetName and datasetUUID is required"))
    if name and uuid:
        faults.append(invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"))
    if "/" in name:
        faults.append(invalid(f"{path}.datasetName", name, "must not contain '/'"))
    return faults


def _validate_secret_ref(source: Object, path: str, *, persistent: bool) -> Faults:
    reference = source.get("secretRef")
    if reference is None:
        return []
    return not_empty(reference, f"{path}.secretRef", *(("name", "namespace") if persistent else ("name",)))


def validate_cinder(source: Object, path: str, *, persistent: bool = False) -> Faults:
    """Check an OpenStack disk."""
    return not_empty(source, path, "volumeID") + _validate_secret_ref(source, path, persistent=persistent)


def validate_storageos(source: Object, path: str, *, persistent: bool = False) -> Faults:
    """Check a StorageOS volume."""
    name, namespace = source.get("volumeName") or "", source.get("volumeNamespace") or ""
    faults = not_empty(source, path, "volumeName")
    faults += each(f"{path}.volumeName", name, names.dns_label(name) if name else ())
    faults += each(f"{path}.volumeNamespace", namespace, names.dns_label(namespace) if namespace else ())
    return faults + _validate_secret_ref(source, path, persistent=persistent)


def validate_flex(source: Object, path: str) -> Faults:
    """Check a volume of an executable driver."""
    faults = not_empty(source, path, "driver")
    for key in source.get("options") or {}:
        if f".{key.partition('/')[0].lower()}".endswith(RESERVED_DOMAINS):
            detail = "kubernetes.io and k8s.io namespaces are reserved"
            faults.append(invalid(f"{path}.options[{key}]", key, detail))
    return faults


def validate_azure_file(source: Object, path: str, *, persistent: bool = False) -> Faults:
    """Check a file share of Microsoft's cloud."""
    faults = not_empty(source, path, "secretName", "shareName")
    if persistent and source.get("secretNamespace") == "":
        faults.append(required(f"{path}.secretNamespace"))
    return faults


def validate_azure_disk(source: Object, path: str) -> Faults:
    """Check a disk of Microsoft's cloud."""
    faults = not_empty(source, path, "diskName", "diskURI")
    uri, kind = source.get("diskURI") or "", source.get("kind")
    faults += option(f"{path}.cachingMode", source.get("cachingMode"), ("None", "ReadOnly", "ReadWrite"))
    faults += option(f"{path}.kind", kind, ("Dedicated", "Managed", "Shared"))
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        form = (
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
        )
        faults.append(unsupported(f"{path}.diskURI", uri, (form,)))
    if kind is not None and kind != "Managed" and not uri.startswith("https://"):
        form = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
        faults.append(unsupported(f"{path}.diskURI", uri, (form,)))
    return faults


def validate_git(source: Object, path: str) -> Faults:
    """Check a clone of a Git repository."""
    return not_empty(source, path, "repository") + paths.validate_descending(
        source.get("directory") or "", f"{path}.directory"
    )


def validate_driver_name(name: str, path: str) -> Faults:
    """Check the name of a CSI driver."""
    faults = [] if name else [required(path)]
    if len(name) > DRIVER_NAME_BYTES:
        faults.append(too_long(path, DRIVER_NAME_BYTES))
    return faults + each(path, name, names.dns_subdomain(name.lower()))


def validate_inline_csi(source: Object, path: str) -> Faults:
    """Check a volume that a CSI driver makes for one pod."""
    faults = validate_driver_name(source.get("driver") or "", f"{path}.driver")
    reference = source.get("nodePublishSecretRef")
    if reference is None:
        return faults
    name = reference.get("name") or ""
    if not name:
        return [*faults, required(f"{path}.nodePublishSecretRef.name")]
    return faults + each(f"{path}.name", name, names.dns_subdomain(name))


def validate_persistent_csi(source: Object, path: str) -> Faults:
    """Check a PersistentVolume of a CSI driver."""
    faults = validate_driver_name(source.get("driver") or "", f"{path}.driver")
    faults += not_empty(source, path, "volumeHandle")
    for kind in ("controllerPublish", "controllerExpand", "nodePublish", "nodeExpand"):
        if (reference := source.get(f"{kind}SecretRef")) is None:
            continue
        for name, rule in (("name", names.dns_subdomain), ("namespace", names.dns_label)):
            value = reference.get(name) or ""
            place = f"{path}.{kind}SecretRef.{name}"
            faults += each(place, value, rule(value)) if value else [required(place)]
    return faults


def only_one(path: str) -> Faults:
    """Return the fault of a second type of volume."""
    return [forbidden(path, "may not specify more than 1 volume type")]
