"""What the conformance tests assert of definitions, their status, discovery, defaults and selectors."""

import asyncio
import json
from typing import Any

import pytest

from tests.component.apiserver.conftest import Cluster, content
from tests.component.custom_resources.conftest import CRONTABS, DEFINITIONS, crontab, define, definition, turns

NAME = "crontabs.stable.example.com"
SIMPLE = "Simple CustomResourceDefinition"


def named(plural: str, kind: str, group: str = "stable.example.com", **labels: str) -> dict[str, Any]:
    made = definition()
    made["metadata"] = {"name": f"{plural}.{group}", "labels": labels}
    made["spec"] |= {"group": group, "names": {"plural": plural, "kind": kind}}
    return made


@pytest.mark.conformance("Custom Resource Definition, create")
async def test_definitions_are_created_and_deleted(api: Cluster) -> None:
    made = await define(api, definition())
    assert made["spec"]["names"]["listKind"] == "CronTabList"
    assert (await api.ask("DELETE", f"{DEFINITIONS}/{NAME}")).status == 200
    await turns()
    assert (await api.ask("GET", f"{DEFINITIONS}/{NAME}")).status == 404


@pytest.mark.conformance("Custom Resource Definition, list")
async def test_definitions_are_listed_and_deleted_by_label(api: Cluster) -> None:
    for number in range(5):
        await define(api, named(f"kind{number}s", f"Kind{number}", group="a.example.com", e2e="list"))
    await define(api, definition())
    listed = await api.get(DEFINITIONS, labelSelector="e2e=list")
    assert len(listed["items"]) == 5
    assert (await api.ask("DELETE", DEFINITIONS, labelSelector="e2e=list")).status == 200
    await turns(60)
    assert [each["metadata"]["name"] for each in (await api.get(DEFINITIONS))["items"]] == [NAME]


@pytest.mark.conformance("Custom Resource Definition, status sub-resource")
async def test_status_of_a_definition(api: Cluster) -> None:
    await define(api, definition())
    path = f"{DEFINITIONS}/{NAME}/status"
    found = await api.get(path)
    added = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from an e2e test"}
    found["status"]["conditions"].append(added)
    response = await api.ask("PUT", path, found)
    assert response.status == 200
    assert added in content(response)["status"]["conditions"]
    patch = {"status": {"conditions": [{"type": "StatusPatched", "status": "True", "reason": "E2E", "message": "x"}]}}
    patched = content(await api.patch(path, patch, "merge-patch"))
    assert "StatusPatched" in [each["type"] for each in patched["status"]["conditions"]]
    assert patched["spec"] == found["spec"]


@pytest.mark.conformance("Custom Resource Definition, defaulting")
async def test_defaults_for_requests_and_from_storage(api: Cluster) -> None:
    body = definition()
    root = body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    root |= {"a": {"type": "string", "default": "A"}, "b": {"type": "string"}}
    await define(api, body)
    first = await api.create(CRONTABS, crontab("one"))
    assert (first["a"], "b" in first) == ("A", False)
    root |= {"a": {"type": "string"}, "b": {"type": "string", "default": "B"}}
    changed = await api.patch(f"{DEFINITIONS}/{NAME}", {"spec": {"versions": body["spec"]["versions"]}})
    assert changed.status == 200
    found = await api.get(f"{CRONTABS}/one")
    assert (found["a"], found["b"]) == ("A", "B")  # One was stored with the object, the other is filled in.
    second = await api.create(CRONTABS, crontab("two"))
    assert ("a" in second, second["b"]) == (False, "B")


@pytest.mark.conformance("Custom Resource Definition, discovery")
async def test_discovery_knows_definitions(api: Cluster) -> None:
    groups = {each["name"]: each for each in (await api.get("/apis"))["groups"]}
    versions = [each["groupVersion"] for each in groups["apiextensions.k8s.io"]["versions"]]
    assert "apiextensions.k8s.io/v1" in versions
    group = await api.get("/apis/apiextensions.k8s.io")
    assert "v1" in [each["version"] for each in group["versions"]]
    listed = await api.get("/apis/apiextensions.k8s.io/v1")
    assert "customresourcedefinitions" in [each["name"] for each in listed["resources"]]


