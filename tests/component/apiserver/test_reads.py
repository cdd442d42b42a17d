"""get, list, watch: what a reader gets, and from which moment."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from kubewheel.libs.wire import Identity, Request
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, PODS, Cluster, config_map, content, pod

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


async def fill(cluster: Cluster, count: int) -> None:
    for number in range(count):
        body = config_map(f"cm-{number:03}")
        body["metadata"]["labels"] = {"odd": str(number % 2)}
        await cluster.create(CONFIG_MAPS, body)


def names(listing: Any) -> list[str]:
    return [each["metadata"]["name"] for each in listing["items"]]


async def test_list_whole(cluster: Cluster) -> None:
    await fill(cluster, 3)
    listing = await cluster.get(CONFIG_MAPS)
    assert (listing["kind"], listing["apiVersion"]) == ("ConfigMapList", "v1")
    assert names(listing) == ["cm-000", "cm-001", "cm-002"]
    assert listing["metadata"] == {"resourceVersion": str(cluster.server.backend.store.revision)}


async def test_pages_show_one_moment(cluster: Cluster) -> None:
    await fill(cluster, 5)
    first = await cluster.get(CONFIG_MAPS, limit="2")
    assert names(first) == ["cm-000", "cm-001"]
    assert first["metadata"]["remainingItemCount"] == 3
    await cluster.create(CONFIG_MAPS, config_map("cm-0015"))
    token = first["metadata"]["continue"]
    second = await cluster.get(CONFIG_MAPS, limit="2", **{"continue": token})
    assert names(second) == ["cm-002", "cm-003"]
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    third = await cluster.get(CONFIG_MAPS, limit="2", **{"continue": second["metadata"]["continue"]})
    assert names(third) == ["cm-004"]
    assert "continue" not in third["metadata"]


async def test_pages_of_a_selection(cluster: Cluster) -> None:
    await fill(cluster, 6)
    first = await cluster.get(CONFIG_MAPS, limit="2", labelSelector="odd=1")
    assert names(first) == ["cm-001", "cm-003"]
    assert "remainingItemCount" not in first["metadata"]
    token = first["metadata"]["continue"]
    rest = await cluster.get(CONFIG_MAPS, labelSelector="odd=1", limit="2", **{"continue": token})
    assert names(rest) == ["cm-005"]


@pytest.mark.parametrize(("query", "expected"), [
    pytest.param({"labelSelector": "odd in (0)"}, ["cm-000", "cm-002"], id="set"),
    pytest.param({"labelSelector": "odd!=0"}, ["cm-001"], id="unequal"),
    pytest.param({"labelSelector": "!odd"}, [], id="missing"),
    pytest.param({"fieldSelector": "metadata.name=cm-001"}, ["cm-001"], id="name"),
    pytest.param({"fieldSelector": "metadata.name!=cm-001"}, ["cm-000", "cm-002"], id="other-names"),
])
async def test_selectors(cluster: Cluster, query: dict[str, str], expected: list[str]) -> None:
    await fill(cluster, 3)
    assert names(await cluster.get(CONFIG_MAPS, **query)) == expected


@pytest.mark.parametrize(("query", "status", "message"), [
    pytest.param({"labelSelector": "a in (b"}, 400, "unable to parse requirement", id="label"),
    pytest.param({"fieldSelector": "data.x=1"}, 400, "is not a known field selector", id="field"),
    pytest.param({"continue": "xx"}, 400, "continue key is not valid", id="continue"),
    pytest.param({"resourceVersion": "x"}, 422, "invalid syntax", id="version"),
    pytest.param({"resourceVersionMatch": "Exact"}, 422, "forbidden unless resourceVersion is provided", id="match"),
    pytest.param({"sendInitialEvents": "true"}, 422, "sendInitialEvents is forbidden for list", id="initial"),
])
async def test_bad_list_options(cluster: Cluster, query: dict[str, str], status: int, message: str) -> None:
    response = await cluster.ask("GET", CONFIG_MAPS, **query)
    assert response.status == status
    assert message in content(response)["message"]


async def test_state_to_come(cluster: Cluster) -> None:
    response = await cluster.ask("GET", CONFIG_MAPS, resourceVersion="999999")
    assert response.status == 504
    assert content(response)["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


async def test_pods_of_a_node(cluster: Cluster) -> None:
    await cluster.create(PODS, pod("a", nodeName="n1"))
    await cluster.create(PODS, pod("b", nodeName="n2"))
    await cluster.create(PODS, pod("c"))
    assert names(await cluster.get("/api/v1/pods", fieldSelector="spec.nodeName=n1")) == ["a"]
    assert names(await cluster.get("/api/v1/pods", fieldSelector="spec.nodeName=")) == ["c"]
    assert names(await cluster.get("/api/v1/pods", fieldSelector="spec.nodeName=nobody")) == []


async def test_forms(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map(a="b"))
    path = f"{CONFIG_MAPS}/cm"
    yaml = await cluster.ask("GET", path, headers={"accept": "application/yaml"})
    assert b"\n  a: b\n" in (yaml.encoded or b"")
    table = content(await cluster.ask("GET", CONFIG_MAPS, headers={"accept": f"{TABLE},application/json"}))
    assert table["kind"] == "Table"
    assert "cm" in [row["cells"][0] for row in table["rows"]]
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    partial = content(await cluster.ask("GET", CONFIG_MAPS, headers={"accept": accept}))
    assert partial["kind"] == "PartialObjectMetadataList"
    assert "data" not in partial["items"][0]
    refused = await cluster.ask("GET", path, headers={"accept": "application/vnd.kubernetes.protobuf"})
    assert refused.status == 406
    mixed = "application/vnd.kubernetes.protobuf,application/json"
    assert (await cluster.ask("GET", path, headers={"accept": mixed})).status == 200


async def test_other_version(cluster: Cluster) -> None:
    body = {
        "metadata": {"name": "h"},
        "spec": {
            "maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"},
            "targetCPUUtilizationPercentage": 50,
        },
    }
    await cluster.create("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", body)
    second = await cluster.get("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h")
    assert second["apiVersion"] == "autoscaling/v2"
    assert second["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 50
    listing = await cluster.get("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers")
    assert listing["items"][0]["spec"]["targetCPUUtilizationPercentage"] == 50


async def test_gzip(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map(a="x" * 200_000))
    plain = await cluster.ask("GET", f"{CONFIG_MAPS}/cm")
    packed = await cluster.ask("GET", f"{CONFIG_MAPS}/cm", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.encoded or b"") < len(plain.encoded or b"") // 10


class Watching:
    """A watch over a socket, event by event."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._events: list[Any] = []

    async def next(self) -> Any:
        async with asyncio.timeout(2):
            while not self._events:
                self._events = [orjson.loads(line) for line in (await anext(self._chunks)).splitlines()]
        return self._events.pop(0)

    async def types(self, count: int) -> list[tuple[str, str]]:
        found = [await self.next() for _ in range(count)]
        return [(each["type"], each["object"]["metadata"].get("name", "")) for each in found]


