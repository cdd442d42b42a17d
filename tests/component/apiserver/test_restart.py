"""What clients find again after a restart of the server: all objects, and the history that watches go on from."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.libs.clock import SteppedClock
from kubewheel.storage.history import Window
from kubewheel.storage.sqlite import SqliteStore
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, Cluster, config_map, content


@asynccontextmanager
async def started(path: Path, window: Window | None = None) -> AsyncIterator[Cluster]:
    """Run a server over the file at `path`."""
    store, clock = await SqliteStore.open(path, window), SteppedClock()
    try:
        settings = ApiServerSettings(tokens={"admin": ADMIN})
        server = ApiServer(store, Registry.builtin(), settings, clock, randomness=random.Random(1))
        await server.bootstrap()
        yield Cluster(server, clock)
    finally:
        await store.close()


async def watched(cluster: Cluster, since: str, count: int) -> list[Any]:
    """Return the first events since a revision."""
    response = await cluster.ask("GET", CONFIG_MAPS, watch="1", resourceVersion=since)
    assert response.chunks is not None
    events: list[Any] = []
    async with asyncio.timeout(2):
        while len(events) < count:
            events += [orjson.loads(line) for line in (await anext(response.chunks)).splitlines()]
    await response.chunks.aclose()  # type: ignore[attr-defined]
    return events


async def test_clients_go_on_where_they_were(tmp_path: Path) -> None:
    async with started(tmp_path / "state") as cluster:
        first = await cluster.create(CONFIG_MAPS, config_map("one"))
        await cluster.create(CONFIG_MAPS, config_map("two"))
        page = await cluster.get(CONFIG_MAPS, limit="1")
        await cluster.ask("DELETE", f"{CONFIG_MAPS}/two")
    async with started(tmp_path / "state") as cluster:
        assert await cluster.get(f"{CONFIG_MAPS}/one") == first
        third = await cluster.create(CONFIG_MAPS, config_map("three"))
        assert int(third["metadata"]["resourceVersion"]) > int(page["metadata"]["resourceVersion"])
        events = await watched(cluster, first["metadata"]["resourceVersion"], 3)
        assert [(each["type"], each["object"]["metadata"]["name"]) for each in events] == [
            ("ADDED", "two"), ("DELETED", "two"), ("ADDED", "three"),
        ]
        rest = await cluster.get(CONFIG_MAPS, **{"limit": "5", "continue": page["metadata"]["continue"]})
        assert [each["metadata"]["name"] for each in rest["items"]] == ["two"]  # As it was when the list began.


async def test_what_is_forgotten_is_expired(tmp_path: Path) -> None:
    small = Window(events=5, least=5)
    async with started(tmp_path / "state") as cluster:
        made = await cluster.create(CONFIG_MAPS, config_map("one"))
        await cluster.create(CONFIG_MAPS, config_map("two"))
        page = await cluster.get(CONFIG_MAPS, limit="1")
        for number in range(10):
            await cluster.patch(f"{CONFIG_MAPS}/one", {"data": {"n": str(number)}})
    async with started(tmp_path / "state", small) as cluster:
        [event] = await watched(cluster, made["metadata"]["resourceVersion"], 1)
        assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
        assert event["object"]["message"].startswith("too old resource version: ")
        response = await cluster.ask("GET", CONFIG_MAPS, limit="1", **{"continue": page["metadata"]["continue"]})
        gone = content(response)
        assert (gone["code"], gone["reason"]) == (410, "Expired")
        rest = await cluster.get(CONFIG_MAPS, **{"limit": "1", "continue": gone["metadata"]["continue"]})
        assert [each["metadata"]["name"] for each in rest["items"]] == ["two"]
        exact = {"resourceVersion": made["metadata"]["resourceVersion"], "resourceVersionMatch": "Exact"}
        old = await cluster.ask("GET", CONFIG_MAPS, **exact)
        assert (old.status, content(old)["reason"]) == (410, "Expired")
        assert content(old)["message"] == "The resourceVersion for the provided list is too old."
