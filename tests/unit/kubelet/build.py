"""Builders of pods, containers and what a runtime has of them."""

from typing import Any

from kubewheel.kubelet import labels
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.runtime import Container, ContainerState, ContainerStatus, Sandbox, SandboxState

UID = "0b1e-uid"
RUNNING, EXITED, CREATED = ContainerState.RUNNING, ContainerState.EXITED, ContainerState.CREATED


def container(name: str = "main", **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": "busybox:1", **fields}


def pod(*containers: dict[str, Any], metadata: dict[str, Any] | None = None, status: dict[str, Any] | None = None,
        **spec: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "uid": UID, **(metadata or {})},
        "spec": {"containers": list(containers) or [container()], "restartPolicy": "Always", **spec},
    }
    if status is not None:
        found["status"] = status
    return found


def sandbox(*, attempt: int = 0, ready: bool = True, ips: tuple[str, ...] = ("10.0.0.9",)) -> Sandbox:
    return Sandbox(
        id=f"sandbox-{attempt}", name="web", namespace="shop", uid=UID, attempt=attempt,
        state=SandboxState.READY if ready else SandboxState.NOT_READY, created_at=10.0 + attempt, ips=ips,
        labels={labels.POD_UID: UID},
    )


def status(name: str = "main", state: ContainerState = RUNNING, *, code: int = 0, restarts: int = 0,
           sandbox_attempt: int = 0, finished: float = 0.0, spec: dict[str, Any] | None = None,
           reason: str = "") -> ContainerStatus:
    found = Container(
        id=f"{name}-{restarts}", sandbox_id=f"sandbox-{sandbox_attempt}", name=name, attempt=restarts, state=state,
        created_at=20.0 + restarts, image="busybox:1", image_id="sha256:1", labels={labels.POD_UID: UID},
        annotations={
            labels.RESTART_COUNT: str(restarts), labels.CONTAINER_HASH: labels.container_hash(spec or container(name)),
        },
    )
    ended = finished or (30.0 + restarts if state == EXITED else 0.0)
    return ContainerStatus(
        container=found, started_at=25.0 + restarts if state != CREATED else 0.0, finished_at=ended, exit_code=code,
        reason=reason, image_ref="sha256:1",
    )


def observed(*statuses: ContainerStatus, sandboxes: tuple[Sandbox, ...] | None = None) -> Observed:
    newest_first = tuple(sorted(statuses, key=lambda each: each.container.created_at, reverse=True))
    return Observed(sandboxes=(sandbox(),) if sandboxes is None else sandboxes, containers=newest_first)
