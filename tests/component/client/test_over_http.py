"""The client and the controllers over sockets: another process sees what one in the same process sees."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.client import Client, Informer, kubeconfig
from kubewheel.client.http import connect
from kubewheel.controllers import ControllersSettings, prepare, run_engine
from kubewheel.libs import tasks
from kubewheel.libs.clock import RealClock
from kubewheel.libs.wire import Identity
from kubewheel.storage.memory import MemoryStore

ADMIN = Identity("admin", ("system:masters",))


@asynccontextmanager
async def serving(store: MemoryStore, port: int = 0) -> AsyncIterator[int]:
    settings = ApiServerSettings(tokens={"secret": ADMIN})
    server = ApiServer(store, Registry.builtin(), settings, RealClock())
    await server.bootstrap()
    async with asyncio.TaskGroup() as group:
        running = tasks.create_task(group, server.run(), name="server")
        listener = await server.serve(host="127.0.0.1", port=port, ssl_context=None)
        yield listener.port
        await listener.close()
        running.cancel()


def access(port: int, token: str = "secret") -> kubeconfig.Access:
    return kubeconfig.Access(server=f"http://127.0.0.1:{port}", token=token)


@asynccontextmanager
async def connected(port: int, token: str = "secret") -> AsyncIterator[Client]:
    transport = connect(access(port, token))
    try:
        yield Client(transport, Registry.builtin(), "tester", remote=True)
    finally:
        await transport.close()


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def config(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}


async def test_verbs_and_errors() -> None:
    async with serving(MemoryStore()) as port, connected(port) as client:
        made = await client.create(config("a"))
        assert (await client.get("ConfigMap", "a", "default"))["metadata"]["uid"] == made["metadata"]["uid"]
        await client.patch("ConfigMap", "a", {"data": {"k": "v"}}, "default")
        assert [item["data"] for item in (await client.list("ConfigMap", "default")).items] == [{"k": "v"}]
        with pytest.raises(StatusError, match='configmaps "b" not found'):
            await client.get("ConfigMap", "b", "default")
        async with connected(port, "wrong") as stranger:
            with pytest.raises(StatusError) as refused:
                await stranger.get("ConfigMap", "a", "default")
            assert refused.value.code == 401


@pytest.mark.slow
@pytest.mark.parametrize("metadata_only", [False, True])
async def test_informer_survives_a_restart_of_the_server(metadata_only: bool) -> None:
    store = MemoryStore()
    told: list[tuple[str, str]] = []

    def tell(type: str, new: Any, old: Any) -> None:
        told.append((type, (new or old)["metadata"]["name"]))

    async with asyncio.TaskGroup() as group:
        async with serving(store) as port, connected(port) as client:
            watching = Client(connect(access(port)), Registry.builtin(), remote=True)
            informer = Informer(
                watching, "ConfigMap", namespace="default", clock=RealClock(), metadata_only=metadata_only
            )
            informer.add_handler(tell)
            running = tasks.create_task(group, informer.run(), name="informer")
            await informer.wait_synced()
            await client.create({**config("a"), "data": {"k": "v"}})
            await until(lambda: told == [("ADDED", "a")])
            found = informer.get("default", "a")
            assert found is not None
            assert ("data" in found) is not metadata_only
        async with serving(store, port), connected(port) as client:
            await client.delete("ConfigMap", "a", "default")
            await client.create(config("b"))
            await until(lambda: told == [("ADDED", "a"), ("DELETED", "a"), ("ADDED", "b")])
        running.cancel()


@pytest.mark.slow
async def test_controllers_in_another_process() -> None:
    async with serving(MemoryStore()) as port, connected(port) as remote, asyncio.TaskGroup() as group:
        engine = prepare(remote, clock=RealClock(), settings=ControllersSettings(root_ca=b"CA"))
        running = tasks.create_task(group, run_engine(engine), name="controllers")
        labels = {"app": "web"}
        await remote.create({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}},
        })
        pods = engine.informers.informer("Pod")
        await until(lambda: len(pods) == 2)
        await remote.delete("Deployment.apps", "web", "default", propagation="Background")
        await until(lambda: len(pods) == 0)
        running.cancel()
