"""Real containers: the runtime Protocol over CRI."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence

from kubewheel.kubelet import cri_messages, runtime
from kubewheel.kubelet.image_views import ImageViews
from kubewheel.libs.cri import client as cri
from kubewheel.libs.wire import Connection

EXIT = "/tasks/exit"
TOPICS = (EXIT, "/tasks/oom", "/tasks/delete")
NOTED_TRIES, NOTED_SECONDS = 100, 0.01
RUNNING, READY = 1, 0  # CONTAINER_RUNNING, SANDBOX_READY
BAD_NAME = re.compile(r"invalid reference format|failed to parse image reference")


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except cri.Unavailable as error:
        raise runtime.RuntimeUnavailable(str(error)) from error
    except cri.NotFound as error:
        raise runtime.NotFound(str(error)) from error
    except cri.Failure as error:
        raise runtime.RuntimeFailure(str(error)) from error


def _pull_reason(message: str) -> str:
    """Return the waiting reason for what a failed pull says."""
    if BAD_NAME.search(message):
        return "InvalidImageName"
    return "ErrImagePull"


class ContainerdRuntime:
    """Containers of a runtime that answers on a CRI socket; with containerd, changes are told at once.

    `streams` does exec, attach and port-forward over the same client.
    """

    real = True

    def __init__(self, client: cri.Client, streams: runtime.Streaming, *, timeout_seconds: float = 900.0) -> None:
        self._client = client
        self._streams = streams
        self._views = ImageViews(client)
        self._timeout = timeout_seconds

    async def version(self) -> runtime.RuntimeVersion:
        with _translated():
            reply = await self._client.call("Version", seconds=10)
            status = (await self._client.call("Status", seconds=10)).status
        problems = {condition.type: condition.message for condition in status.conditions if not condition.status}
        if "RuntimeReady" in problems:
            raise runtime.RuntimeUnavailable(problems["RuntimeReady"])
        return runtime.RuntimeVersion(
            name=reply.runtime_name, version=reply.runtime_version, network_ready="NetworkReady" not in problems,
            network_message=problems.get("NetworkReady", ""),
        )

    async def list_sandboxes(self, pod_uid: str = "") -> Sequence[runtime.Sandbox]:
        with _translated():
            reply = await self._client.call("ListPodSandbox", filter=cri_messages.pod_filter(pod_uid))
        return [cri_messages.sandbox(message) for message in reply.items]

    async def sandbox_status(self, sandbox_id: str) -> runtime.Sandbox:
        with _translated():
            reply = await self._client.call("PodSandboxStatus", id=sandbox_id)
        return cri_messages.sandbox(reply.status)

    async def run_sandbox(self, config: runtime.SandboxConfig) -> str:
        with _translated():
            reply = await self._client.call(
                "RunPodSandbox", seconds=240, config=cri_messages.sandbox_config(config),
                runtime_handler=config.runtime_handler,
            )
        return str(reply.id)

    async def stop_sandbox(self, sandbox_id: str) -> None:
        with _translated(), contextlib.suppress(cri.NotFound):
            await self._client.call("StopPodSandbox", id=sandbox_id)

    async def remove_sandbox(self, sandbox_id: str) -> None:
        with _translated(), contextlib.suppress(cri.NotFound):
            await self._client.call("RemovePodSandbox", id=sandbox_id)

    async def list_containers(self, pod_uid: str = "") -> Sequence[runtime.Container]:
        with _translated():
            reply = await self._client.call("ListContainers", filter=cri_messages.pod_filter(pod_uid))
        return [cri_messages.container(message) for message in reply.containers]

    async def container_status(self, container_id: str) -> runtime.ContainerStatus:
        with _translated():
            reply = await self._client.call("ContainerStatus", id=container_id)
        return cri_messages.container_status(reply.status)

    async def create_container(
        self, sandbox_id: str, config: runtime.ContainerConfig, sandbox: runtime.SandboxConfig
    ) -> str:
        with _translated():
            reply = await self._client.call(
                "CreateContainer", pod_sandbox_id=sandbox_id, config=cri_messages.container_config(config),
                sandbox_config=cri_messages.sandbox_config(sandbox),
            )
        return str(reply.id)

    async def start_container(self, container_id: str) -> None:
        with _translated():
            await self._client.call("StartContainer", id=container_id)

    async def stop_container(self, container_id: str, grace_seconds: float) -> None:
        with _translated(), contextlib.suppress(cri.NotFound):
            await self._client.call(
                "StopContainer", seconds=grace_seconds + 120, container_id=container_id, timeout=int(grace_seconds)
            )

    async def remove_container(self, container_id: str) -> None:
        with _translated(), contextlib.suppress(cri.NotFound):
            await self._client.call("RemoveContainer", id=container_id)

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        deadline = seconds + 10 if seconds else 24 * 3600
        try:
            with _translated():
                reply = await self._client.call(
                    "ExecSync", seconds=deadline, container_id=container_id, cmd=list(command),
                    timeout=max(1, round(seconds)) if seconds else 0,
                )
        except runtime.RuntimeFailure as error:
            if isinstance(error.__cause__, cri.DeadlineExceeded) or "timed out" in str(error):
                raise runtime.ExecTimeout(str(error)) from error
            raise
        return int(reply.exit_code), bytes(reply.stdout), bytes(reply.stderr)

    async def reopen_log(self, container_id: str) -> None:
        with _translated():
            await self._client.call("ReopenContainerLog", id=container_id)

    async def update_resources(self, container_id: str, resources: runtime.Resources) -> None:
        with _translated():
            await self._client.call(
                "UpdateContainerResources", container_id=container_id, linux=cri_messages.resources(resources)
            )

    async def pull_image(self, image: str, credentials: runtime.Credentials | None = None) -> str:
        auth = {"auth": cri_messages.credentials(credentials)} if credentials else {}
        try:
            reply = await self._client.call("PullImage", seconds=self._timeout, image={"image": image}, **auth)
        except cri.Unavailable as error:
            raise runtime.RuntimeUnavailable(str(error)) from error
        except cri.Failure as error:
            code = "NotFound" if isinstance(error, cri.NotFound) else "Unknown"
            text = f"rpc error: code = {code} desc = {error}"
            raise runtime.PullError(text, _pull_reason(str(error))) from error
        return str(reply.id)

    async def image_status(self, image: str) -> runtime.Image | None:
        with _translated():
            reply = await self._client.call("ImageStatus", image={"image": image})
        return cri_messages.image(reply.image) if reply.HasField("image") else None

    async def list_images(self) -> Sequence[runtime.Image]:
        with _translated():
            reply = await self._client.call("ListImages")
        return [cri_messages.image(message) for message in reply.images]

    async def remove_image(self, image: str) -> None:
        with _translated(), contextlib.suppress(cri.NotFound):
            await self._client.call("RemoveImage", image={"image": image})

    async def view_image(self, image: str, key: str) -> runtime.FilesystemMount:
        with _translated():
            return await self._views.view(image, key)

    async def remove_views(self, prefix: str) -> None:
        with _translated():
            await self._views.remove(prefix)

    async def changes(self) -> AsyncIterator[str]:
        with _translated():
            async for topic, found in self._client.task_events(TOPICS):
                if topic == EXIT:
                    await self._wait_noted(found)
                yield found

    async def _wait_noted(self, found: str) -> None:
        """Return when CRI knows what containerd's event told: it learns of an exit from the same event."""
        for _ in range(NOTED_TRIES):
            try:
                reply = await self._client.call("ContainerStatus", id=found)
                if reply.status.state != RUNNING:
                    return
            except cri.NotFound:
                if not await self._is_ready_sandbox(found):
                    return
            await asyncio.sleep(NOTED_SECONDS)

    async def _is_ready_sandbox(self, found: str) -> bool:
        try:
            reply = await self._client.call("PodSandboxStatus", id=found)
        except cri.NotFound:
            return False
        return bool(reply.status.state == READY)

    async def container_stats(self) -> Sequence[runtime.ContainerStats]:
        with _translated():
            reply = await self._client.call("ListContainerStats")
        return cri_messages.container_stats(reply.stats)

    async def exec(
        self, container_id: str, command: Sequence[str], *, tty: bool, streams: runtime.Streams
    ) -> int:
        return await self._streams.exec(container_id, command, tty=tty, streams=streams)

    async def attach(self, container_id: str, *, tty: bool, streams: runtime.Streams) -> None:
        await self._streams.attach(container_id, tty=tty, streams=streams)

    async def port_forward(self, sandbox_id: str, port: int, connection: Connection) -> None:
        await self._streams.port_forward(sandbox_id, port, connection)

    async def close(self) -> None:
        await self._client.close()
