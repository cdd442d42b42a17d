"""A container's security settings: the container's over the pod's over the image's. Pure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubewheel.kubelet import pods
from kubewheel.kubelet.environment import ConfigError
from kubewheel.kubelet.runtime import Image, Namespaces, Security
from kubewheel.libs.wire import Object

MASKED_PATHS = (
    "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
    "/sys/devices/virtual/powercap",
)
READONLY_PATHS = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


def effective(pod: Object, container: pods.ContainerSpec) -> dict[str, Any]:
    """Return the container's securityContext completed by the pod's."""
    return {**pods.security_context(pod), **(container.get("securityContext") or {})}


def check_non_root(pod: Object, container: pods.ContainerSpec, image: Image) -> None:
    """Raise ConfigError if the container must not run as root and would, or might."""
    settings = effective(pod, container)
    if not settings.get("runAsNonRoot"):
        return
    about = f'(pod: "{pods.full_name(pod)}", container: {container["name"]})'
    user = settings.get("runAsUser")
    if user is not None:
        if user == 0:
            raise ConfigError(f"container's runAsUser breaks non-root policy {about}")
        return
    if image.user == 0 or (image.user is None and not image.username):
        raise ConfigError(f"container has runAsNonRoot and image will run as root {about}")
    if image.user is None:
        raise ConfigError(
            f"container has runAsNonRoot and image has non-numeric user ({image.username}), "
            f"cannot verify user is non-root {about}"
        )


def seccomp(settings: Mapping[str, Any], profiles_dir: Path) -> str:
    """Return the profile's name or path; nothing asked for means none, as upstream's default."""
    profile = settings.get("seccompProfile") or {}
    if profile.get("type") == "Localhost":
        return str(profiles_dir / str(profile.get("localhostProfile", "")))
    return str(profile.get("type") or "Unconfined")


def _capabilities(names: list[str]) -> tuple[str, ...]:
    return tuple(name.upper().removeprefix("CAP_") for name in names)


def supplemental_groups(pod: Object) -> tuple[int, ...]:
    """Return the groups that all processes of a pod belong to."""
    settings = pods.security_context(pod)
    groups = list(settings.get("supplementalGroups") or ())
    if settings.get("fsGroup") is not None:
        groups.append(settings["fsGroup"])
    return tuple(dict.fromkeys(groups))


def of_container(pod: Object, container: pods.ContainerSpec, image: Image, profiles_dir: Path) -> Security:
    """Return what the runtime is told about a container."""
    settings = effective(pod, container)
    capabilities = settings.get("capabilities") or {}
    user, username = settings.get("runAsUser"), ""
    if user is None:
        user, username = (image.user, "") if not image.username else (None, image.username)
    unmasked = settings.get("procMount") == "Unmasked"
    return Security(
        user=user, username=username, group=settings.get("runAsGroup"),
        supplemental_groups=supplemental_groups(pod), privileged=bool(settings.get("privileged")),
        read_only_root=bool(settings.get("readOnlyRootFilesystem")),
        no_new_privileges=settings.get("allowPrivilegeEscalation") is False,
        add_capabilities=_capabilities(capabilities.get("add") or []),
        drop_capabilities=_capabilities(capabilities.get("drop") or []),
        seccomp_profile=seccomp(settings, profiles_dir),
        masked_paths=() if unmasked else MASKED_PATHS, readonly_paths=() if unmasked else READONLY_PATHS,
    )


def of_sandbox(pod: Object, profiles_dir: Path) -> Security:
    """Return what the runtime is told about a pod's sandbox."""
    settings = pods.security_context(pod)
    containers = list(pods.all_containers(pod))
    return Security(
        user=settings.get("runAsUser"),
        group=settings.get("runAsGroup") if settings.get("runAsUser") is not None else None,
        supplemental_groups=supplemental_groups(pod), seccomp_profile=seccomp(settings, profiles_dir),
        privileged=any((each.get("securityContext") or {}).get("privileged") for each in containers),
    )


def namespaces(pod: Object, target_container_id: str = "") -> Namespaces:
    """Return which namespaces the pod shares."""
    spec = pods.spec(pod)
    return Namespaces(
        host_network=bool(spec.get("hostNetwork")), host_pid=bool(spec.get("hostPID")),
        host_ipc=bool(spec.get("hostIPC")), shared_processes=bool(spec.get("shareProcessNamespace")),
        target_container_id=target_container_id,
    )
