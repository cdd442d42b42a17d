"""A fleet against the real API server in memory, with a clock that the test steps."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.nodes import NoNodes
from kubewheel.client import Client
from kubewheel.kubelet.server import KubeletServer
from kubewheel.kubelet.simulated.fleet import Fleet, FleetSettings
from kubewheel.libs.clock import SteppedClock, parse_rfc3339
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Identity, Object, Request
from kubewheel.storage.memory import MemoryStore

ADMIN = Identity("admin", ("system:masters", "system:authenticated"))
SETTINGS = ApiServerSettings(disabled_admission=("ServiceAccount",))


@dataclass
class Scene:
    """A running fleet, its API and its clock."""

    client: Client
    fleet: Fleet
    clock: SteppedClock
    server: KubeletServer

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Let everything run, without moving the clock, until `predicate` holds."""
        for _ in range(2000):
            if predicate():
                return
            await asyncio.sleep(0)
        raise AssertionError("it did not come to that")

    def pod(self, name: str) -> Object:
        return self.fleet.keeper.informer.get("default", name) or {}

    def phase(self, name: str) -> str:
        return str((self.pod(name).get("status") or {}).get("phase", ""))

    async def create(
        self, name: str, node: str = "node-0", spec: dict[str, Any] | None = None, **annotations: str
    ) -> None:
        metadata: dict[str, Any] = {"name": name, "namespace": "default", "annotations": {
            f"simulated.kubewheel.dev/{key.replace('_', '-')}": value for key, value in annotations.items()}}
        metadata["finalizers"] = (spec or {}).pop("finalizers", [])
        container = {"name": "main", "image": "app:1"}
        await self.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
                                  "spec": {"nodeName": node, "containers": [container], **(spec or {})}})

    async def ask(self, path: str) -> str:
        answer = await self.server.handle(Request("GET", path))
        if answer.chunks is not None:
            return b"".join([chunk async for chunk in answer.chunks]).decode()
        return (answer.body or b"").decode()


async def allow(_: Request) -> None:
    """Refuse nothing."""


@asynccontextmanager
async def playing(count: int = 2, **settings: Any) -> AsyncIterator[Scene]:
    clock = SteppedClock()
    api = ApiServer(MemoryStore(), Registry.builtin(), SETTINGS, clock, NoNodes())
    await api.bootstrap()
    client = Client(api.transport(ADMIN), Registry.builtin())
    fleet = Fleet(client, FleetSettings(writers=4, **settings), clock, count)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        task = create_task(group, fleet.run(), name="fleet")
        await fleet.registered.wait()
        await fleet.keeper.informer.wait_synced()
        yield Scene(client, fleet, clock, KubeletServer(fleet.equipment(allow)))
        task.cancel()


async def test_nodes_register_and_stay_alive():
    async with playing(3, lease_seconds=10) as scene:
        found = (await scene.client.list("Node")).items
        assert [each["metadata"]["name"] for each in found] == ["node-0", "node-1", "node-2"]
        assert found[1]["spec"]["podCIDR"] == "10.244.1.0/24"
        assert found[0]["status"]["conditions"][-1]["type"] == "Ready"
        for _ in range(40):
            scene.clock.advance(0.5)
            for _ in range(20):
                await asyncio.sleep(0)
        leases = (await scene.client.list("Lease.coordination.k8s.io", "kube-node-lease")).items
        assert len(leases) == 3
        for lease in leases:
            assert scene.clock.now() - parse_rfc3339(lease["spec"]["renewTime"]) < 11


async def test_pods_run_with_addresses_of_their_nodes():
    async with playing() as scene:
        await scene.create("a", "node-0")
        await scene.create("b", "node-1")
        await scene.create("other", "a-real-node")
        await scene.until(lambda: scene.phase("a") == scene.phase("b") == "Running")
        assert scene.pod("a")["status"]["podIP"] == "10.244.0.2"
        assert scene.pod("b")["status"]["podIP"] == "10.244.1.2"
        assert scene.phase("other") == "Pending"
        before = scene.pod("a")["metadata"]["resourceVersion"]
        scene.clock.advance(1000)
        for _ in range(200):
            await asyncio.sleep(0)
        assert scene.pod("a")["metadata"]["resourceVersion"] == before


async def test_a_resize_is_done_at_once():
    async with playing() as scene:
        small, large = ({"requests": {"cpu": cpu}, "limits": {"cpu": "4"}} for cpu in ("1", "2"))
        await scene.create("a", spec={"containers": [{"name": "main", "image": "app:1", "resources": small}]})
        await scene.until(lambda: scene.phase("a") == "Running")
        patch = {"spec": {"containers": [{"name": "main", "resources": large}]}}
        await scene.client.patch("Pod", "a", patch, "default", type="strategic", subresource="resize")
        await scene.until(lambda: scene.pod("a")["status"]["containerStatuses"][0]["resources"] == large)
        status = scene.pod("a")["status"]
        assert status["containerStatuses"][0]["allocatedResources"] == {"cpu": "2"}
        assert status["observedGeneration"] == 2


