"""What is written on sandboxes and containers, so that everything can be rebuilt from the runtime after a restart."""

import hashlib
from collections.abc import Mapping

import orjson

from kubewheel.kubelet import pods, runtime
from kubewheel.libs.wire import Object

POD_NAME = "io.kubernetes.pod.name"
POD_NAMESPACE = "io.kubernetes.pod.namespace"
POD_UID = "io.kubernetes.pod.uid"
CONTAINER_NAME = "io.kubernetes.container.name"
CONTAINER_HASH = "io.kubernetes.container.hash"
RESTART_COUNT = "io.kubernetes.container.restartCount"
RESOURCES = "kubewheel.dev/resources"
TERMINATION_PATH = "io.kubernetes.container.terminationMessagePath"
TERMINATION_FILE = "kubewheel.dev/termination-message-file"
TERMINATION_POLICY = "io.kubernetes.container.terminationMessagePolicy"
POD_GRACE = "io.kubernetes.pod.terminationGracePeriod"


def of_sandbox(pod: Object) -> dict[str, str]:
    """Return the labels of a pod's sandbox: the pod's own and ours."""
    own = {POD_NAME: pods.name(pod), POD_NAMESPACE: pods.namespace(pod), POD_UID: pods.uid(pod)}
    return {**(pod["metadata"].get("labels") or {}), **own}


def of_container(pod: Object, container_name: str) -> dict[str, str]:
    """Return the labels of one container."""
    return {
        POD_NAME: pods.name(pod), POD_NAMESPACE: pods.namespace(pod), POD_UID: pods.uid(pod),
        CONTAINER_NAME: container_name,
    }


def annotations_of_container(
    pod: Object, container: pods.ContainerSpec, restart_count: int, termination_file: str
) -> dict[str, str]:
    """Return the annotations of one container."""
    return {
        CONTAINER_HASH: container_hash(container),
        RESTART_COUNT: str(restart_count),
        RESOURCES: orjson.dumps(container.get("resources") or {}).decode(),
        TERMINATION_PATH: str(container.get("terminationMessagePath") or ""),
        TERMINATION_FILE: termination_file,
        TERMINATION_POLICY: str(container.get("terminationMessagePolicy") or "File"),
        POD_GRACE: str(int(pods.grace_seconds(pod))),
    }


def container_hash(container: pods.ContainerSpec) -> str:
    """Return a digest of what, when changed, restarts a container: its name and image."""
    content = orjson.dumps([container["name"], container.get("image", "")])
    return hashlib.sha256(content).hexdigest()[:8]


def restart_count(annotations: Mapping[str, str], attempt: int) -> int:
    """Return how often a container had been restarted when it was made."""
    try:
        return int(annotations[RESTART_COUNT])
    except (KeyError, ValueError):
        return attempt


def pod_uid(found: runtime.Sandbox | runtime.Container) -> str:
    """Return the uid of the pod that a sandbox or container belongs to; empty if it is not ours."""
    return found.labels.get(POD_UID, "")
