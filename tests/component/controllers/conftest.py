"""The real API server in memory with all controllers, a stepped clock, and hands that play scheduler and node."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.client import Client
from kubewheel.controllers import ControllersSettings, prepare, run_engine
from kubewheel.libs import tasks
from kubewheel.libs.clock import SteppedClock, rfc3339
from kubewheel.libs.wire import Identity, Object, Request, Response, Transport
from kubewheel.reconcile import Engine
from kubewheel.storage.memory import MemoryStore

QUIET_TURNS = 40  # Turns of the event loop without work after which nothing is under way any more.
MASTER = Identity("tester", ("system:masters", "system:authenticated"))
ACCOUNTS = "system:serviceaccounts"


class Cluster:
    """What a test sees."""

    def __init__(self, server: ApiServer, client: Client, engine: Engine, clock: SteppedClock) -> None:
        self.server = server
        self.client = client
        self.engine = engine
        self.clock = clock
        self.extensions: dict[str, Callable[[Request], Object]] = {}  # What other API servers serve, by path prefix.

    async def settle(self) -> None:
        """Wait until nothing is left to do, but for keys that wait for their time."""
        calm = 0
        ready: Sequence[Any] | None = getattr(asyncio.get_running_loop(), "_ready", None)
        while calm < QUIET_TURNS:
            await asyncio.sleep(0)
            calm = calm + 1 if self.engine.idle else 0
            if calm and ready is not None and not ready:
                return  # Everybody waits for something, and only the clock can bring it.

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.clock.now() + seconds
        await self.settle()
        while (deadline := self.clock.next_deadline()) is not None and deadline <= end:
            self.clock.advance_to(deadline)
            await self.settle()
        self.clock.advance_to(end)
        await self.settle()

    async def skip_time(self, seconds: float) -> None:
        """Let time pass, from one deadline of the controllers to the next; the server's upkeep is not waited for."""
        end = self.clock.now() + seconds
        await self.settle()
        while (deadline := self.engine.next_deadline) is not None and deadline <= end:
            self.clock.advance_to(deadline)
            await self.settle()
        self.clock.advance_to(end)
        await self.settle()

    async def create(self, obj: dict[str, Any], namespace: str = "default") -> Object:
        found = await self.client.create(obj, namespace=namespace)
        await self.settle()
        return found

    async def get(self, kind: str, name: str, namespace: str = "default") -> Any:
        return await self.client.get(kind, name, namespace)

    async def list(self, kind: str, namespace: str = "default", labels: str = "") -> Sequence[Any]:
        return list((await self.client.list(kind, namespace, labels=labels)).items)

    async def names(self, kind: str, namespace: str = "default") -> Sequence[str]:
        return sorted(obj["metadata"]["name"] for obj in await self.list(kind, namespace))

    async def patch(self, kind: str, name: str, patch: Any, namespace: str = "default", **options: Any) -> Any:
        found = await self.client.patch(kind, name, patch, namespace, **options)
        await self.settle()
        return found

    async def delete(self, kind: str, name: str, namespace: str = "default", **options: Any) -> None:
        await self.client.delete(kind, name, namespace, **options)
        await self.settle()

    async def events(self, namespace: str = "default") -> Sequence[tuple[str, str]]:
        return [(event["reason"], event["message"]) for event in await self.list("Event", namespace)]

    async def add_node(self, name: str, **labels: str) -> None:
        """Register a node as its agent does."""
        await self.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}, "")
        await self.beat(name)

    async def beat(self, name: str, ready: str = "True") -> None:
        """Write a node's status and lease as its agent does."""
        now = rfc3339(self.clock.now())
        conditions = [{
            "type": "Ready", "status": ready, "reason": "KubeletReady", "message": "m", "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }]
        change = {"status": {"conditions": conditions}}
        await self.patch("Node", name, change, "", type="strategic", subresource="status")

    async def run_pods(self, node: str = "n1", ready: bool = True) -> int:
        """Bind and start every pod, finish every deletion, again and again until nothing is left to do."""
        count = 0
        while changed := await self._run_pods(node, ready):
            count += changed
            await self.settle()
        return count

    async def _run_pods(self, node: str, ready: bool) -> int:
        changed = 0
        for pod in (await self.client.list("Pod")).items:
            metadata: Any = pod["metadata"]
            place = (metadata["name"], metadata["namespace"])
            if metadata.get("deletionTimestamp"):
                await self.client.delete("Pod", *place, grace_seconds=0)
                changed += 1
            elif not pod["spec"].get("nodeName"):
                binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": place[0]},
                           "target": {"kind": "Node", "name": node}}
                await self.client.create_subresource("Pod", *place, "binding", binding)
                changed += 1
            elif pod["status"].get("phase") == "Pending":
                await self.start(place[0], place[1], ready=ready)
                changed += 1
        return changed

    async def start(self, name: str, namespace: str = "default", *, ready: bool = True, phase: str = "Running") -> None:
        """Write a pod's status as the agent does once it runs."""
        pod = await self.get("Pod", name, namespace)
        number = int(pod["metadata"]["resourceVersion"])
        address = pod["status"].get("podIP") or f"10.244.{number // 250 % 250}.{number % 250}"
        now = rfc3339(self.clock.now())
        status = {
            "phase": phase, "podIP": address, "podIPs": [{"ip": address}], "startTime": now,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": now}],
        }
        await self.client.patch("Pod", name, {"status": status}, namespace, type="strategic", subresource="status")


class Extended:
    """The server's transport, but for the paths of extensions."""

    def __init__(self, transport: Transport, extensions: Mapping[str, Callable[[Request], Object]]) -> None:
        self._transport = transport
        self._extensions = extensions

    async def send(self, request: Request) -> Response:
        for prefix, answer in self._extensions.items():
            if request.path.startswith(prefix):
                return Response(object=answer(request))
        return await self._transport.send(request)


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    clock, registry = SteppedClock(), Registry.builtin()
    server = ApiServer(MemoryStore(), registry, ApiServerSettings(), clock)
    await server.bootstrap()

    def client_for(name: str) -> Client:
        """Each controller under its own name, with the rights of its role and no more."""
        user = f"system:serviceaccount:kube-system:{name}"
        identity = Identity(user, (ACCOUNTS, f"{ACCOUNTS}:kube-system", "system:authenticated"))
        return Client(Extended(server.transport(identity), extensions), registry)

    extensions: dict[str, Callable[[Request], Object]] = {}
    shared = Client(server.transport(Identity("system:kube-controller-manager", ("system:authenticated",))), registry)
    settings = ControllersSettings(
        client_for=client_for, root_ca=b"CA", sign_claims=lambda claims: f"token {claims['sub']}",
    )
    engine = prepare(shared, clock=clock, settings=settings)
    made = Cluster(server, Client(server.transport(MASTER), registry), engine, clock)
    made.extensions = extensions
    async with asyncio.TaskGroup() as group:
        running = [
            tasks.create_task(group, server.run(), name="server"),
            tasks.create_task(group, run_engine(engine), name="controllers"),
        ]
        await made.settle()
        yield made
        for task in running:
            task.cancel()
