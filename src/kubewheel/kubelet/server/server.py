"""The HTTP interface of a node's agent: routes of paths to what answers them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kubewheel.kubelet import pods
from kubewheel.kubelet.runtime import (
    ContainerState,
    ContainerStats,
    NotFound,
    RuntimeFailure,
    RuntimeUnavailable,
    RuntimeVersion,
    Sandbox,
    SandboxState,
    Streaming,
    Streams,
)
from kubewheel.kubelet.server import (
    log_options,
    logs,
    port_forward,
    remote_command,
    spdy_command,
    stats,
    upgrades,
    websocket_command,
)
from kubewheel.kubelet.server.access import Denied
from kubewheel.kubelet.server.machine import Usage
from kubewheel.kubelet.server.remote_command import Command, Refused
from kubewheel.libs import websocket
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Connection, Object, Request, Response

RUN_SECONDS = 600.0


class Node(Protocol):
    """What the server knows of its node: the pods with the status that the agent has last worked out."""

    name: str

    def pods(self) -> Sequence[Object]:
        """Return the node's pods."""
        ...

    def pod(self, namespace: str, name: str) -> Object | None:
        """Return one pod, or None."""
        ...

    def usage(self) -> Usage:
        """Return what the machine uses."""
        ...


class ServedRuntime(logs.Listing, Streaming, Protocol):
    """The part of a runtime that the server uses."""

    async def version(self) -> RuntimeVersion:
        """Return what the runtime is; raise RuntimeUnavailable."""
        ...

    async def list_sandboxes(self, pod_uid: str = "") -> Sequence[Sandbox]:
        """Return all sandboxes, or those of one pod."""
        ...

    async def exec_sync(self, container_id: str, command: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        """Run a command; return exit code, stdout, stderr."""
        ...

    async def container_stats(self) -> Sequence[ContainerStats]:
        """Return what the running containers use."""
        ...


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the server works with. `check` raises Denied for requests that may not be served."""

    node: Node
    runtime: ServedRuntime
    logs: logs.LogSource
    check: Callable[[Request], Awaitable[None]]
    clock: Clock


class KubeletServer:
    """Answers the requests that the API server (and whoever may) sends to a node."""

    def __init__(self, equipment: Equipment) -> None:
        self._node = equipment.node
        self._runtime = equipment.runtime
        self._logs = equipment.logs
        self._check = equipment.check
        self._clock = equipment.clock

    async def handle(self, request: Request) -> Response:
        """Return the answer; refusals are plain text, as upstream's are."""
        try:
            await self._check(request)
            return await self._route(request)
        except Denied as error:
            return plain(error.status, error.message)
        except Refused as error:
            return plain(error.status, str(error))
        except NotFound as error:
            return plain(404, str(error))
        except RuntimeUnavailable as error:
            return plain(500, f"the container runtime does not answer: {error}")
        except RuntimeFailure as error:
            return plain(500, str(error))

    async def _route(self, request: Request) -> Response:
        first, *rest = request.path.strip("/").split("/")
        found = ROUTES.get(first)
        if found is None or len(rest) not in found.depths:
            raise Refused(404, "404 page not found\n")
        if request.method not in found.methods:
            raise Refused(405, "405: Method Not Allowed")
        return await found.handle(self, request, rest)

    # Reports.

    async def healthz(self, _: Request, __: Sequence[str]) -> Response:
        """Say that the agent works, or that its runtime does not."""
        try:
            await self._runtime.version()
        except RuntimeUnavailable as error:
            return plain(500, f"[+]ping ok\n[-]container-runtime failed: {error}\nhealthz check failed\n")
        return plain(200, "ok")

    async def pods(self, _: Request, __: Sequence[str]) -> Response:
        """List the node's pods."""
        return Response(object=_pod_list(self._node.pods()))

    async def running_pods(self, _: Request, __: Sequence[str]) -> Response:
        """List the pods that the runtime has something of."""
        known = {pods.uid(pod): pod for pod in self._node.pods()}
        found = [known[each.uid] for each in await self._runtime.list_sandboxes() if each.uid in known]
        return Response(object=_pod_list(found))

    async def metrics(self, _: Request, rest: Sequence[str]) -> Response:
        """Show metrics in Prometheus' form."""
        found = await self._runtime.container_stats()
        if list(rest) in (["resource"], ["cadvisor"]):
            text = stats.resource_metrics(self._node.usage(), found)
        elif rest:
            raise Refused(404, "404 page not found\n")
        else:
            text = stats.agent_metrics(self._node.name, self._node.pods(), found)
        return Response(headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}, body=text)

    async def summary(self, _: Request, rest: Sequence[str]) -> Response:
        """Show the stats summary."""
        if list(rest) != ["summary"]:
            raise Refused(404, "404 page not found\n")
        found = await self._runtime.container_stats()
        return Response(
            object=stats.summary(self._node.name, self._node.usage(), found, self._node.pods(), self._clock.now())
        )

    async def container_logs(self, request: Request, rest: Sequence[str]) -> Response:
        """Stream a container's log."""
        namespace, name, container = rest
        options = log_options.parse(request, self._clock.now())
        pod = self._node.pod(namespace, name)
        if pod is None:
            raise Refused(404, f'pod "{name}" does not exist')
        if pods.container(pod, container) is None:
            raise Refused(404, f'container "{container}" not found in pod "{name}"')
        chunks = await logs.open_log(self._logs, self._runtime, pod, container, options)
        return Response(headers={"Content-Type": "text/plain"}, chunks=chunks)

    # Commands.

    async def exec(self, request: Request, rest: Sequence[str]) -> Response:
        """Run a command in a container, joined to the client's streams."""
        wanted = remote_command.parse_wanted(request)
        container_id = await self._container_id(rest)
        command = request.query.get("command", [])

        async def run(streams: Streams) -> int:
            return await self._runtime.exec(container_id, command, tty=wanted.tty, streams=streams)

        return self._command(request, Command(wanted, run, "error executing command in container"))

    async def attach(self, request: Request, rest: Sequence[str]) -> Response:
        """Join the client's streams to those of a container's first process."""
        wanted = remote_command.parse_wanted(request)
        container_id = await self._container_id(rest)
        pod = self._pod(*rest[:2])
        # Whether there is a terminal was settled when the container was made; with one, nothing ever ends stderr.
        tty = bool((pods.container(pod, rest[-1]) or {}).get("tty"))

        async def run(streams: Streams) -> int:
            handed = replace(streams, stderr=None) if tty else streams
            await self._runtime.attach(container_id, tty=tty, streams=handed)
            return 0

        return self._command(request, Command(wanted, run, "error attaching to container"))

    async def run(self, request: Request, rest: Sequence[str]) -> Response:
        """Run a command in a container and answer with its output."""
        container_id = await self._container_id(rest)
        command = request.parameter("cmd").split(" ")
        code, stdout, stderr = await self._runtime.exec_sync(container_id, command, RUN_SECONDS)
        if code:
            shown = f"command '{' '.join(command)}' exited with {code}: {stderr.decode('utf-8', 'replace')}"
            return plain(500, shown)
        return Response(headers={"Content-Type": "text/plain"}, body=stdout + stderr)

    def _command(self, request: Request, command: Command) -> Response:
        if websocket.is_upgrade(request.headers):
            protocol = upgrades.websocket_protocol(request, websocket_command.PROTOCOLS)
            return upgrades.accept_websocket(
                request, protocol, lambda connection: websocket_command.serve(connection, protocol, command)
            )
        protocol = upgrades.spdy_protocol(request, spdy_command.PROTOCOLS)
        return upgrades.accept_spdy(
            protocol, lambda connection: spdy_command.serve(connection, protocol, command)
        )

    async def port_forward(self, request: Request, rest: Sequence[str]) -> Response:
        """Carry connections to ports of a pod."""
        namespace, name, *more = rest
        pod = self._pod(namespace, name, more[0] if more else "")
        is_websocket = websocket.is_upgrade(request.headers)
        protocol = (
            upgrades.websocket_protocol(request, port_forward.WEBSOCKET_PROTOCOLS) if is_websocket
            else upgrades.spdy_protocol(request, (port_forward.PROTOCOL,))
        )
        ports = port_forward.requested_ports(request) if is_websocket and protocol != port_forward.TUNNEL else []
        sandbox_id = await self._sandbox_id(pod)
        about = f"pod {sandbox_id}, uid {pods.uid(pod)}"

        async def forward(port: int, connection: Connection) -> None:
            await self._runtime.port_forward(sandbox_id, port, connection)

        if not is_websocket:
            return upgrades.accept_spdy(protocol, lambda each: port_forward.serve_spdy(each, forward, about))
        if protocol == port_forward.TUNNEL:
            return upgrades.accept_websocket(
                request, protocol, lambda each: port_forward.serve_tunnel(each, forward, about)
            )
        return upgrades.accept_websocket(
            request, protocol, lambda each: port_forward.serve_channels(each, protocol, ports, forward, about)
        )

    # Finding things.

    def _pod(self, namespace: str, name: str, uid: str = "") -> Object:
        pod = self._node.pod(namespace, name)
        if pod is None or (uid and pods.uid(pod) != uid):
            raise Refused(404, "pod does not exist")
        return pod

    async def _container_id(self, rest: Sequence[str]) -> str:
        namespace, name, *more, container = rest
        pod = self._pod(namespace, name, more[0] if more else "")
        found = await logs.newest_containers(self._runtime, pods.uid(pod), container)
        for each in found:
            if each.state == ContainerState.RUNNING:
                return each.id
        raise Refused(500, f'container not found ("{container}")')

    async def _sandbox_id(self, pod: Object) -> str:
        found = await self._runtime.list_sandboxes(pods.uid(pod))
        ready = [each for each in found if each.state == SandboxState.READY]
        if not ready:
            raise Refused(500, f"pod not found (\"{pods.name(pod)}_{pods.namespace(pod)}\")")
        return max(ready, key=lambda each: (each.attempt, each.created_at)).id


