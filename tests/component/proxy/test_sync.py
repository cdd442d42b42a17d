"""The proxy against the API server in memory: objects in, transactions out."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from kubewheel import proxy
from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.client import Client
from kubewheel.libs import nft
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity
from kubewheel.storage.memory import MemoryStore

SETTINGS = proxy.ProxySettings(node_name="node-0", cluster_cidr="10.244.0.0/16", table="test")
SLICE = {
    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
    "metadata": {"name": "web-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}},
    "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
    "endpoints": [{"addresses": ["10.244.0.5"], "conditions": {"ready": True}}],
}


class Kernel(nft.Fake):
    """Keeps transactions, refuses as many as it is told, and lets a test wait for the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals = 0
        self._arrived = asyncio.Condition()

    async def apply(self, transaction: str) -> None:
        await super().apply(transaction)
        async with self._arrived:
            self._arrived.notify_all()
        if self.refusals:
            self.refusals -= 1
            raise nft.Failed("no")

    async def wait_for(self, count: int) -> str:
        """Return the newest transaction once there are `count`."""
        async with asyncio.timeout(5), self._arrived:
            await self._arrived.wait_for(lambda: len(self.transactions) >= count)
        return self.transactions[-1]


@asynccontextmanager
async def _running():
    clock, kernel = SteppedClock(), Kernel()
    server = ApiServer(MemoryStore(), Registry.builtin(), ApiServerSettings(), clock)
    await server.bootstrap()
    admin = Identity("admin", ("system:masters", "system:authenticated"))
    node_proxy = Identity("system:kube-proxy", ("system:node-proxier", "system:authenticated"))
    client = Client(server.transport(admin), server.backend.registry)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(server.run())]
        own = Client(server.transport(node_proxy), server.backend.registry)
        tasks.append(group.create_task(proxy.run(own, SETTINGS, clock, kernel)))
        try:
            yield client, kernel, clock
        finally:
            for task in tasks:
                task.cancel()


@pytest.fixture(autouse=True)
def no_sysctls(monkeypatch):
    monkeypatch.setattr("kubewheel.proxy.sync.set_sysctls", lambda _: None)


async def test_a_service_and_its_endpoints_become_rules():
    async with _running() as (client, kernel, _):
        first = await kernel.wait_for(1)
        assert first.startswith("add table ip test\ndelete table ip test\n")

        await client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
                             "spec": {"ports": [{"port": 80, "targetPort": 8080}], "selector": {"app": "web"}}})
        assert "add element ip test cluster-ips" in await kernel.wait_for(2)
        await client.create(SLICE)
        added = await kernel.wait_for(3)
        assert "dnat to 10.244.0.5:8080" in added
        assert "delete table" not in added

        await client.delete("Service", "web", "default")
        removed = await kernel.wait_for(4)
        assert "delete element ip test service-ips" in removed
        assert "delete chain ip test svc-" in removed


async def test_a_refused_transaction_is_followed_by_the_whole_table():
    async with _running() as (client, kernel, clock):
        await kernel.wait_for(1)
        kernel.refusals = 1
        await client.create(SLICE)
        await client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
                             "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}}})
        await kernel.wait_for(2)
        for _ in range(20):
            await asyncio.sleep(0)
        clock.advance(1.5)
        assert "delete table ip test" in await kernel.wait_for(3)
        assert "dnat to 10.244.0.5:8080" in kernel.transactions[-1]
