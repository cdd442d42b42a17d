"""The simulated nodes as the API server and a test reach them: logs and commands in memory, loss and return."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kubewheel.api import errors
from kubewheel.api.errors import StatusError
from kubewheel.kubelet import pods
from kubewheel.kubelet.server import KubeletServer
from kubewheel.kubelet.simulated.fleet import Fleet
from kubewheel.kubelet.simulated.fleet import life as lives
from kubewheel.kubelet.simulated.fleet.life import Ended, Run
from kubewheel.kubelet.simulated.fleet.nodes import SimulatedNode
from kubewheel.libs import connections
from kubewheel.libs.clock import Clock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Connection, Object, Request, Response


class FleetNodes:
    """Carries the API server's requests to the fleet; satisfies its NodeConnector."""

    def __init__(self) -> None:
        self._server: KubeletServer | None = None
        self._group: asyncio.TaskGroup | None = None
        self._fleet: Fleet | None = None

    def connect(self, fleet: Fleet, group: asyncio.TaskGroup) -> None:
        """Send requests to `fleet` from now on; streams live in `group`."""
        self._fleet = fleet
        self._group = group
        self._server = KubeletServer(fleet.equipment(_allow))

    async def send(self, node: Object, request: Request) -> Response:
        """Return the answer of the agent of `node`."""
        name = node["metadata"]["name"]
        if self._server is None or self._fleet is None:
            raise errors.unavailable(f"no connection to node {name}: this cluster has no simulated nodes")
        if name not in self._fleet.nodes.by_name:
            raise StatusError(500, "", f'Get "https://{name}:10250{request.path}": connect: no route to host')
        response = await self._server.handle(request)
        if response.upgrade is not None and self._group is not None:
            ours, theirs = connections.connected_pair()
            create_task(self._group, _serve(response.upgrade, ours), name="node-stream")
            response.connection, response.upgrade = theirs, None
        return response


async def _allow(request: Request) -> None:
    """Let everything pass: the API server has asked its own authorizer, and nobody else can reach the fleet."""


async def _serve(upgrade: Callable[[Connection], Awaitable[None]], connection: Connection) -> None:
    try:
        await upgrade(connection)
    except (OSError, EOFError):
        return  # The client is gone.


class Wreckage:
    """What a test does to nodes and containers."""

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self._fleet = fleet
        self._clock = clock
        self._lost: dict[str, SimulatedNode] = {}

    def lose(self, name: str) -> None:
        """Let a node fall silent."""
        if name not in self._fleet.nodes.by_name:
            known = ", ".join(sorted(self._fleet.nodes.by_name))
            raise LookupError(f"no simulated node {name!r} is alive; there are: {known or 'none'}")
        self._lost[name] = self._fleet.nodes.lose(name)

    async def restore(self, name: str) -> None:
        """Let a lost node come back, and have a look at all its pods."""
        if name not in self._lost:
            raise LookupError(f"node {name!r} has not been lost")
        await self._fleet.nodes.restore(self._lost.pop(name))
        for pod in self._fleet.keeper.informer:
            if pod["spec"].get("nodeName") == name:
                self._fleet.keeper.look(pods.namespace(pod), pods.name(pod))

    def kill(self, namespace: str, name: str, container: str, code: int, reason: str) -> None:
        """End a running container, by default the first, as the kernel or a crash would."""
        pod, run, spec = self._find(namespace, name, container)
        now = self._clock.now()
        if not run.is_running(now) or run.behaviour.pull_error:
            raise LookupError(f"container {run.name} of pod {namespace}/{name} does not run")
        life = self._fleet.keeper.life(pod)
        assert life is not None, "the pod was found"
        lives.kill(life, pod, spec, Ended(run.starts_at, now, code, run.attempt, reason))
        self._fleet.keeper.look(namespace, name)

    def _find(self, namespace: str, name: str, container: str) -> tuple[Object, Run, Mapping[str, Any]]:
        pod = self._fleet.keeper.informer.get(namespace, name)
        life = self._fleet.keeper.life(pod) if pod is not None else None
        if pod is None or life is None:
            raise LookupError(f"no simulated node runs a pod {namespace}/{name}")
        spec = pods.container(pod, container or pods.containers(pod)[0]["name"])
        if spec is None:
            raise LookupError(f"pod {namespace}/{name} has no container {container!r}")
        return pod, life.runs[spec["name"]], spec

    def recast(self) -> None:
        """Ask the scripts anew about containers whose image could not be pulled."""
        script = self._fleet.keeper.script
        for pod in self._fleet.keeper.informer:
            life = self._fleet.keeper.life(pod) if self._fleet.keeper.is_ours(pod) else None
            if life is None or not any(run.behaviour.pull_error for run in life.runs.values()):
                continue
            fresh = lives.begin(pod, self._clock.now())
            for spec in pods.all_containers(pod):
                run, found = life.runs[spec["name"]], script(pod, spec) if script else None
                if run.behaviour.pull_error:
                    run.behaviour = found or fresh.runs[spec["name"]].behaviour
                    run.starts_at = self._clock.now()
            self._fleet.keeper.look(pods.namespace(pod), pods.name(pod))
