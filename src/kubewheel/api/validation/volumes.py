"""Volumes of pods: their names, their one type each, and what that type needs."""

from collections.abc import Callable, Mapping, Sequence

from kubewheel.api import names, quantity
from kubewheel.api.validation import claims, labels, paths, projected_volumes, remote_volumes
from kubewheel.api.validation.faults import (
    Faults,
    choice,
    duplicate,
    each,
    forbidden,
    invalid,
    not_empty,
    option,
    required,
)
from kubewheel.libs.wire import Object

HOST_PATH_TYPES = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
)
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
ISCSI_NAME_LENGTH = 64
ISCSI_NAME_TOO_LONG = (
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is "
    "specified."
)

Rule = Callable[[Object, str], Faults]


def _needs(*fields: str) -> Rule:
    return lambda source, path: not_empty(source, path, *fields)


def _validate_empty_dir(source: Object, path: str) -> Faults:
    if quantity.of(source.get("sizeLimit")).nanos < 0:
        return [forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")]
    return []


def validate_host_path(source: Object, path: str) -> Faults:
    """Check a file or directory of the node."""
    target = source.get("path") or ""
    if not target:
        return [required(f"{path}.path")]
    faults = paths.validate_no_backsteps(target, f"{path}.path")
    return faults + option(f"{path}.type", source.get("type"), HOST_PATH_TYPES)


def _validate_ephemeral(source: Object, path: str) -> Faults:
    place = f"{path}.volumeClaimTemplate"
    template = source.get("volumeClaimTemplate")
    if template is None:
        return [required(place)]
    metadata = template.get("metadata") or {}
    faults = labels.validate_annotations(metadata.get("annotations"), f"{place}.metadata.annotations")
    faults += labels.validate_labels(metadata.get("labels"), f"{place}.metadata.labels")
    faults += [
        forbidden(f"{place}.metadata.{name}", "cannot be set") for name, value in metadata.items()
        if value and name not in ("labels", "annotations")
    ]
    return faults + claims.validate_claim_spec(template.get("spec") or {}, f"{place}.spec")


def _validate_image(source: Object, path: str) -> Faults:
    return choice(f"{path}.pullPolicy", source.get("pullPolicy") or "", PULL_POLICIES)


# The order is that in which a volume of several types is faulted.
TYPES: Mapping[str, Rule] = {
    "emptyDir": _validate_empty_dir,
    "hostPath": validate_host_path,
    "gitRepo": remote_volumes.validate_git,
    "gcePersistentDisk": remote_volumes.validate_gce_disk,
    "awsElasticBlockStore": remote_volumes.validate_aws_disk,
    "secret": projected_volumes.validate_secret,
    "nfs": remote_volumes.validate_nfs,
    "iscsi": remote_volumes.validate_iscsi,
    "glusterfs": remote_volumes.validate_glusterfs,
    "flocker": remote_volumes.validate_flocker,
    "persistentVolumeClaim": _needs("claimName"),
    "rbd": _needs("monitors", "image"),
    "cinder": remote_volumes.validate_cinder,
    "cephfs": _needs("monitors"),
    "quobyte": remote_volumes.validate_quobyte,
    "downwardAPI": projected_volumes.validate_downward,
    "fc": remote_volumes.validate_fc,
    "flexVolume": remote_volumes.validate_flex,
    "configMap": projected_volumes.validate_config_map,
    "azureFile": remote_volumes.validate_azure_file,
    "vsphereVolume": _needs("volumePath"),
    "photonPersistentDisk": _needs("pdID"),
    "portworxVolume": _needs("volumeID"),
    "azureDisk": remote_volumes.validate_azure_disk,
    "storageos": remote_volumes.validate_storageos,
    "projected": projected_volumes.validate_projected,
    "scaleIO": _needs("gateway", "system", "volumeName"),
    "csi": remote_volumes.validate_inline_csi,
    "ephemeral": _validate_ephemeral,
    "image": _validate_image,
}


def _validate_types(volume: Object, path: str, pod_name: str, *, is_pod: bool) -> Faults:
    found = [kind for kind in TYPES if volume.get(kind) is not None]
    if not found:
        return [required(path, "must specify a volume type")]
    name, kind = volume.get("name") or "", found[0]
    faults = TYPES[kind](volume[kind], f"{path}.{kind}")
    iscsi = volume.get("iscsi")
    if iscsi and iscsi.get("initiatorName") is not None:
        faults += validate_iscsi_name(name, iscsi, f"{path}.name", name)
    if kind == "ephemeral" and pod_name and name:
        claim = f"{pod_name}-{name}"
        messages = [f'PVC name "{claim}": {message}' for message in names.dns_subdomain(claim)]
        faults += each(f"{path}.name", name, messages)
    if kind == "image" and is_pod and not volume[kind].get("reference"):
        faults.insert(0, required(f"{path}.image.reference"))
    return faults + [fault for other in found[1:] for fault in remote_volumes.only_one(f"{path}.{other}")]


def validate_iscsi_name(name: str, source: Object, path: str, shown: str) -> Faults:
    """Check that initiators can tell the volume `name` apart."""
    if len(f"{name}:{source.get('targetPortal') or ''}") <= ISCSI_NAME_LENGTH:
        return []
    return [invalid(path, shown, ISCSI_NAME_TOO_LONG)]


def validate_volumes(
    volumes: Sequence[Object], path: str, *, pod_name: str = "", is_pod: bool = False
) -> tuple[dict[str, Object], Faults]:
    """Check the volumes of a pod; return the good ones by name, and the faults."""
    faults: Faults = []
    good: dict[str, Object] = {}
    made = {f"{pod_name}-{volume.get('name') or ''}" for volume in volumes if volume.get("ephemeral") is not None}
    for index, volume in enumerate(volumes):
        here = f"{path}[{index}]"
        name = volume.get("name") or ""
        found = _validate_types(volume, here, pod_name, is_pod=is_pod)
        found += each(f"{here}.name", name, names.dns_label(name)) if name else [required(f"{here}.name")]
        if name in good:
            found.append(duplicate(f"{here}.name", name))
        if not found:
            good[name] = volume
        faults += found
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if pod_name and claim in made:
            detail = "must not reference a PVC that gets created for an ephemeral volume"
            faults.append(invalid(f"{here}.persistentVolumeClaim.claimName", claim, detail))
    return good, faults
