"""What a PersistentVolume is made of."""

import posixpath
from collections.abc import Callable, Mapping
from functools import partial

from kubewheel.api.validation import claims, node_selectors, paths, remote_volumes, resources, volumes
from kubewheel.api.validation.faults import Faults, forbidden, not_empty, option, required, unsupported
from kubewheel.libs.wire import Object

RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")

Rule = Callable[[Object, str], Faults]


def _validate_local(source: Object, path: str) -> Faults:
    target = source.get("path") or ""
    return paths.validate_no_backsteps(target, f"{path}.path") if target else [required(f"{path}.path")]


def _needs(*fields: str) -> Rule:
    return lambda source, path: not_empty(source, path, *fields)


# The order is that in which a volume of several types is faulted.
TYPES: Mapping[str, Rule] = {
    "hostPath": volumes.validate_host_path,
    "gcePersistentDisk": remote_volumes.validate_gce_disk,
    "awsElasticBlockStore": remote_volumes.validate_aws_disk,
    "glusterfs": partial(remote_volumes.validate_glusterfs, persistent=True),
    "flocker": remote_volumes.validate_flocker,
    "nfs": remote_volumes.validate_nfs,
    "rbd": _needs("monitors", "image"),
    "quobyte": remote_volumes.validate_quobyte,
    "cephfs": _needs("monitors"),
    "iscsi": partial(remote_volumes.validate_iscsi, persistent=True),
    "cinder": partial(remote_volumes.validate_cinder, persistent=True),
    "fc": remote_volumes.validate_fc,
    "flexVolume": remote_volumes.validate_flex,
    "azureFile": partial(remote_volumes.validate_azure_file, persistent=True),
    "vsphereVolume": _needs("volumePath"),
    "photonPersistentDisk": _needs("pdID"),
    "portworxVolume": _needs("volumeID"),
    "azureDisk": remote_volumes.validate_azure_disk,
    "scaleIO": _needs("gateway", "system", "volumeName"),
    "local": _validate_local,
    "storageos": partial(remote_volumes.validate_storageos, persistent=True),
    "csi": remote_volumes.validate_persistent_csi,
}


def _validate_capacity(capacity: Object, path: str) -> Faults:
    faults = [] if capacity else [required(path)]
    if set(capacity) != {"storage"}:
        faults.append(unsupported(path, dict(capacity), ("storage",)))
    for name, value in capacity.items():
        faults += resources.validate_basic(value, f"{path}[{name}]")
        faults += resources.validate_positive(value, f"{path}[{name}]")
    return faults


def _validate_affinity(affinity: Object | None, path: str) -> Faults:
    if affinity is None:
        return []
    if affinity.get("required") is None:
        return [required(f"{path}.required", "must specify required node constraints")]
    return node_selectors.validate_node_selector(affinity["required"], f"{path}.required")


def _validate_types(spec: Object, name: str, path: str) -> Faults:
    found = [kind for kind in TYPES if spec.get(kind) is not None]
    if not found:
        return [required(path, "must specify a volume type")]
    kind = found[0]
    faults = TYPES[kind](spec[kind], f"{path}.{kind}")
    iscsi = spec.get("iscsi")
    if iscsi and iscsi.get("initiatorName") is not None:
        shown = iscsi.get("targetPortal") or ""
        faults += volumes.validate_iscsi_name(name, iscsi, f"{path}.iscsi.targetportal", shown)
    if spec.get("local") is not None and spec.get("nodeAffinity") is None:
        faults.append(required(f"{path}.nodeAffinity", "Local volume requires node affinity"))
    return faults + [fault for other in found[1:] for fault in remote_volumes.only_one(f"{path}.{other}")]


def _validate_attributes_class(spec: Object, path: str) -> Faults:
    name = spec.get("volumeAttributesClassName")
    if name is None:
        return []
    place = f"{path}.volumeAttributesClassName"
    faults = claims.validate_class_name(name, place) if name else [required(place, "an empty string is disallowed")]
    if spec.get("csi") is None:
        faults.append(required(f"{path}.csi", "has to be specified when using volumeAttributesClassName"))
    return faults


def validate_volume_spec(spec: Object, name: str, path: str) -> Faults:
    """Check the spec of the PersistentVolume `name`."""
    modes = spec.get("accessModes") or []
    faults = [] if modes else [required(f"{path}.accessModes")]
    faults += claims.validate_access_modes(modes, f"{path}.accessModes")
    faults += _validate_capacity(spec.get("capacity") or {}, f"{path}.capacity")
    policy = spec.get("persistentVolumeReclaimPolicy")
    faults += option(f"{path}.persistentVolumeReclaimPolicy", policy, RECLAIM_POLICIES)
    faults += _validate_affinity(spec.get("nodeAffinity"), f"{path}.nodeAffinity")
    faults += _validate_types(spec, name, path)
    host_path = (spec.get("hostPath") or {}).get("path") or "."
    if policy == "Recycle" and posixpath.normpath(host_path) == "/":
        detail = "may not be 'recycle' for a hostPath mount of '/'"
        faults.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", detail))
    faults += claims.validate_class_name(spec.get("storageClassName"), f"{path}.storageClassName")
    faults += option(f"{path}.volumeMode", spec.get("volumeMode"), claims.VOLUME_MODES)
    return faults + _validate_attributes_class(spec, path)
