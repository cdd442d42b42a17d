"""The Protocol of a container runtime, in five parts."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from kubewheel.kubelet.runtime.model import (
    Container,
    ContainerConfig,
    ContainerStats,
    ContainerStatus,
    Credentials,
    FilesystemMount,
    Image,
    Resources,
    RuntimeVersion,
    Sandbox,
    SandboxConfig,
    Streams,
)
from kubewheel.libs.wire import Connection


class Sandboxes(Protocol):
    """Pods' sandboxes: a network and what the containers of one pod share."""

    async def list_sandboxes(self, pod_uid: str = "") -> Sequence[Sandbox]:
        """Return all sandboxes, or those of one pod, in any order."""
        ...

    async def sandbox_status(self, sandbox_id: str) -> Sandbox:
        """Return one sandbox with its addresses; raise NotFound."""
        ...

    async def run_sandbox(self, config: SandboxConfig) -> str:
        """Make and start a sandbox; return its id."""
        ...

    async def stop_sandbox(self, sandbox_id: str) -> None:
        """Kill what runs in the sandbox and give its network back."""
        ...

    async def remove_sandbox(self, sandbox_id: str) -> None:
        """Remove a stopped sandbox and its containers."""
        ...


class Containers(Protocol):
    """The containers in the sandboxes."""

    async def list_containers(self, pod_uid: str = "") -> Sequence[Container]:
        """Return all containers, dead ones too, or those of one pod, in any order."""
        ...

    async def container_status(self, container_id: str) -> ContainerStatus:
        """Return one container in detail; raise NotFound."""
        ...

    async def create_container(self, sandbox_id: str, config: ContainerConfig, sandbox: SandboxConfig) -> str:
        """Make a container; return its id."""
        ...

    async def start_container(self, container_id: str) -> None:
        """Start a made container; on failure it may be left EXITED with reason StartError."""
        ...

    async def stop_container(self, container_id: str, grace_seconds: float) -> None:
        """Send the stop signal, kill after `grace_seconds`, return when it is dead."""
        ...

    async def remove_container(self, container_id: str) -> None:
        """Remove a dead container."""
        ...

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        """Run a command; return exit code, stdout, stderr; raise ExecTimeout (`seconds` of 0 waits for ever)."""
        ...

    async def reopen_log(self, container_id: str) -> None:
        """Open the container's log file anew, after it was renamed."""
        ...

    async def update_resources(self, container_id: str, resources: Resources) -> None:
        """Change the limits of a running container."""
        ...


class Images(Protocol):
    """The node's images."""

    async def pull_image(self, image: str, credentials: Credentials | None = None) -> str:
        """Pull an image; return its id; raise PullError."""
        ...

    async def image_status(self, image: str) -> Image | None:
        """Return the image that the reference or id names, or None."""
        ...

    async def list_images(self) -> Sequence[Image]:
        """Return all images."""
        ...

    async def remove_image(self, image: str) -> None:
        """Remove an image with all its names."""
        ...


class ImageViews(Protocol):
    """Images' files to look at, without a container."""

    async def view_image(self, image: str, key: str) -> FilesystemMount:
        """Return how to mount an image's files, which stay until the view of that key is removed."""
        ...

    async def remove_views(self, prefix: str) -> None:
        """Remove the views whose keys begin with `prefix`."""
        ...


class Streaming(Protocol):
    """Interactive use of containers."""

    async def exec(self, container_id: str, command: Sequence[str], *, tty: bool, streams: Streams) -> int:
        """Run a command with the client's streams; return its exit code."""
        ...

    async def attach(self, container_id: str, *, tty: bool, streams: Streams) -> None:
        """Join the streams of the container's first process until it ends or the client leaves."""
        ...

    async def port_forward(self, sandbox_id: str, port: int, connection: Connection) -> None:
        """Carry bytes between `connection` and a port on the pod's loopback until one side closes."""
        ...


class Runtime(Sandboxes, Containers, Images, ImageViews, Streaming, Protocol):
    """All that the node agent asks of a runtime.

    `real` is False when nothing runs: the agent then prepares no volumes, files or cgroups and probes succeed.
    """

    real: bool

    async def version(self) -> RuntimeVersion:
        """Return what the runtime is; raise RuntimeUnavailable."""
        ...

    def changes(self) -> AsyncIterator[str]:
        """Yield the id of a container or sandbox whose state may have changed; "" when any may have.

        Changes that are missed are found by the agent's slower listing; it ends or raises RuntimeUnavailable
        when the runtime goes away.
        """
        ...

    async def container_stats(self) -> Sequence[ContainerStats]:
        """Return what the running containers use."""
        ...

    async def close(self) -> None:
        """Let go of the runtime; what runs goes on."""
        ...
