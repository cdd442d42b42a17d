"""A tiny API server with one pod: enough for a real kubectl to run commands in it, through to a node's server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kubewheel.kubelet import labels
from kubewheel.kubelet.runtime import ContainerConfig, SandboxConfig
from kubewheel.kubelet.server import Equipment, KubeletServer, Usage
from kubewheel.kubelet.simulated.runtime import SimulatedRuntime
from kubewheel.libs import connections
from kubewheel.libs.clock import Clock, RealClock
from kubewheel.libs.http_client import HttpTransport
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.wire import Object, Request, Response

UPGRADE_HEADERS = ("connection", "upgrade", "x-stream-protocol-version")
NAMES = {"stdin": "input", "stdout": "output", "stderr": "error"}
PODS = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}


def make_pod(name: str = "web", **annotations: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "default", "uid": f"uid-{name}", "resourceVersion": "1",
            "annotations": {f"simulated.kubewheel.dev/{key.replace('_', '-')}": value
                            for key, value in annotations.items()},
        },
        "spec": {"nodeName": "node-0", "containers": [
            {"name": "main", "image": "app:1", "stdin": True, "tty": False, "ports": [{"containerPort": 8080}],
             "env": [{"name": "COLOR", "value": "blue"}]},
        ]},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "main", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}},
        ]},
    }


class FakeNode:
    """A node with the pods of a list."""

    name = "node-0"

    def __init__(self, pods: list[dict[str, Any]]) -> None:
        self.all = pods

    def pods(self) -> list[dict[str, Any]]:
        return self.all

    def pod(self, namespace: str, name: str) -> Object | None:
        return next((each for each in self.all if each["metadata"]["name"] == name), None)

    def usage(self) -> Usage:
        return Usage(cpu_nanoseconds=5_000_000_000, memory_working_set_bytes=1000)


async def allow(_: Request) -> None:
    """Refuse nothing."""


async def start(runtime: SimulatedRuntime, pod: dict[str, Any]) -> tuple[str, str]:
    """Start the pod's one container; return sandbox and container id."""
    metadata = pod["metadata"]
    config = SandboxConfig(pod, metadata["name"], "default", metadata["uid"], labels=labels.of_sandbox(pod))
    sandbox_id = await runtime.run_sandbox(config)
    container = ContainerConfig("main", "app:1", labels=labels.of_container(pod, "main"))
    container_id = await runtime.create_container(sandbox_id, container, config)
    await runtime.start_container(container_id)
    return sandbox_id, container_id


async def make_server(*pods: dict[str, Any], clock: Clock | None = None) -> tuple[KubeletServer, SimulatedRuntime]:
    chosen = clock or RealClock()
    runtime = SimulatedRuntime(chosen)
    for pod in pods:
        await start(runtime, pod)
    return KubeletServer(Equipment(FakeNode(list(pods)), runtime, runtime, allow, chosen)), runtime


class FakeApi:
    """Serves the pod and passes streams on."""

    def __init__(self, pod: dict[str, Any], node: HttpTransport) -> None:
        self._pod = pod
        self._node = node

    async def handle(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if path == "/api":
            return Response(object={"kind": "APIVersions", "versions": ["v1"]})
        if path == "/apis":
            return Response(object={"kind": "APIGroupList", "apiVersion": "v1", "groups": []})
        if path == "/api/v1":
            return Response(object={"kind": "APIResourceList", "groupVersion": "v1", "resources": [PODS]})
        parts = path.split("/")
        if parts[:4] == ["", "api", "v1", "namespaces"] and parts[5:7] == ["pods", self._pod["metadata"]["name"]]:
            return await self._pass_on(request, parts[7]) if len(parts) > 7 else Response(object=self._pod)
        return Response(status=404, object={"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404,
                                            "reason": "NotFound", "message": f"not found: {path}"})

    async def _pass_on(self, request: Request, what: str) -> Response:
        paths = {"log": "containerLogs", "exec": "exec", "attach": "attach", "portforward": "portForward"}
        name = self._pod["metadata"]["name"]
        path = f"/{paths[what]}/default/{name}" + ("" if what == "portforward" else "/main")
        query = {NAMES.get(key, key): ["1"] if key in NAMES else values for key, values in request.query.items()}
        headers = {name: value for name, value in request.headers.items()
                   if name in UPGRADE_HEADERS or name.startswith("sec-websocket")}
        answer = await self._node.send(Request(request.method, path, query, headers), stream=True)
        if answer.connection is None:
            return answer
        behind = answer.connection

        async def join(client: Any) -> None:
            await connections.splice(client, behind)

        return Response(status=101, headers=dict(answer.headers), upgrade=join)


@asynccontextmanager
async def serving(pod: dict[str, Any]) -> AsyncIterator[int]:
    """Serve `pod` behind the fake API server; yield its port."""
    server, _ = await make_server(pod)
    node, front = Listener(), Listener()
    await node.start(server.handle, host="127.0.0.1", port=0)
    transport = HttpTransport(f"http://127.0.0.1:{node.port}")
    await front.start(FakeApi(pod, transport).handle, host="127.0.0.1", port=0)
    try:
        yield front.port
    finally:
        await front.close(grace_seconds=0.1)
        await transport.close()
        await node.close(grace_seconds=0.1)
