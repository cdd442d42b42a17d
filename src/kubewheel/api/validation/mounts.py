"""Mounts and block devices of a container, checked against the volumes of its pod."""

from collections.abc import Mapping

from kubewheel.api.validation import paths
from kubewheel.api.validation.faults import Faults, forbidden, invalid, not_found, option, required
from kubewheel.libs.wire import Object

PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
RECURSIVE = ("Disabled", "Enabled", "IfPossible")
NOT_IN_IMAGES = "not allowed in image volume sources"


def _validate_sub_path(mount: Object, path: str, root: str, *, is_image: bool) -> Faults:
    faults: Faults = []
    sub, expression = mount.get("subPath") or "", mount.get("subPathExpr") or ""
    if sub:
        faults += paths.validate_descending(sub, f"{root}.subPath")
    if expression:
        if sub:
            detail = "subPathExpr and subPath are mutually exclusive"
            faults.append(invalid(f"{path}.subPathExpr", expression, detail))
        faults += paths.validate_descending(expression, f"{root}.subPathExpr")
    if is_image and expression:
        faults.append(invalid(f"{path}.subPathExpr", expression, NOT_IN_IMAGES))
    return faults


def _validate_propagation(mount: Object, path: str, *, privileged: bool) -> Faults:
    mode = mount.get("mountPropagation")
    faults = option(f"{path}.mountPropagation", mode, PROPAGATIONS)
    if mode == "Bidirectional" and not privileged:
        detail = "Bidirectional mount propagation is available only to privileged containers"
        faults.append(forbidden(f"{path}.mountPropagation", detail))
    recursive = mount.get("recursiveReadOnly")
    place = f"{path}.recursiveReadOnly"
    if recursive not in ("Enabled", "IfPossible"):
        return faults + option(place, recursive, RECURSIVE)
    if not mount.get("readOnly"):
        faults.append(forbidden(place, "may only be specified when readOnly is true"))
    if mode not in (None, "None"):
        faults.append(forbidden(place, "may only be specified when mountPropagation is None or not specified"))
    return faults


def _validate_mounts(container: Object, path: str, volumes: Mapping[str, Object]) -> Faults:
    devices = {each.get("name") or "": each.get("devicePath") or "" for each in container.get("volumeDevices") or []}
    privileged = bool((container.get("securityContext") or {}).get("privileged"))
    faults: Faults = []
    seen: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or []):
        here = f"{path}[{index}]"
        name, target = mount.get("name") or "", mount.get("mountPath") or ""
        if not name:
            faults.append(required(f"{here}.name"))
        if name not in volumes:
            faults.append(not_found(f"{here}.name", name))
        if not target:
            faults.append(required(f"{here}.mountPath"))
        if target in seen:
            faults.append(invalid(f"{here}.mountPath", target, "must be unique"))
        seen.add(target)
        if name in devices:
            faults.append(invalid(f"{here}.name", name, "must not already exist in volumeDevices"))
        if target in devices.values():
            faults.append(invalid(f"{here}.mountPath", target, "must not already exist as a path in volumeDevices"))
        is_image = (volumes.get(name) or {}).get("image") is not None
        faults += _validate_sub_path(mount, here, path, is_image=is_image)
        faults += _validate_propagation(mount, path, privileged=privileged)
    return faults


def _device_faults(name: str, volumes: Mapping[str, Object], path: str, seen: set[str]) -> Faults:
    faults = [] if name else [required(f"{path}.name")]
    if name in seen:
        faults.append(invalid(f"{path}.name", name, "must be unique"))
    volume = volumes.get(name)
    if volume is None:
        faults.append(not_found(f"{path}.name", name))
    elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
        detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
        faults.append(invalid(f"{path}.name", name, detail))
    return faults


def _validate_devices(container: Object, path: str, volumes: Mapping[str, Object]) -> Faults:
    mounts = {each.get("name") or "": each.get("mountPath") or "" for each in container.get("volumeMounts") or []}
    faults: Faults = []
    names: set[str] = set()
    targets: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices") or []):
        here = f"{path}[{index}]"
        name, target = device.get("name") or "", device.get("devicePath") or ""
        faults += _device_faults(name, volumes, here, names)
        if not target:
            faults.append(required(f"{here}.devicePath"))
        if target in targets:
            faults.append(invalid(f"{here}.devicePath", target, "must be unique"))
        if ".." in target.split("/"):
            faults.append(invalid(f"{here}.devicePath", target, "can not contain backsteps ('..')"))
        else:
            targets.add(target)
        if name in mounts:
            faults.append(invalid(f"{here}.name", name, "must not already exist in volumeMounts"))
        if target in mounts.values():
            faults.append(invalid(f"{here}.devicePath", target, "must not already exist as a path in volumeMounts"))
        names.add(name)
    return faults


def validate_mounts(container: Object, path: str, volumes: Mapping[str, Object]) -> Faults:
    """Check what a container mounts; `volumes` are the good ones of its pod, by name."""
    return _validate_mounts(container, f"{path}.volumeMounts", volumes) + _validate_devices(
        container, f"{path}.volumeDevices", volumes
    )
