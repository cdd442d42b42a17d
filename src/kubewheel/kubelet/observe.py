"""Observe: what the runtime has of one pod, in one consistent view."""

import asyncio
from collections.abc import Container
from dataclasses import dataclass, replace

from kubewheel.kubelet import container_files, labels, runtime
from kubewheel.kubelet.runtime import ContainerState, ContainerStatus, Runtime, Sandbox, SandboxState


@dataclass(frozen=True, slots=True)
class Observed:
    """A pod's sandboxes and containers, each newest first."""

    sandboxes: tuple[Sandbox, ...] = ()
    containers: tuple[ContainerStatus, ...] = ()

    @property
    def sandbox(self) -> Sandbox | None:
        """Return the newest sandbox if it is ready."""
        newest = self.sandboxes[0] if self.sandboxes else None
        return newest if newest is not None and newest.state == SandboxState.READY else None

    @property
    def next_attempt(self) -> int:
        """Return the attempt number that a new sandbox must have."""
        return self.sandboxes[0].attempt + 1 if self.sandboxes else 0

    def latest(self, name: str) -> ContainerStatus | None:
        """Return the newest container of that name."""
        return next((found for found in self.containers if found.container.name == name), None)

    def previous(self, name: str) -> ContainerStatus | None:
        """Return the container of that name before the newest."""
        named = [found for found in self.containers if found.container.name == name]
        return named[1] if len(named) > 1 else None

    @property
    def running(self) -> list[ContainerStatus]:
        """Return the containers that run."""
        return [found for found in self.containers if found.container.state == ContainerState.RUNNING]

    def of_current_sandbox(self, status: ContainerStatus) -> bool:
        """Return whether a container belongs to the newest sandbox."""
        return bool(self.sandboxes) and status.container.sandbox_id == self.sandboxes[0].id


class Observer:
    """Asks the runtime; remembers what cannot change any more (a dead container's end, a sandbox's addresses)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._statuses: dict[str, ContainerStatus] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}

    async def observe(self, pod_uid: str) -> Observed:
        """Return what exists of a pod; raise RuntimeUnavailable."""
        sandboxes = [await self._sandbox(found) for found in await self._runtime.list_sandboxes(pod_uid)]
        listed = await self._runtime.list_containers(pod_uid)
        statuses = [status for found in listed if (status := await self._status(found)) is not None]
        return Observed(
            sandboxes=tuple(sorted(sandboxes, key=_sandbox_age, reverse=True)),
            containers=tuple(sorted(statuses, key=_container_age, reverse=True)),
        )

    def forget(self, observed: Observed) -> None:
        """Drop what is remembered of a pod that is gone."""
        for sandbox in observed.sandboxes:
            self._addresses.pop(sandbox.id, None)
        for status in observed.containers:
            self._statuses.pop(status.container.id, None)

    def keep_only(self, container_ids: Container[str]) -> None:
        """Drop what is remembered of containers that are not in `container_ids`."""
        for container_id in [known for known in self._statuses if known not in container_ids]:
            del self._statuses[container_id]

    async def _sandbox(self, sandbox: Sandbox) -> Sandbox:
        if sandbox.state != SandboxState.READY:
            return sandbox
        if sandbox.id not in self._addresses:
            try:
                found = await self._runtime.sandbox_status(sandbox.id)
            except runtime.NotFound:
                return sandbox
            if not found.ips:
                return found
            self._addresses[sandbox.id] = found.ips
        return replace(sandbox, ips=self._addresses[sandbox.id])

    async def _status(self, container: runtime.Container) -> ContainerStatus | None:
        known = self._statuses.get(container.id)
        if known is not None and known.container.state == container.state:
            return known
        try:
            found = await self._runtime.container_status(container.id)
        except runtime.NotFound:
            return None
        status = _with_container(found, container)
        if self._runtime.real and status.container.state == ContainerState.EXITED:
            status = await asyncio.to_thread(_with_last_words, status)
        if status.container.state in (ContainerState.RUNNING, ContainerState.EXITED):
            self._statuses[container.id] = status
        return status


def _with_container(status: ContainerStatus, listed: runtime.Container) -> ContainerStatus:
    """Return `status` naming the sandbox, which only lists name, with the state that the status saw."""
    seen = status.container
    container = replace(
        listed, state=seen.state, image=seen.image or listed.image, image_id=seen.image_id or listed.image_id
    )
    return replace(status, container=container)


def _with_last_words(status: ContainerStatus) -> ContainerStatus:
    """Return `status` with the message that the container left."""
    annotations = status.container.annotations
    path = annotations.get(labels.TERMINATION_FILE)
    if not path:
        return status
    falls_back = annotations.get(labels.TERMINATION_POLICY) == "FallbackToLogsOnError" and status.exit_code != 0
    message = container_files.termination_message(path, status.log_path, fall_back=falls_back)
    return replace(status, message=message or status.message)


def _sandbox_age(sandbox: Sandbox) -> tuple[float, int]:
    return sandbox.created_at, sandbox.attempt


def _container_age(status: ContainerStatus) -> tuple[float, int]:
    return status.container.created_at, status.container.attempt


