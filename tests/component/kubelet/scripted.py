"""A runtime in memory whose containers do what a test says."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from kubewheel.kubelet import runtime as r
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Connection


class ScriptedRuntime:
    """Sandboxes and containers that exist in name only; `exit` ends one, `images` are those that can be had."""

    real = False

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.sandboxes: dict[str, r.Sandbox] = {}
        self.containers: dict[str, r.ContainerStatus] = {}
        self.images = {"docker.io/library/busybox:1"}
        self.local: set[str] = {"docker.io/library/busybox:1"}
        self.stops: list[tuple[str, float]] = []
        self.pulls: list[str] = []
        self.sandbox_faults: list[str] = []
        self.start_faults: list[str] = []
        self.update_faults: list[str] = []
        self.updates: list[tuple[str, r.Resources]] = []
        self.down = False
        self._numbers = itertools.count()
        self._changes: asyncio.Queue[str] = asyncio.Queue()

    def exit(self, name: str, code: int, reason: str = "") -> None:
        """Let the newest container of that name end."""
        status = self.newest(name)
        self._end(status, code, reason or ("Completed" if code == 0 else "Error"))

    def newest(self, name: str) -> r.ContainerStatus:
        found = [each for each in self.containers.values() if each.container.name == name]
        return max(found, key=lambda each: each.container.attempt)

    def lose_sandbox(self) -> None:
        """Let all sandboxes die with their containers."""
        for key, sandbox in self.sandboxes.items():
            self.sandboxes[key] = replace(sandbox, state=r.SandboxState.NOT_READY)
        for status in list(self.containers.values()):
            if status.container.state == r.ContainerState.RUNNING:
                self._end(status, 255, "Error")

    def _end(self, status: r.ContainerStatus, code: int, reason: str) -> None:
        container = replace(status.container, state=r.ContainerState.EXITED)
        self.containers[container.id] = replace(
            status, container=container, finished_at=self.clock.now(), exit_code=code, reason=reason
        )
        self._changes.put_nowait(container.id)

    def _check(self) -> None:
        if self.down:
            raise r.RuntimeUnavailable("down")

    async def version(self) -> r.RuntimeVersion:
        self._check()
        return r.RuntimeVersion("scripted", "1")

    async def list_sandboxes(self, pod_uid: str = "") -> Sequence[r.Sandbox]:
        self._check()
        return [each for each in self.sandboxes.values() if pod_uid in ("", each.uid)]

    async def sandbox_status(self, sandbox_id: str) -> r.Sandbox:
        return self.sandboxes[sandbox_id]

    async def run_sandbox(self, config: r.SandboxConfig) -> str:
        if self.sandbox_faults:
            raise r.RuntimeFailure(self.sandbox_faults.pop(0))
        key = f"s{next(self._numbers)}"
        self.sandboxes[key] = r.Sandbox(
            key, config.name, config.namespace, config.uid, config.attempt, r.SandboxState.READY, self.clock.now(),
            ("10.1.0.1",), config.labels, config.annotations,
        )
        return key

    async def stop_sandbox(self, sandbox_id: str) -> None:
        sandbox = self.sandboxes.get(sandbox_id)
        if sandbox is not None:
            self.sandboxes[sandbox_id] = replace(sandbox, state=r.SandboxState.NOT_READY)

    async def remove_sandbox(self, sandbox_id: str) -> None:
        self.sandboxes.pop(sandbox_id, None)

    async def list_containers(self, pod_uid: str = "") -> Sequence[r.Container]:
        self._check()
        found = [each.container for each in self.containers.values()]
        return [each for each in found if pod_uid in ("", each.labels["io.kubernetes.pod.uid"])]

    async def container_status(self, container_id: str) -> r.ContainerStatus:
        return self.containers[container_id]

    async def create_container(self, sandbox_id: str, config: r.ContainerConfig, sandbox: r.SandboxConfig) -> str:
        key = f"c{next(self._numbers)}"
        container = r.Container(
            key, sandbox_id, config.name, config.attempt, r.ContainerState.CREATED, self.clock.now(), config.image,
            "sha256:1", config.labels, config.annotations,
        )
        self.containers[key] = r.ContainerStatus(container)
        return key

    async def start_container(self, container_id: str) -> None:
        status = self.containers[container_id]
        if self.start_faults:
            self._end(status, 128, "StartError")
            raise r.RuntimeFailure(self.start_faults.pop(0))
        container = replace(status.container, state=r.ContainerState.RUNNING)
        self.containers[container_id] = replace(status, container=container, started_at=self.clock.now())

    async def stop_container(self, container_id: str, grace_seconds: float) -> None:
        status = self.containers[container_id]
        self.stops.append((status.container.name, grace_seconds))
        if status.container.state == r.ContainerState.RUNNING:
            self._end(status, 143, "Error")

    async def remove_container(self, container_id: str) -> None:
        self.containers.pop(container_id, None)

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        return 0, b"", b""

    async def reopen_log(self, container_id: str) -> None: ...

    async def update_resources(self, container_id: str, resources: r.Resources) -> None:
        if self.update_faults:
            raise r.RuntimeFailure(self.update_faults.pop(0))
        self.updates.append((self.containers[container_id].container.name, resources))

    async def view_image(self, image: str, key: str) -> r.FilesystemMount:
        raise r.RuntimeFailure("images hold no files")

    async def remove_views(self, prefix: str) -> None: ...

    async def pull_image(self, image: str, credentials: r.Credentials | None = None) -> str:
        self.pulls.append(image)
        if image not in self.images:
            raise r.PullError(f"{image}: not found")
        self.local.add(image)
        return image

    async def image_status(self, image: str) -> r.Image | None:
        return r.Image(image, (image,), size_bytes=7, user=0) if image in self.local else None

    async def list_images(self) -> Sequence[r.Image]:
        return []

    async def remove_image(self, image: str) -> None: ...

    async def changes(self) -> AsyncIterator[str]:
        while True:
            yield await self._changes.get()

    async def container_stats(self) -> Sequence[r.ContainerStats]:
        return []

    async def exec(self, container_id: str, command: Sequence[str], *, tty: bool, streams: r.Streams) -> int:
        return 0

    async def attach(self, container_id: str, *, tty: bool, streams: r.Streams) -> None: ...

    async def port_forward(self, sandbox_id: str, port: int, connection: Connection) -> None: ...

    async def close(self) -> None: ...