def plain(status: int, text: str) -> Response:
    """Return a plain text answer."""
    return Response(status=status, headers={"Content-Type": "text/plain; charset=utf-8"}, body=text.encode())


def _pod_list(found: Sequence[Object]) -> Object:
    items = [{"apiVersion": "v1", "kind": "Pod", **pod} for pod in found]
    return {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": items}


@dataclass(frozen=True, slots=True)
class _Route:
    """What answers a path; `depths` are the numbers of parts that may follow the first."""

    handle: Callable[[KubeletServer, Request, Sequence[str]], Awaitable[Response]]
    depths: tuple[int, ...]
    methods: tuple[str, ...] = ("GET",)


BOTH = ("GET", "POST")
ROUTES = {
    "healthz": _Route(KubeletServer.healthz, (0, 1)),
    "pods": _Route(KubeletServer.pods, (0,)),
    "runningpods": _Route(KubeletServer.running_pods, (0,)),
    "metrics": _Route(KubeletServer.metrics, (0, 1)),
    "stats": _Route(KubeletServer.summary, (1,)),
    "containerLogs": _Route(KubeletServer.container_logs, (3,)),
    "exec": _Route(KubeletServer.exec, (3, 4), BOTH),
    "attach": _Route(KubeletServer.attach, (3, 4), BOTH),
    "run": _Route(KubeletServer.run, (3, 4), ("POST",)),
    "portForward": _Route(KubeletServer.port_forward, (2, 3), BOTH),
}