async def test_addresses_of_others_are_put_right():
    async with playing() as scene:
        await scene.create("a")
        await scene.until(lambda: scene.phase("a") == "Running")
        strange = {"status": {"podIP": "1.2.3.4"}}
        told = await scene.client.patch("Pod", "a", strange, "default", type="merge", subresource="status")
        assert told["status"]["podIPs"] == [{"ip": "1.2.3.4"}]
        written = int(told["metadata"]["resourceVersion"])
        await scene.until(lambda: int(scene.pod("a")["metadata"]["resourceVersion"]) > written)
        assert scene.pod("a")["status"]["podIP"] == "10.244.0.2"
        assert scene.pod("a")["status"]["podIPs"] == [{"ip": "10.244.0.2"}]


async def test_time_moves_pods_on():
    async with playing() as scene:
        await scene.create("job", spec={"restartPolicy": "Never"}, start_after="2", exit_after="5")
        await scene.until(lambda: scene.phase("job") == "Pending" and "containerStatuses" in scene.pod("job")["status"])
        scene.clock.advance(2)
        await scene.until(lambda: scene.phase("job") == "Running")
        scene.clock.advance(5)
        await scene.until(lambda: scene.phase("job") == "Succeeded")


async def test_deleted_pods_end_after_their_grace_and_give_their_address_back():
    async with playing() as scene:
        await scene.create("slow", stop_after="20")
        await scene.until(lambda: scene.phase("slow") == "Running")
        await scene.client.delete("Pod", "slow", "default")
        for _ in range(100):
            await asyncio.sleep(0)
        assert scene.pod("slow")["metadata"]["deletionTimestamp"]
        scene.clock.advance(20)
        await scene.until(lambda: not scene.pod("slow"))
        assert scene.fleet.nodes.all[0].taken == set()
        with pytest.raises(StatusError):
            await scene.client.get("Pod", "slow", "default")


async def test_whoever_holds_a_deleted_pod_back_sees_its_end():
    async with playing() as scene:
        await scene.create("held", spec={"finalizers": ["example.com/hold"]})
        await scene.until(lambda: scene.phase("held") == "Running")
        await scene.client.delete("Pod", "held", "default")
        await scene.until(lambda: scene.phase("held") == "Failed")
        await scene.client.patch("Pod", "held", {"metadata": {"finalizers": []}}, "default")
        await scene.until(lambda: not scene.pod("held"))


async def test_logs_and_commands():
    async with playing() as scene:
        await scene.create("web", log="hello\nworld")
        await scene.until(lambda: scene.phase("web") == "Running")
        assert await scene.ask("/containerLogs/default/web/main") == "hello\nworld\n"
        answer = await scene.server.handle(Request("POST", "/run/default/web/main", {"cmd": ["hostname"]}))
        assert answer.body == b"web\n"
        assert 'pod="web"' in await scene.ask("/metrics/resource")
        pods = (await scene.server.handle(Request("GET", "/pods"))).object
        assert pods is not None
        assert [each["metadata"]["name"] for each in pods["items"]] == ["web"]


async def test_crashed_containers_keep_their_last_log():
    async with playing() as scene:
        await scene.create("crash", log="last words", exit_after="0", exit_code="1")
        await scene.until(lambda: scene.phase("crash") == "Running")
        assert await scene.ask("/containerLogs/default/crash/main") == "last words\n"


async def test_events_tell_what_happened():
    async with playing() as scene:
        await scene.create("web")
        await scene.until(lambda: scene.phase("web") == "Running")
        for _ in range(500):
            await asyncio.sleep(0)
        found = (await scene.client.list("Event", "default")).items
        assert {each["reason"] for each in found} == {"Pulled", "Created", "Started"}


async def test_a_fleet_that_starts_anew_leaves_running_pods_alone():
    async with playing() as scene:
        await scene.create("web")
        await scene.until(lambda: scene.phase("web") == "Running")
        before = scene.pod("web")["metadata"]["resourceVersion"]
        again = Fleet(scene.client, FleetSettings(writers=2), scene.clock, 2)
        async with asyncio.TaskGroup() as group:
            task = create_task(group, again.run(), name="again")
            await again.registered.wait()
            await again.keeper.informer.wait_synced()
            for _ in range(300):
                await asyncio.sleep(0)
            task.cancel()
        assert scene.pod("web")["metadata"]["resourceVersion"] == before
        assert again.nodes.all[0].taken == {"10.244.0.2"}
