"""A Runtime that starts nothing: sandboxes and containers are records, and end when their behaviour says so."""

import asyncio
import hashlib
import itertools
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, ip_network

from kubewheel.kubelet import pods
from kubewheel.kubelet.runtime import (
    Container,
    ContainerConfig,
    ContainerState,
    ContainerStats,
    ContainerStatus,
    Credentials,
    ExecTimeout,
    FilesystemMount,
    Image,
    NotFound,
    PullError,
    Resources,
    RuntimeFailure,
    RuntimeVersion,
    Sandbox,
    SandboxConfig,
    SandboxState,
    Streams,
)
from kubewheel.kubelet.server.log_options import LogOptions
from kubewheel.kubelet.simulated import behaviour, play
from kubewheel.kubelet.simulated.behaviour import Behaviour
from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Connection, Object

CPU_CORES = 0.001  # What a running container is said to use.
MEMORY_BYTES = 8 << 20
IMAGE_BYTES = 4 << 20


@dataclass(slots=True)
class _Box:
    config: SandboxConfig
    sandbox: Sandbox


@dataclass(slots=True)
class _Record:
    config: ContainerConfig
    pod: Object
    behaviour: Behaviour
    status: ContainerStatus

    @property
    def is_running(self) -> bool:
        return self.status.container.state == ContainerState.RUNNING


class _Watcher:
    """Who listens for changes; the oldest give way, and the agent's slower listing finds what is lost."""

    def __init__(self) -> None:
        self.changed: deque[str] = deque(maxlen=10_000)
        self.told = asyncio.Event()


