"""The real API server in memory with the scheduler under its own name, a stepped clock, and hands that play nodes."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.client import Client
from kubewheel.libs import tasks
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request, Response, Transport
from kubewheel.scheduler import Scheduler, SchedulerSettings, prepare
from kubewheel.storage.memory import MemoryStore

QUIET_TURNS = 40  # Turns of the event loop without work after which nothing is under way any more.
MASTER = Identity("tester", ("system:masters", "system:authenticated"))
SCHEDULER = Identity("system:kube-scheduler", ("system:authenticated",))


class Meddler:
    """A transport that answers chosen requests itself."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.refuse: list[tuple[str, Response]] = []  # (end of the path, answer), each used once.

    async def send(self, request: Request) -> Response:
        for index, (end, answer) in enumerate(self.refuse):
            if request.method != "GET" and request.path.endswith(end):
                del self.refuse[index]
                return answer
        return await self._transport.send(request)


class Cluster:
    """What a test sees."""

    def __init__(self, client: Client, scheduler: Scheduler, clock: SteppedClock, meddler: Meddler) -> None:
        self.client = client
        self.scheduler = scheduler
        self.clock = clock
        self.meddler = meddler

    async def settle(self) -> None:
        calm = 0
        while calm < QUIET_TURNS:
            await asyncio.sleep(0)
            calm = calm + 1 if self.scheduler.idle else 0

    async def pass_time(self, seconds: float) -> None:
        end = self.clock.now() + seconds
        await self.settle()
        while (deadline := self.clock.next_deadline()) is not None and deadline <= end:
            self.clock.advance_to(deadline)
            await self.settle()
        self.clock.advance_to(end)
        await self.settle()

    async def add(self, obj: dict[str, Any]) -> None:
        await self.client.create(obj)
        await self.settle()

    async def node(self, name: str, *, cpu: str = "4", pods: str = "110", labels: Any = None, **spec: Any) -> None:
        node = {"apiVersion": "v1", "kind": "Node", "spec": spec,
                "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}}}
        await self.client.create(node)
        offered = {"cpu": cpu, "memory": "8Gi", "pods": pods}
        status = {"capacity": offered, "allocatable": offered}
        await self.client.patch("Node", name, {"status": status}, subresource="status")
        await self.settle()
        if not spec.get("taints"):  # The server taints new nodes until their agent is ready.
            await self.client.patch("Node", name, {"spec": {"taints": None}})
            await self.settle()

    async def pod(
        self, name: str, *, cpu: str = "", namespace: str = "default", labels: Any = None, **spec: Any
    ) -> None:
        container: dict[str, Any] = {"name": "c", "image": "i"}
        if cpu:
            container["resources"] = {"requests": {"cpu": cpu}}
        await self.add({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
            "spec": {"containers": [container], "automountServiceAccountToken": False, **spec},
        })

    async def where(self, name: str, namespace: str = "default") -> str:
        pod = await self.client.get("Pod", name, namespace)
        found: str = pod["spec"].get("nodeName", "")
        return found

    async def scheduled(self, name: str) -> dict[str, Any]:
        pod: Any = await self.client.get("Pod", name, "default")
        return {each["type"]: each for each in pod["status"].get("conditions", ())}.get("PodScheduled", {})

    async def events(self) -> list[tuple[str, str]]:
        events: Any = (await self.client.list("Event", "default")).items
        return [(event["reason"], event["message"]) for event in events]


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    clock, registry = SteppedClock(), Registry.builtin()
    server = ApiServer(MemoryStore(), registry, ApiServerSettings(), clock)
    await server.bootstrap()
    meddler = Meddler(server.transport(SCHEDULER))
    master = Client(server.transport(MASTER), registry)
    scheduler = prepare(
        Client(meddler, registry), clock=clock, settings=SchedulerSettings(), random=random.Random(7)
    )
    made = Cluster(master, scheduler, clock, meddler)
    async with asyncio.TaskGroup() as group:
        running = [
            tasks.create_task(group, server.run(), name="server"),
            tasks.create_task(group, scheduler.run(), name="scheduler"),
        ]
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        for namespace in ("default",):
            await master.create(account, namespace=namespace)
        await made.settle()
        yield made
        for task in running:
            task.cancel()