async def watch(cluster: Cluster, path: str = CONFIG_MAPS, accept: str = "", **query: str) -> Watching:
    headers = {"accept": accept} if accept else {}
    response = await cluster.ask("GET", path, headers=headers, watch="true", **query)
    assert response.status == 200
    assert response.chunks is not None
    return Watching(response.chunks)


async def test_watch_from_now(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map("old"))
    watching = await watch(cluster)
    await cluster.create(CONFIG_MAPS, config_map("new"))
    await cluster.patch(f"{CONFIG_MAPS}/new", {"data": {"a": "b"}})
    await cluster.ask("DELETE", f"{CONFIG_MAPS}/new")
    assert await watching.types(4) == [("ADDED", "old"), ("ADDED", "new"), ("MODIFIED", "new"), ("DELETED", "new")]


async def test_watch_from_revision(cluster: Cluster) -> None:
    made = await cluster.create(CONFIG_MAPS, config_map("one"))
    await cluster.create(CONFIG_MAPS, config_map("two"))
    watching = await watch(cluster, resourceVersion=made["metadata"]["resourceVersion"])
    assert await watching.types(1) == [("ADDED", "two")]


async def test_watch_selection(cluster: Cluster) -> None:
    watching = await watch(cluster, labelSelector="a=b")
    await cluster.create(CONFIG_MAPS, config_map())
    await cluster.patch(f"{CONFIG_MAPS}/cm", {"metadata": {"labels": {"a": "b"}}})
    await cluster.patch(f"{CONFIG_MAPS}/cm", {"data": {"x": "y"}})
    gone = await cluster.patch(f"{CONFIG_MAPS}/cm", {"metadata": {"labels": None}})
    assert await watching.types(2) == [("ADDED", "cm"), ("MODIFIED", "cm")]
    last = await watching.next()
    assert last["type"] == "DELETED"
    assert last["object"]["metadata"]["labels"] == {"a": "b"}
    assert last["object"]["metadata"]["resourceVersion"] == content(gone)["metadata"]["resourceVersion"]