@pytest.mark.conformance("Custom Resource Definition, watch")
async def test_watch(api: Cluster) -> None:
    await define(api, definition())
    watches = {name: await api.ask("GET", CRONTABS, watch="true", timeoutSeconds="1",
        fieldSelector=f"metadata.name={name}")
               for name in ("a", "b")}
    for name in ("a", "b"):
        await api.create(CRONTABS, crontab(name, cronSpec="x"))
    for name in ("a", "b"):
        await api.patch(f"{CRONTABS}/{name}", {"spec": {"cronSpec": "y"}})
        await api.ask("DELETE", f"{CRONTABS}/{name}")
    for name, watch in watches.items():
        assert watch.chunks is not None
        events = await _events(watch.chunks, 3)
        assert events == [("ADDED", name), ("MODIFIED", name), ("DELETED", name)]


async def _events(chunks: Any, count: int) -> list[tuple[str, str]]:
    lines: list[bytes] = []
    async with asyncio.timeout(5):
        async for chunk in chunks:
            lines += chunk.splitlines()
            if len(lines) >= count:
                break
    await chunks.aclose()
    return [(each["type"], each["object"]["metadata"]["name"]) for each in map(json.loads, lines)]


@pytest.mark.conformance("custom-resource-definition-field-selectors-list-watch-register-informers")
async def test_field_selectors(api: Cluster) -> None:
    body = definition({"type": "object", "properties": {
        "host": {"type": "string"}, "port": {"type": "string"}, "size": {"type": "integer"}, "on": {"type": "boolean"},
    }}, selectableFields=[{"jsonPath": f".spec.{name}"} for name in ("host", "port", "size", "on")])
    versions = body["spec"]["versions"]
    versions.append({**versions[0], "name": "v2", "storage": False, "selectableFields": [{"jsonPath": ".spec.host"}]})
    await define(api, body)
    listed = (await api.get("/apis/stable.example.com/v1"))["resources"]
    assert listed[0]["name"] == "crontabs"
    shown = (await api.get("/openapi/v3/apis/stable.example.com/v1"))["components"]["schemas"]
    fields = shown["com.example.stable.v1.CronTab"]["x-kubernetes-selectable-fields"]
    assert fields == [{"fieldPath": f"spec.{name}"} for name in ("host", "port", "size", "on")]
    watch = await api.ask("GET", CRONTABS, watch="true", fieldSelector="spec.host=one,spec.port=80")
    await api.create(CRONTABS, crontab("a", host="one", port="80", size=5, on=True))
    await api.create(CRONTABS, crontab("b", host="one", port="8080", on=False))
    await api.create(CRONTABS, crontab("c", host="two", port="80"))
    for selector, names in (
        ("spec.host=one", ["a", "b"]), ("spec.host=one,spec.port=80", ["a"]), ("spec.host!=one", ["c"]),
        ("spec.size=5", ["a"]), ("spec.on=true", ["a"]), ("spec.on=false", ["b"]), ("spec.size=", ["b", "c"]),
    ):
        found = await api.get(CRONTABS, fieldSelector=selector)
        assert [each["metadata"]["name"] for each in found["items"]] == names, selector
    newer = CRONTABS.replace("/v1/", "/v2/")
    assert len((await api.get(newer, fieldSelector="spec.host=one"))["items"]) == 2
    refused = await api.ask("GET", newer, fieldSelector="spec.port=80")
    assert (refused.status, content(refused)["message"]) == (400, "field label not supported: spec.port")
    await api.patch(f"{CRONTABS}/a", {"spec": {"host": "two"}})
    assert watch.chunks is not None
    assert await _events(watch.chunks, 2) == [("ADDED", "a"), ("DELETED", "a")]  # No longer what was asked for.
    assert (await api.ask("DELETE", CRONTABS, fieldSelector="spec.host=two")).status == 200
    assert [each["metadata"]["name"] for each in (await api.get(CRONTABS))["items"]] == ["b"]
