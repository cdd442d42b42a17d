"""Questions about a Pod object that several parts of the agent ask."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kubewheel.libs.wire import Object

ContainerSpec = Mapping[str, Any]
DEFAULT_GRACE_SECONDS = 30


def uid(pod: Object) -> str:
    """Return the pod's uid."""
    return str(pod["metadata"]["uid"])


def name(pod: Object) -> str:
    """Return the pod's name."""
    return str(pod["metadata"]["name"])


def namespace(pod: Object) -> str:
    """Return the pod's namespace."""
    return str(pod["metadata"].get("namespace", "default"))


def full_name(pod: Object) -> str:
    """Return the pod as messages name it: name_namespace(uid)."""
    return f"{name(pod)}_{namespace(pod)}({uid(pod)})"


def spec(pod: Object) -> Mapping[str, Any]:
    """Return the pod's spec."""
    found: Mapping[str, Any] = pod["spec"]
    return found


def status(pod: Object) -> Mapping[str, Any]:
    """Return the pod's status as the API has it."""
    return pod.get("status") or {}


def containers(pod: Object) -> Sequence[ContainerSpec]:
    """Return the containers that do the pod's work."""
    return spec(pod).get("containers") or ()


def init_containers(pod: Object) -> Sequence[ContainerSpec]:
    """Return the init containers, sidecars included, in their order."""
    return spec(pod).get("initContainers") or ()


def ephemeral_containers(pod: Object) -> Sequence[ContainerSpec]:
    """Return the containers that were added for debugging."""
    return spec(pod).get("ephemeralContainers") or ()


def sidecars(pod: Object) -> Sequence[ContainerSpec]:
    """Return the init containers that run on beside the others."""
    return [container for container in init_containers(pod) if is_sidecar(container)]


def all_containers(pod: Object) -> Iterator[ContainerSpec]:
    """Yield every container of the pod."""
    yield from init_containers(pod)
    yield from containers(pod)
    yield from ephemeral_containers(pod)


def container(pod: Object, container_name: str) -> ContainerSpec | None:
    """Return the container of that name, or None."""
    return next((found for found in all_containers(pod) if found["name"] == container_name), None)


def field_path(pod: Object, container_name: str) -> str:
    """Return the field that events about a container point at."""
    for field in ("containers", "initContainers", "ephemeralContainers"):
        if any(found["name"] == container_name for found in spec(pod).get(field) or ()):
            return f"spec.{field}{{{container_name}}}"
    return ""


def is_sidecar(container_spec: ContainerSpec) -> bool:
    """Return whether this is an init container that is kept running."""
    return container_spec.get("restartPolicy") == "Always"


def restart_policy(pod: Object) -> str:
    """Return the pod's restart policy."""
    return str(spec(pod).get("restartPolicy") or "Always")


def is_deleting(pod: Object) -> bool:
    """Return whether the pod was asked to go."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_finished(pod: Object) -> bool:
    """Return whether the API says that the pod has ended for good."""
    return status(pod).get("phase") in ("Succeeded", "Failed")


def grace_seconds(pod: Object) -> float:
    """Return how long the pod's containers may take to stop."""
    asked = pod["metadata"].get("deletionGracePeriodSeconds")
    if is_deleting(pod) and asked is not None:
        return float(asked)
    given = spec(pod).get("terminationGracePeriodSeconds")
    return float(DEFAULT_GRACE_SECONDS if given is None else given)


def uses_host_network(pod: Object) -> bool:
    """Return whether the pod shares the node's network."""
    return bool(spec(pod).get("hostNetwork"))


def security_context(pod: Object) -> Mapping[str, Any]:
    """Return the pod-wide security settings."""
    return spec(pod).get("securityContext") or {}


def status_of(pod: Object, container_name: str) -> Mapping[str, Any] | None:
    """Return what the API's status says of one container, or None."""
    for field in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
        for found in status(pod).get(field) or ():
            if found["name"] == container_name:
                result: Mapping[str, Any] = found
                return result
    return None
