"""A container as the runtime is told of it: from its spec, image, environment and volumes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubewheel.kubelet import container_files, expansion, labels, pods, resources, security
from kubewheel.kubelet.environment import ConfigError
from kubewheel.kubelet.plan import Start
from kubewheel.kubelet.runtime import ContainerConfig, Image, Mount
from kubewheel.kubelet.volumes import subpath
from kubewheel.kubelet.volumes.kinds import Mounted, VolumeError
from kubewheel.libs.wire import Object

PROPAGATION = {"HostToContainer": "host-to-container", "Bidirectional": "bidirectional"}
HOSTS_PATH = "/etc/hosts"


@dataclass(frozen=True, slots=True)
class Materials:
    """What a container is made of besides its spec. Paths are empty where nothing really runs."""

    image: Image
    image_name: str
    environment: Mapping[str, str]
    mounted: Mapping[str, Mounted]
    pod_dir: Path
    profiles_dir: Path
    memory_bytes: int
    hosts_file: str = ""
    termination_file: str = ""
    target_container_id: str = ""


def _sub_path(mount: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    """Return the part of the volume to mount; raise ConfigError."""
    expression = mount.get("subPathExpr")
    if not expression:
        return str(mount.get("subPath") or "")
    missing = expansion.unknown(expression, environment)
    if missing:
        raise ConfigError(f"failed to expand subPath expression: missing value for {missing[0]!r}")
    return expansion.expand(expression, environment)


def _mount(materials: Materials, container: pods.ContainerSpec, index: int, mount: Mapping[str, Any]) -> Mount:
    mounted = materials.mounted.get(mount["name"])
    if mounted is None:
        raise ConfigError(f'cannot find volume "{mount["name"]}" to mount into container "{container["name"]}"')
    path, part = mounted.path, _sub_path(mount, materials.environment)
    if part:
        place = materials.pod_dir / "volume-subpaths" / mount["name"] / container["name"] / str(index)
        try:
            path = subpath.bind(mounted.path, part, place, make=not mounted.read_only)
        except VolumeError as error:
            raise ConfigError(f'failed to prepare subPath for volumeMount "{mount["name"]}": {error}') from error
    target = str(mount["mountPath"])
    return Mount(
        container_path=target if target.startswith("/") else f"/{target}", host_path=str(path),
        read_only=bool(mount.get("readOnly")) or mounted.read_only,
        propagation=PROPAGATION.get(mount.get("mountPropagation") or "", "private"),
    )


def mounts(materials: Materials, container: pods.ContainerSpec) -> tuple[Mount, ...]:
    """Return a container's mounts: volumes, hosts file, termination file. Blocks; raise ConfigError."""
    if container.get("volumeDevices"):
        raise ConfigError("block volumes are not supported on this node")
    found = [
        _mount(materials, container, index, mount) for index, mount in enumerate(container.get("volumeMounts") or ())
    ]
    taken = {mount.container_path.rstrip("/") for mount in found}
    if materials.hosts_file and HOSTS_PATH not in taken:
        found.append(Mount(HOSTS_PATH, materials.hosts_file))
    path = container.get("terminationMessagePath") or ""
    if materials.termination_file and path and path not in taken:
        found.append(Mount(path, materials.termination_file))
    return tuple(found)


def build(pod: Object, start: Start, materials: Materials) -> ContainerConfig:
    """Return the container's configuration. Blocks; raise ConfigError."""
    container, environment = start.spec, materials.environment
    security.check_non_root(pod, container, materials.image)
    return ContainerConfig(
        name=container["name"], image=materials.image_name, attempt=start.restart_count,
        command=tuple(expansion.expand(word, environment) for word in container.get("command") or ()),
        args=tuple(expansion.expand(word, environment) for word in container.get("args") or ()),
        working_directory=container.get("workingDir") or "", environment=tuple(environment.items()),
        mounts=mounts(materials, container), labels=labels.of_container(pod, container["name"]),
        annotations=labels.annotations_of_container(
            pod, container, start.restart_count, materials.termination_file
        ),
        log_path=container_files.log_path(container["name"], start.restart_count),
        stdin=bool(container.get("stdin")), stdin_once=bool(container.get("stdinOnce")),
        tty=bool(container.get("tty")), namespaces=security.namespaces(pod, materials.target_container_id),
        security=security.of_container(pod, container, materials.image, materials.profiles_dir),
        resources=resources.of_container(pod, container, materials.memory_bytes),
        stop_signal=str((container.get("lifecycle") or {}).get("stopSignal") or ""),
    )
