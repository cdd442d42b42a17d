"""Which log a request for a container means, by upstream's rules, and why there is none."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from kubewheel.kubelet import pods
from kubewheel.kubelet.runtime import (
    Container,
    ContainerState,
    ContainerStatus,
    NotFound,
    RuntimeUnavailable,
)
from kubewheel.kubelet.server import log_files
from kubewheel.kubelet.server.log_options import LogOptions
from kubewheel.kubelet.server.remote_command import Refused
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object

WAITING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


class Listing(Protocol):
    """The part of a runtime that says which containers there are."""

    async def list_containers(self, pod_uid: str = "") -> Sequence[Container]:
        """Return all containers, or those of one pod."""
        ...

    async def container_status(self, container_id: str) -> ContainerStatus:
        """Return one container in detail; raise NotFound."""
        ...


class LogSource(Protocol):
    """Where the logs of a runtime's containers are."""

    def read(self, status: ContainerStatus, options: LogOptions) -> AsyncIterator[bytes]:
        """Yield what a client sees of a container's log; raise FileNotFoundError if there is none."""
        ...


class LogFiles:
    """Logs in files, as the CRI has its runtimes write them."""

    def __init__(self, runtime: Listing, clock: Clock) -> None:
        self._runtime = runtime
        self._clock = clock

    def read(self, status: ContainerStatus, options: LogOptions) -> AsyncIterator[bytes]:
        """Yield what a client sees of the log file."""

        async def is_running() -> bool:
            try:
                found = await self._runtime.container_status(status.container.id)
            except NotFound:
                return False
            except RuntimeUnavailable:
                return True  # Containers outlive an absence of their runtime.
            return found.container.state == ContainerState.RUNNING

        if not log_files.newest(Path(status.log_path)).is_file():
            raise FileNotFoundError(status.log_path)
        return log_files.read(Path(status.log_path), options, is_running, self._clock)


async def newest_containers(runtime: Listing, pod_uid: str, name: str) -> list[Container]:
    """Return the containers that the runtime has of that name, the newest first."""
    found = [each for each in await runtime.list_containers(pod_uid) if each.name == name]
    return sorted(found, key=lambda each: (each.attempt, each.created_at), reverse=True)


async def choose(runtime: Listing, pod: Object, name: str, *, previous: bool) -> ContainerStatus:
    """Return the container whose log is meant; raise Refused when there is none."""
    told = pods.status_of(pod, name) or {}
    found = await newest_containers(runtime, pods.uid(pod), name)
    if previous:
        chosen = _previous(found, told)
        if chosen is None:
            raise Refused(400, f'previous terminated container "{name}" in pod "{pods.name(pod)}" not found')
    else:
        begun = [each for each in found if each.state != ContainerState.CREATED]
        if not begun:
            raise Refused(400, _why_none(pod, name, told))
        chosen = begun[0]
    try:
        return await runtime.container_status(chosen.id)
    except NotFound as error:
        raise Refused(400, f'container "{name}" in pod "{pods.name(pod)}" is not available') from error


def _previous(found: Sequence[Container], told: Any) -> Container | None:
    """Return the last container that has ended and has, or will have, a successor."""
    dead = [each for each in found if each.state == ContainerState.EXITED]
    state = told.get("state") or {}
    if found and found[0].state == ContainerState.EXITED and "waiting" not in state:
        dead = dead[1:]  # The newest is the present one: it has ended and is not about to be replaced.
    return dead[0] if dead else None


def _why_none(pod: Object, name: str, told: Any) -> str:
    subject = f'container "{name}" in pod "{pods.name(pod)}"'
    if not told:
        return f"{subject} is not available"
    state = told.get("state") or {}
    if "waiting" in state:
        reason = state["waiting"].get("reason", "")
        return f"{subject} is waiting to start: {WAITING.get(reason, reason)}"
    if "terminated" in state:
        return f"{subject} is terminated"
    return f"{subject} is waiting to start - no logs yet"


async def open_log(
    source: LogSource, runtime: Listing, pod: Object, name: str, options: LogOptions
) -> AsyncIterator[bytes]:
    """Return the log that a request asks for."""
    status = await choose(runtime, pod, name, previous=options.previous)
    try:
        return source.read(status, options)
    except FileNotFoundError as error:
        # Upstream says so inside an answer of 200, and its clients show it.
        return _say(f"unable to retrieve container logs for {status.container.id}\n".encode(), error)


async def _say(text: bytes, _: Exception) -> AsyncIterator[bytes]:
    yield text