class SimulatedRuntime:
    """Records of sandboxes and containers; `pod_cidr` gives the sandboxes their addresses, lowest free first."""

    real = False

    def __init__(self, clock: Clock, pod_cidr: str = "10.244.0.0/24") -> None:
        self._clock = clock
        self._network = ip_network(pod_cidr)
        assert isinstance(self._network, IPv4Network), "simulated pods have IPv4 addresses"
        self._boxes: dict[str, _Box] = {}
        self._records: dict[str, _Record] = {}
        self._images: dict[str, Image] = {}
        self._numbers = itertools.count(1)
        self._watchers: list[_Watcher] = []

    async def version(self) -> RuntimeVersion:
        """Return what the runtime is."""
        return RuntimeVersion("simulated", "1")

    # Sandboxes.

    async def list_sandboxes(self, pod_uid: str = "") -> Sequence[Sandbox]:
        """Return all sandboxes, or those of one pod."""
        return [each.sandbox for each in self._boxes.values() if not pod_uid or each.config.uid == pod_uid]

    async def sandbox_status(self, sandbox_id: str) -> Sandbox:
        """Return one sandbox."""
        return self._box(sandbox_id).sandbox

    async def run_sandbox(self, config: SandboxConfig) -> str:
        """Record a sandbox and give it an address."""
        delays = [behaviour.of(config.pod, each).start_after for each in pods.containers(config.pod)]
        if any(delays):
            await self._clock.sleep(max(delays))
        sandbox_id = self._new_id(f"{config.uid}/{config.attempt}")
        ips = () if config.namespaces.host_network else (self._free_address(),)
        self._boxes[sandbox_id] = _Box(config, Sandbox(
            sandbox_id, config.name, config.namespace, config.uid, config.attempt, SandboxState.READY,
            self._clock.now(), ips, config.labels, config.annotations,
        ))
        self._tell(sandbox_id)
        return sandbox_id

    async def stop_sandbox(self, sandbox_id: str) -> None:
        """End its containers and give its address back."""
        box = self._boxes.get(sandbox_id)
        if box is None:
            return
        for record in self._of_sandbox(sandbox_id):
            self._end(record, 137, "Error")
        box.sandbox = replace(box.sandbox, state=SandboxState.NOT_READY, ips=())
        self._tell(sandbox_id)

    async def remove_sandbox(self, sandbox_id: str) -> None:
        """Forget a sandbox and its containers."""
        await self.stop_sandbox(sandbox_id)
        for record in self._of_sandbox(sandbox_id):
            self._records.pop(record.status.container.id, None)
        self._boxes.pop(sandbox_id, None)

    def _free_address(self) -> str:
        taken = {address for each in self._boxes.values() for address in each.sandbox.ips}
        hosts = itertools.islice(self._network.hosts(), 1, None)  # The first is the gateway's.
        for address in hosts:
            if str(address) not in taken:
                return str(address)
        raise RuntimeFailure(f"no free address in {self._network}")

    # Containers.

    async def list_containers(self, pod_uid: str = "") -> Sequence[Container]:
        """Return all containers, or those of one pod."""
        self._advance()
        return [
            each.status.container for each in self._records.values() if not pod_uid or pods.uid(each.pod) == pod_uid
        ]

    async def container_status(self, container_id: str) -> ContainerStatus:
        """Return one container in detail."""
        self._advance()
        return self._record(container_id).status

    async def create_container(self, sandbox_id: str, config: ContainerConfig, sandbox: SandboxConfig) -> str:
        """Record a container."""
        box = self._box(sandbox_id)
        pod = box.config.pod
        spec = pods.container(pod, config.name) or {"name": config.name, "image": config.image}
        container_id = self._new_id(f"{sandbox_id}/{config.name}/{config.attempt}")
        is_init = any(each["name"] == config.name for each in pods.init_containers(pod))
        image = await self.image_status(config.image)
        container = Container(
            container_id, sandbox_id, config.name, config.attempt, ContainerState.CREATED, self._clock.now(),
            config.image, image.id if image else config.image, config.labels, config.annotations,
        )
        log_path = f"{sandbox.log_directory}/{config.log_path}"
        status = ContainerStatus(container, log_path=log_path, image_ref=container.image_id)
        self._records[container_id] = _Record(config, pod, behaviour.of(pod, spec, is_init=is_init), status)
        return container_id

    async def start_container(self, container_id: str) -> None:
        """Let a container run."""
        record = self._record(container_id)
        self._change(record, ContainerState.RUNNING, started_at=self._clock.now())

    async def stop_container(self, container_id: str, grace_seconds: float) -> None:
        """End a container after the time that its behaviour takes, at most its grace."""
        record = self._records.get(container_id)
        if record is None or not record.is_running:
            return
        slow = record.behaviour.stop_after > grace_seconds
        await self._clock.sleep(min(record.behaviour.stop_after, grace_seconds))
        self._end(record, 137 if slow else 143, "Error")

    async def remove_container(self, container_id: str) -> None:
        """Forget a container."""
        self._records.pop(container_id, None)

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        """Play a command; return exit code, stdout, stderr."""
        outputs = (bytearray(), bytearray())

        async def stdout(data: bytes) -> None:
            outputs[0].extend(data)

        async def stderr(data: bytes) -> None:
            outputs[1].extend(data)

        work = self.exec(container_id, command, tty=False, streams=Streams(stdout=stdout, stderr=stderr))
        try:
            code = await asyncio.wait_for(work, seconds or None)
        except TimeoutError as error:
            raise ExecTimeout(f"command {list(command)!r} timed out") from error
        return code, bytes(outputs[0]), bytes(outputs[1])

    async def reopen_log(self, container_id: str) -> None:
        """Do nothing: there is no file."""

    async def update_resources(self, container_id: str, resources: Resources) -> None:
        """Do nothing: nothing is limited."""

    # Images.

    async def view_image(self, image: str, key: str) -> FilesystemMount:
        """Refuse: simulated images hold no files."""
        raise RuntimeFailure("simulated images hold no files")

    async def remove_views(self, prefix: str) -> None:
        """Do nothing: there are none."""

    async def pull_image(self, image: str, credentials: Credentials | None = None) -> str:
        """Record an image, unless its name says that it cannot be had."""
        if behaviour.MISSING.search(image):
            raise PullError(
                f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
            )
        digest = hashlib.sha256(image.encode()).hexdigest()
        repository = image.partition("@")[0].rpartition(":")[0] or image
        self._images[image] = Image(
            f"sha256:{digest}", (image,), (f"{repository}@sha256:{digest}",), IMAGE_BYTES
        )
        return self._images[image].id

    async def image_status(self, image: str) -> Image | None:
        """Return an image that was pulled, by name or id."""
        found = self._images.get(image)
        return found or next((each for each in self._images.values() if each.id == image), None)

    async def list_images(self) -> Sequence[Image]:
        """Return all images that were pulled."""
        return list(self._images.values())

    async def remove_image(self, image: str) -> None:
        """Forget an image."""
        self._images = {name: each for name, each in self._images.items() if image not in (name, each.id)}

    # Streams.

    async def exec(self, container_id: str, command: Sequence[str], *, tty: bool, streams: Streams) -> int:
        """Play a command with the client's streams."""
        return await play.execute(self._scene(container_id), command, self._clock, streams)

    async def attach(self, container_id: str, *, tty: bool, streams: Streams) -> None:
        """Answer what the client types."""
        await play.attach(self._scene(container_id), streams, self._runs(container_id), self._clock)

    async def port_forward(self, sandbox_id: str, port: int, connection: Connection) -> None:
        """Answer as a pod's port would."""
        await play.port_forward(self._box(sandbox_id).config.pod, port, connection)

    def read(self, status: ContainerStatus, options: LogOptions) -> AsyncIterator[bytes]:
        """Yield what a client sees of a container's log."""
        container_id = status.container.id
        return play.read_log(self._scene(container_id), options, self._runs(container_id), self._clock)

    def _runs(self, container_id: str) -> play.IsRunning:
        async def is_running() -> bool:
            self._advance()
            record = self._records.get(container_id)
            return record is not None and record.is_running

        return is_running

    def _scene(self, container_id: str) -> play.Scene:
        record = self._record(container_id)
        spec = pods.container(record.pod, record.config.name) or {}
        return play.Scene(
            record.pod, spec, record.behaviour, record.status.started_at, record.status.finished_at
        )

    # Life.

    async def changes(self) -> AsyncIterator[str]:
        """Yield the id of each container or sandbox that changes, when it does."""
        watcher = _Watcher()
        self._watchers.append(watcher)
        try:
            while True:
                while watcher.changed:
                    yield watcher.changed.popleft()
                await self._next_change(watcher)
        finally:
            self._watchers.remove(watcher)

    async def _next_change(self, watcher: "_Watcher") -> None:
        """Return when there is a change, or the next container's end is due."""
        ends = [end for each in self._records.values() if (end := _end_of(each)) is not None]
        watcher.told.clear()
        async with asyncio.TaskGroup() as group:
            waiting = {create_task(group, watcher.told.wait(), name="told")}
            if ends:
                sleep = self._clock.sleep(min(ends) - self._clock.now())
                waiting.add(create_task(group, sleep, name="due"))  # type: ignore[arg-type]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
        self._advance()

    async def container_stats(self) -> Sequence[ContainerStats]:
        """Return a little use for each running container."""
        now = self._clock.now()
        return [
            ContainerStats(
                each.status.container, now, int((now - each.status.started_at) * CPU_CORES * 1e9),
                int(CPU_CORES * 1e9), MEMORY_BYTES, MEMORY_BYTES, MEMORY_BYTES,
            )
            for each in self._records.values() if each.is_running
        ]

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _advance(self) -> None:
        """End the containers whose time has come."""
        now = self._clock.now()
        for record in list(self._records.values()):
            end = _end_of(record)
            if end is not None and end <= now:
                code = record.behaviour.exit_code
                self._end(record, code, "Error" if code else "Completed", at=end)

    def _end(self, record: _Record, code: int, reason: str, at: float | None = None) -> None:
        if record.is_running:
            moment = self._clock.now() if at is None else at
            self._change(record, ContainerState.EXITED, finished_at=moment, exit_code=code, reason=reason)

    def _change(self, record: _Record, state: ContainerState, **fields: object) -> None:
        container = replace(record.status.container, state=state)
        record.status = replace(record.status, container=container, **fields)  # type: ignore[arg-type]
        self._tell(container.id)

    def _tell(self, changed: str) -> None:
        for watcher in self._watchers:
            watcher.changed.append(changed)
            watcher.told.set()

    def _of_sandbox(self, sandbox_id: str) -> list[_Record]:
        return [each for each in self._records.values() if each.status.container.sandbox_id == sandbox_id]

    def _box(self, sandbox_id: str) -> _Box:
        if sandbox_id not in self._boxes:
            raise NotFound(f'sandbox "{sandbox_id}": not found')
        return self._boxes[sandbox_id]

    def _record(self, container_id: str) -> _Record:
        if container_id not in self._records:
            raise NotFound(f'container "{container_id}": not found')
        return self._records[container_id]

    def _new_id(self, about: str) -> str:
        return hashlib.sha256(f"{about}/{next(self._numbers)}".encode()).hexdigest()


def _end_of(record: _Record) -> float | None:
    """Return when a running container ends by itself."""
    if not record.is_running or record.behaviour.exit_after is None:
        return None
    return record.status.started_at + record.behaviour.exit_after
