"""The fleet as its one server for logs and exec sees it: a node with all pods, and a runtime that only shows."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from kubewheel.kubelet import labels, pods
from kubewheel.kubelet.runtime import (
    Container,
    ContainerState,
    ContainerStats,
    ContainerStatus,
    ExecTimeout,
    NotFound,
    RuntimeVersion,
    Sandbox,
    SandboxState,
    Streams,
)
from kubewheel.kubelet.server import Usage
from kubewheel.kubelet.server.log_options import LogOptions
from kubewheel.kubelet.simulated import behaviour, play
from kubewheel.kubelet.simulated.fleet.keeper import Keeper
from kubewheel.kubelet.simulated.fleet.life import Life, Run
from kubewheel.kubelet.simulated.fleet.status import container_id
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Connection, Object


class FleetNode:
    """All nodes as one."""

    name = "simulated"

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def pods(self) -> Sequence[Object]:
        """Return the pods of all nodes."""
        return [pod for pod in self._keeper.informer if self._keeper.is_ours(pod)]

    def pod(self, namespace: str, name: str) -> Object | None:
        """Return one pod, or None."""
        pod = self._keeper.informer.get(namespace, name)
        return pod if pod is not None and self._keeper.is_ours(pod) else None

    def usage(self) -> Usage:
        """Return nothing: the nodes use nothing."""
        return Usage()


class FleetView:
    """What of a Runtime a node's server asks for, answered from pods' lives.

    Ids name pod, container and attempt, so that no record of them is kept.
    """

    real = False

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock

    async def version(self) -> RuntimeVersion:
        """Return what the runtime is."""
        return RuntimeVersion("simulated", "1")

    async def list_sandboxes(self, pod_uid: str = "") -> Sequence[Sandbox]:
        """Return the sandboxes of pods that run."""
        return [
            Sandbox(
                _id(pod, "", 0), pods.name(pod), pods.namespace(pod), life.uid, 0, SandboxState.READY, life.began_at,
                (life.address,) if life.address else (), labels.of_sandbox(pod),
            )
            for pod, life in self._lives(pod_uid) if not life.is_over()
        ]

    async def list_containers(self, pod_uid: str = "") -> Sequence[Container]:
        """Return the containers that run or have run: of each, the present run and the last."""
        now = self._clock.now()
        return [
            status.container for pod, life in self._lives(pod_uid) for run in life.runs.values()
            for status in _statuses(pod, run, now)
        ]

    async def container_status(self, container_id: str) -> ContainerStatus:
        """Return one container in detail."""
        pod, _, run = self._find(container_id)
        for status in _statuses(pod, run, self._clock.now()):
            if status.container.id == container_id:
                return status
        raise NotFound(f'container "{container_id}": not found')

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

    async def exec(self, container_id: str, command: Sequence[str], *, tty: bool, streams: Streams) -> int:
        """Play a command with the client's streams."""
        return await play.execute(self._scene(container_id), command, self._clock, streams)

    async def attach(self, container_id: str, *, tty: bool, streams: Streams) -> None:
        """Answer what the client types."""
        await play.attach(self._scene(container_id), streams, self._runs(container_id), self._clock)

    async def port_forward(self, sandbox_id: str, port: int, connection: Connection) -> None:
        """Answer as a pod's port would."""
        await play.port_forward(self._find(sandbox_id)[0], port, connection)

    async def container_stats(self) -> Sequence[ContainerStats]:
        """Return what each running container is said to use."""
        now = self._clock.now()
        return [
            _stats(pod, run, status, now)
            for pod, life in self._lives("") for run in life.runs.values() for status in _statuses(pod, run, now)
            if status.container.state == ContainerState.RUNNING
        ]

    def read(self, status: ContainerStatus, options: LogOptions) -> AsyncIterator[bytes]:
        """Yield what a client sees of a container's log."""
        scene = self._scene(status.container.id)
        return play.read_log(scene, options, self._runs(status.container.id), self._clock)

    def _runs(self, container_id: str) -> play.IsRunning:
        async def is_running() -> bool:
            try:
                found = await self.container_status(container_id)
            except NotFound:
                return False
            return found.container.state == ContainerState.RUNNING

        return is_running

    def _scene(self, container_id: str) -> play.Scene:
        pod, _, run = self._find(container_id)
        for status in _statuses(pod, run, self._clock.now()):
            if status.container.id == container_id:
                spec = pods.container(pod, run.name) or {}
                return play.Scene(pod, spec, run.behaviour, status.started_at, status.finished_at)
        raise NotFound(f'container "{container_id}": not found')

    def _lives(self, pod_uid: str) -> list[tuple[Object, Life]]:
        found = []
        for pod in self._keeper.informer.by_index("uid", pod_uid) if pod_uid else self._keeper.informer:
            if self._keeper.is_ours(pod) and (life := self._keeper.life(pod)) is not None:
                found.append((pod, life))
        return found

    def _find(self, found_id: str) -> tuple[Object, Life, Run]:
        namespace, _, rest = found_id.partition("/")
        name, _, rest = rest.partition("/")
        pod = self._keeper.informer.get(namespace, name)
        life = self._keeper.life(pod) if pod is not None else None
        if pod is None or life is None:
            raise NotFound(f'"{found_id}": not found')
        run = life.runs.get(rest.partition("/")[0])
        if run is None and rest.partition("/")[0]:
            raise NotFound(f'"{found_id}": not found')
        return pod, life, run or next(iter(life.runs.values()))


def _stats(pod: Object, run: Run, status: ContainerStatus, now: float) -> ContainerStats:
    cores, memory = behaviour.usage(pod, run.name, run.behaviour)
    used = int((now - status.started_at) * cores * 1e9)
    return ContainerStats(status.container, now, used, int(cores * 1e9), memory, memory, memory)


def _id(pod: Object, container: str, attempt: int) -> str:
    return f"{pods.namespace(pod)}/{pods.name(pod)}/{container}/{attempt}"


def _statuses(pod: Object, run: Run, now: float) -> list[ContainerStatus]:
    """Return the present run of a container, if it runs, and its last one, if there was one."""
    found = []
    if run.is_running(now) and not run.behaviour.pull_error:
        container = _container(pod, run, run.attempt, ContainerState.RUNNING, run.starts_at)
        found.append(ContainerStatus(container, run.starts_at))
    if run.last is not None:
        last = run.last
        container = _container(pod, run, last.attempt, ContainerState.EXITED, last.started_at)
        reason = "Error" if last.code else "Completed"
        found.append(ContainerStatus(container, last.started_at, last.finished_at, last.code, reason))
    return found


def _container(pod: Object, run: Run, attempt: int, state: ContainerState, created_at: float) -> Container:
    return Container(
        _id(pod, run.name, attempt), _id(pod, "", 0), run.name, attempt, state, created_at,
        labels=labels.of_container(pod, run.name),
        annotations={"kubewheel.dev/shown-id": container_id(pods.uid(pod), run.name, attempt)},
    )
