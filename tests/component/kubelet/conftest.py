"""One node with a scripted runtime; time stands still until a test steps it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Registry
from kubewheel.apiserver.server import ApiServer
from kubewheel.apiserver.settings import ApiServerSettings
from kubewheel.client import Client
from kubewheel.kubelet.agent import Agent
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs import tasks
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Object
from kubewheel.storage.memory import MemoryStore
from tests.component.kubelet.scripted import ScriptedRuntime

NODE = "node-a"
ADMIN = Identity("admin", ("system:masters", "system:authenticated"))
KUBELET = Identity(f"system:node:{NODE}", ("system:nodes", "system:authenticated"))


class Node:
    """The agent, its runtime, its API."""

    def __init__(self, admin: Client, server: ApiServer, clock: SteppedClock, directory: Path) -> None:
        self.admin = admin
        self.clock = clock
        self.runtime = ScriptedRuntime(clock)
        self._server = server
        self._directory = directory
        self._task: asyncio.Task[None] | None = None


    async def start(self, group: asyncio.TaskGroup, **changes: Any) -> None:
        settings = KubeletSettings(
            **{"node_name": NODE, "data_dir": self._directory, "capacity": {"cpu": "4", "memory": "8Gi"}, **changes}
        )
        client = Client(self._server.transport(KUBELET), self.admin.registry)
        self._task = tasks.create_task(group, Agent(client, settings, self.runtime, self.clock).run(), name="agent")
        await self.until(self._is_ready)

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _is_ready(self) -> bool:
        try:
            node = await self.admin.get("Node", NODE)
        except StatusError:
            return False
        return any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"]["conditions"])

    async def until(self, holds: Callable[[], Any]) -> None:
        """Let everybody work until something holds."""
        for _ in range(1000):
            if await holds():
                return
            await asyncio.sleep(0.001)
        raise AssertionError("it never came to hold")

    async def step(self, seconds: float) -> None:
        """Let time pass, a little at a time, and everybody act on it."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            due = self.clock.next_deadline()
            self.clock.advance_to(min(end, due) if due is not None else end)
            for _ in range(20):
                await asyncio.sleep(0)
        await asyncio.sleep(0.004)

    async def run(self, name: str, **spec: Any) -> Object:
        container = {"name": "main", "image": "busybox:1", **spec.pop("container", {})}
        body = {"nodeName": NODE, "containers": [container], "automountServiceAccountToken": False, **spec}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": body}
        return await self.admin.create(pod, namespace="default")

    async def wait(self, name: str, holds: Callable[[Object], Any]) -> Object:
        """Return the pod once something holds of it."""
        found: list[Object] = []

        async def check() -> bool:
            found[:] = [await self.admin.get("Pod", name, "default")]
            try:
                return bool(holds(found[0]))
            except (KeyError, IndexError):
                return False

        try:
            await self.until(check)
        except AssertionError:
            raise AssertionError(f"it never came to hold of {found[0].get('status')}") from None
        return found[0]

    async def events(self) -> list[str]:
        listed = await self.admin.list("Event", "default")
        return [f"{event['reason']}: {event['message']}" for event in listed.items]


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    clock, registry = SteppedClock(), Registry.builtin()
    server = ApiServer(MemoryStore(), registry, ApiServerSettings(), clock)
    await server.bootstrap()
    admin = Client(server.transport(ADMIN), registry)
    try:
        await admin.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    except StatusError:
        pass
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    await admin.create(account, namespace="default")
    async with asyncio.TaskGroup() as group:
        background = tasks.create_task(group, server.run(), name="api server")
        found = Node(admin, server, clock, tmp_path)
        try:
            await found.start(group)
            yield found
        finally:
            await found.stop()
            background.cancel()
