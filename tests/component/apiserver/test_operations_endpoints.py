"""What those who run a cluster look at: health, metrics, version, and the limits that protect the server."""

import asyncio
import random
import re
from typing import Any

import orjson
import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.verbs import watch
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.http_client import HttpTransport
from kubewheel.libs.wire import Request
from kubewheel.storage import Unavailable
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, Cluster, config_map, content

SERIES = re.compile(r'[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? [0-9.e+-]+')


async def text(cluster: Cluster, path: str, **query: str) -> tuple[int, str]:
    response = await cluster.ask("GET", path, **query)
    return response.status, (response.body or b"").decode()


@pytest.mark.parametrize("endpoint", ["healthz", "livez", "readyz"])
async def test_health(cluster: Cluster, endpoint: str) -> None:
    assert await text(cluster, f"/{endpoint}") == (200, "ok")
    status, shown = await text(cluster, f"/{endpoint}", verbose="")
    lines = shown.splitlines()
    assert (status, lines[:2], lines[-1]) == (200, ["[+]ping ok", "[+]etcd ok"], f"{endpoint} check passed")
    assert {"[+]poststarthook/rbac/bootstrap-roles ok", "[+]autoregister-completion ok"} <= set(lines)
    for name in ("ping", "etcd", "poststarthook/rbac/bootstrap-roles"):
        assert await text(cluster, f"/{endpoint}/{name}") == (200, "ok")
    assert "[+]etcd excluded: ok" in (await text(cluster, f"/{endpoint}?verbose&exclude=etcd"))[1]
    assert (await cluster.ask("GET", f"/{endpoint}/nothing")).status == 404
    assert (await cluster.ask("GET", f"/{endpoint}", token="")).status == 200
    assert (await cluster.ask("GET", f"/{endpoint}/ping", token="")).status == 403


async def test_a_store_that_takes_no_writes_is_not_well(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    store = cluster.server.backend.store

    async def refuse(*_: Any, **__: Any) -> Any:
        raise Unavailable("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(store._store, "write", refuse)
        response = await cluster.ask("POST", CONFIG_MAPS, config_map())
        assert (response.status, content(response)["reason"]) == (503, "ServiceUnavailable")
        assert (await text(cluster, "/readyz"))[0] == 500
        assert await text(cluster, "/livez/etcd") == (500, "internal server error: disk full\n")
        assert "[-]etcd failed: reason withheld" in (await text(cluster, "/readyz"))[1]
        assert await text(cluster, "/readyz", exclude="etcd") == (200, "ok")
    await cluster.create(CONFIG_MAPS, config_map())
    assert await text(cluster, "/readyz") == (200, "ok")


async def test_metrics_can_be_scraped(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map(), dryRun="All")
    await cluster.get(CONFIG_MAPS)
    await cluster.ask("GET", '/apis/"\\/v1/odd')
    response = await cluster.ask("GET", "/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = (response.body or b"").decode().splitlines()
    assert [line for line in lines if not line.startswith("#") and not SERIES.fullmatch(line)] == []
    labels = 'group="",version="v1",resource="configmaps",subresource=""'
    ends = 'component="apiserver",code='
    for wanted in (
        f'apiserver_request_total{{verb="POST",{labels},scope="resource",dry_run="All",{ends}"201"}} 1',
        f'apiserver_request_total{{verb="LIST",{labels},scope="namespace",dry_run="",{ends}"200"}} 1',
        'apiserver_storage_objects{resource="namespaces"} 4', 'apiserver_storage_objects{resource="pods"} 0',
        'kubernetes_build_info{git_version="v1.37.1",major="1",minor="37"} 1',
        'apiserver_current_inflight_requests{request_kind="readOnly"} 1',
    ):
        assert wanted in lines
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"} <= names
    assert len(names) == len([line for line in lines if line.startswith("# TYPE")])


async def test_version(cluster: Cluster) -> None:
    response = await cluster.ask("GET", "/version", token="")
    assert set(content(response)) == {
        "major", "minor", "emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor",
        "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform",
    }
    assert [content(response)[name] for name in ("major", "minor", "minCompatibilityMinor")] == ["1", "37", "36"]
    assert response.headers["Content-Type"] == "application/json"


async def test_bodies_have_a_limit(cluster: Cluster) -> None:
    listener = await cluster.server.serve(host="127.0.0.1", port=0, ssl_context=None)
    headers = {"authorization": "Bearer admin", "content-type": "application/json"}
    transport = HttpTransport(f"http://127.0.0.1:{listener.port}", None, headers)
    try:
        response = await transport.send(Request("POST", CONFIG_MAPS, body=b" " * (3 * 1024 * 1024 + 1)))
        assert response.status == 413
        assert (response.object or {})["reason"] == "RequestEntityTooLarge"
        assert (response.object or {})["message"] == "Request entity too large: limit is 3145728"
    finally:
        await transport.close()
        await listener.close(grace_seconds=0.0)


async def limited(**settings: Any) -> Cluster:
    """Return a cluster whose requests have little time."""
    clock = SteppedClock()
    wanted = ApiServerSettings(tokens={"admin": ADMIN}, **settings)
    server = ApiServer(MemoryStore(), Registry.builtin(), wanted, clock, randomness=random.Random(1))
    await server.bootstrap()
    return Cluster(server, clock)


async def test_writes_that_take_too_long_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = await limited(request_seconds=0.02)

    async def hang(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(cluster.server.backend.store._store, "write", hang)
    response = await cluster.ask("POST", CONFIG_MAPS, config_map())
    assert (response.status, content(response)["reason"]) == (504, "Timeout")
    assert content(response)["message"] == "Timeout: request did not complete within the allotted timeout"


async def test_clients_may_have_less_time(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(cluster.server.backend.store._store, "write", hang)
    response = await cluster.ask("POST", CONFIG_MAPS, config_map(), timeout="20ms")
    assert (response.status, content(response)["reason"]) == (504, "Timeout")
    odd = await cluster.ask("GET", CONFIG_MAPS, timeout="soon")
    assert (odd.status, content(odd)["message"]) == (
        400, 'invalid timeout specified in the request URL - time: invalid duration "soon"'
    )
    assert (await cluster.ask("GET", CONFIG_MAPS, timeout="0s")).status == 200


async def test_watches_do_not_last_for_ever() -> None:
    cluster = await limited(watch_seconds=0.005)
    response = await cluster.ask("GET", CONFIG_MAPS, watch="1", resourceVersion="0")
    assert response.chunks is not None
    async with asyncio.timeout(2):
        assert [chunk async for chunk in response.chunks] == []


async def test_watches_end_with_a_bookmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who goes on from there misses nothing, and asks for nothing that is forgotten by then."""
    monkeypatch.setattr(watch, "LAST_BOOKMARK_SECONDS", 0.02)
    cluster = await limited(watch_seconds=0.03)
    made = await cluster.create(CONFIG_MAPS, config_map())
    query = {"watch": "1", "allowWatchBookmarks": "1", "resourceVersion": made["metadata"]["resourceVersion"]}
    response = await cluster.ask("GET", CONFIG_MAPS, **query)
    assert response.chunks is not None
    async with asyncio.timeout(2):
        events = [orjson.loads(chunk) async for chunk in response.chunks]
    assert [each["type"] for each in events] == ["BOOKMARK"]
    assert events[0]["object"]["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