async def test_watch_pods_of_a_node(cluster: Cluster) -> None:
    watching = await watch(cluster, "/api/v1/pods", fieldSelector="spec.nodeName=n1")
    await cluster.create(PODS, pod("other", nodeName="n2"))
    await cluster.create(PODS, pod("mine"))
    binding = {"target": {"kind": "Node", "name": "n1"}}
    assert (await cluster.ask("POST", f"{PODS}/mine/binding", {"metadata": {"name": "mine"}, **binding})).status == 201
    assert await watching.types(1) == [("ADDED", "mine")]


async def test_watch_list(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    watching = await watch(
        cluster, sendInitialEvents="true", resourceVersionMatch="NotOlderThan", allowWatchBookmarks="true"
    )
    assert (await watching.next())["object"]["metadata"]["name"] == "cm"
    bookmark = await watching.next()
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    refused = await cluster.ask("GET", CONFIG_MAPS, watch="true", sendInitialEvents="true")
    assert refused.status == 422


async def test_watch_as_tables(cluster: Cluster) -> None:
    watching = await watch(cluster, accept=f"{TABLE},application/json")
    await cluster.create(CONFIG_MAPS, config_map())
    await cluster.patch(f"{CONFIG_MAPS}/cm", {"data": {"x": "y"}})
    first, second = await watching.next(), await watching.next()
    assert first["object"]["kind"] == "Table"
    assert first["object"]["columnDefinitions"]
    assert not second["object"]["columnDefinitions"]


async def test_watch_in_memory(cluster: Cluster) -> None:
    transport = cluster.server.transport(ADMIN)
    response = await transport.send(Request("GET", CONFIG_MAPS, {"watch": ["true"]}))
    assert response.events is not None
    await transport.send(Request("POST", CONFIG_MAPS, body=config_map()))
    event = await anext(response.events)
    assert (event.type, event.object["metadata"]["name"]) == ("ADDED", "cm")


async def test_in_memory_identity_is_authorized(cluster: Cluster) -> None:
    response = await cluster.server.transport(Identity("nobody")).send(Request("GET", CONFIG_MAPS))
    assert response.status == 403


async def test_in_memory_body_stays_the_callers(cluster: Cluster) -> None:
    body = config_map()
    await cluster.server.transport(ADMIN).send(Request("POST", CONFIG_MAPS, body=body))
    assert body == config_map()


@pytest.mark.parametrize(("method", "path", "status"), [
    pytest.param("GET", "/api/v1/nothings", 404, id="resource"),
    pytest.param("GET", "/apis/nothing/v1/things", 404, id="group"),
    pytest.param("GET", "/api/v1/namespaces/default/nodes", 404, id="scope"),
    pytest.param("POST", "/api/v1/configmaps", 405, id="create-without-namespace"),
    pytest.param("DELETE", "/api/v1/componentstatuses", 405, id="verb"),
    pytest.param("GET", f"{CONFIG_MAPS}/cm/status", 404, id="subresource"),
    pytest.param("PUT", f"{PODS}/p/log", 405, id="subresource-verb"),
    pytest.param("GET", "/nowhere", 404, id="path"),
    pytest.param("POST", "/version", 405, id="document-verb"),
])
async def test_what_is_not_served(cluster: Cluster, method: str, path: str, status: int) -> None:
    response = await cluster.ask(method, path, {} if method == "POST" else None)
    assert response.status == status
    assert content(response)["kind"] == "Status"
