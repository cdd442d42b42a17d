"""Versions that a webhook converts, called over HTTPS."""

import base64
import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from kubewheel.libs import tls
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.wire import Request, Response
from tests.component.apiserver.conftest import Cluster, content
from tests.component.custom_resources.conftest import CRONTABS, DEFINITIONS, crontab, define, definition

NEWER = CRONTABS.replace("/v1/", "/v2/")


class Webhook:
    """Says `host` and `port` in v2 where v1 says `address`."""

    def __init__(self) -> None:
        self.calls = 0
        self.failure = ""
        self.batches: list[list[str]] = []
        self.change: dict[str, Any] = {}
        self.labels: dict[str, Any] = {}
        self.answer: Any = None

    async def handle(self, request: Request) -> Response:
        assert isinstance(request.body, bytes)
        self.calls += 1
        asked = orjson.loads(request.body)["request"]
        self.batches.append([each["metadata"]["name"] for each in asked["objects"]])
        converted = [self.convert(each, asked["desiredAPIVersion"]) for each in asked["objects"]]
        if self.answer is not None:
            about = {"kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1"}
            given = self.answer
            if isinstance(given, dict) and "response" in given:
                given = {**about, "response": {"uid": asked["uid"], **given["response"]}}
            return Response(body=orjson.dumps(given), headers={"Content-Type": "application/json"})
        result = {"status": "Failed", "message": self.failure} if self.failure else {"status": "Success"}
        return Response(object={
            "kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1",
            "response": {"uid": asked["uid"], "result": result, "convertedObjects": converted},
        })

    def convert(self, found: dict[str, Any], target: str) -> dict[str, Any]:
        spec = found["spec"]
        if target.endswith("v2"):
            host, _, port = spec["address"].partition(":")
            spec = {"host": host, "port": port}
        else:
            spec = {"address": f"{spec['host']}:{spec['port']}"}
        made = {**found, "apiVersion": target, "spec": spec, **self.change}
        if self.labels:
            made["metadata"] = {**made["metadata"], "labels": self.labels}
        return made


def texts(*names: str) -> dict[str, Any]:
    return {"openAPIV3Schema": {"type": "object", "properties": {"spec": {
        "type": "object", "required": list(names), "properties": {name: {"type": "string"} for name in names},
    }}}}


@pytest.fixture
async def webhook(api: Cluster, tmp_path: Path) -> AsyncIterator[Webhook]:
    made = Webhook()
    now = datetime.datetime.now(datetime.UTC)
    authority = tls.make_authority("hooks", now, 1)
    pair = tls.issue(authority, tls.Subject("localhost", names=("localhost",)), now, 1)
    tls.write_private(tmp_path / "cert", pair.certificate_pem())
    tls.write_private(tmp_path / "key", pair.key_pem())
    context = tls.server_context(tmp_path / "cert", tmp_path / "key", None)
    listener = Listener()
    await listener.start(
        made.handle, host="127.0.0.1", port=0, ssl_context=context, max_body=1 << 20,
        too_large=lambda _: Response(413),
    )
    body = definition(schema=texts("address"))
    body["spec"]["versions"][0]["schema"] = texts("address")
    body["spec"]["versions"].append({"name": "v2", "served": True, "storage": False, "schema": texts("host", "port")})
    body["spec"]["conversion"] = {"strategy": "Webhook", "webhook": {
        "conversionReviewVersions": ["v1"], "clientConfig": {
            "url": f"https://localhost:{listener.port}/convert",
            "caBundle": base64.b64encode(authority.certificate_pem()).decode(),
        },
    }}
    await define(api, body)
    yield made
    await listener.close()


@pytest.mark.conformance("Custom Resource Definition Conversion Webhook, conversion custom resource")
async def test_converts_both_ways(api: Cluster, webhook: Webhook) -> None:
    await api.create(CRONTABS, crontab("a", address="x:1"))
    assert webhook.calls == 0
    assert (await api.get(f"{NEWER}/a"))["spec"] == {"host": "x", "port": "1"}
    assert [each["spec"] for each in (await api.get(NEWER))["items"]] == [{"host": "x", "port": "1"}]
    assert webhook.calls == 1  # What was converted once is remembered.
    newer = {**crontab("b", host="y", port="2"), "apiVersion": "stable.example.com/v2"}
    assert (await api.create(NEWER, newer))["spec"] == {"host": "y", "port": "2"}
    assert (await api.get(f"{CRONTABS}/b"))["spec"] == {"address": "y:2"}
    patched = await api.patch(f"{NEWER}/b", {"spec": {"port": "3"}})
    assert content(patched)["spec"] == {"host": "y", "port": "3"}
    assert (await api.get(f"{CRONTABS}/b"))["spec"] == {"address": "y:3"}
    assert (await api.ask("DELETE", f"{NEWER}/b")).status == 200


async def test_failures(api: Cluster, webhook: Webhook) -> None:
    await api.create(CRONTABS, crontab("a", address="x:1"))
    webhook.failure = "cannot say"
    response = await api.ask("GET", f"{NEWER}/a")
    assert response.status == 500
    text = "conversion webhook for stable.example.com/v1, Kind=CronTab failed: cannot say"
    assert text in content(response)["message"]


@pytest.mark.conformance("Custom Resource Definition Conversion Webhook, convert mixed version list")
async def test_versions_of_all_sorts_in_one_list(api: Cluster, webhook: Webhook) -> None:
    """Objects stored under several versions come back in order, each version asked about once."""
    for name in ("a", "c"):
        await api.create(CRONTABS, crontab(name, address=f"{name}:1"))
    path = f"{DEFINITIONS}/crontabs.stable.example.com"
    versions = (await api.get(path))["spec"]["versions"]
    versions[0]["storage"], versions[1]["storage"] = False, True
    assert (await api.patch(path, {"spec": {"versions": versions}})).status == 200
    for name in ("b", "d"):
        await api.create(CRONTABS, crontab(name, address=f"{name}:2"))
    webhook.batches.clear()
    listed = (await api.get(NEWER))["items"]
    assert [(each["metadata"]["name"], each["spec"]["host"]) for each in listed] == [(name, name) for name in "abcd"]
    assert webhook.batches == [["a", "c"]]
    older = (await api.get(CRONTABS))["items"]
    assert [each["spec"]["address"] for each in older] == ["a:1", "b:2", "c:1", "d:2"]
    assert webhook.batches[1:] == [["b", "d"]]


PREFIX = "Internal error occurred: conversion webhook for stable.example.com/v1, Kind=CronTab"


@pytest.mark.parametrize(("change", "text"), [
    pytest.param({"apiVersion": "stable.example.com/v1"}, "returned invalid converted object at index 0: invalid "
                 "groupVersion (expected stable.example.com/v2, received stable.example.com/v1)", id="version"),
    pytest.param({"kind": "Other"}, "returned invalid converted object at index 0: invalid kind (expected CronTab, "
                 "received Other)", id="kind"),
    pytest.param({"metadata": {"name": "other", "namespace": "default"}}, "returned invalid converted object at index "
                 "0: must have the same name: a != other", id="name"),
    pytest.param({"metadata": None}, "returned invalid metadata in object at index 0: missing metadata in converted "
                 "object", id="no-metadata"),
])
async def test_invalid_answers(api: Cluster, webhook: Webhook, change: dict[str, Any], text: str) -> None:
    await api.create(CRONTABS, crontab("a", address="x:1"))
    webhook.change = change
    response = await api.ask("GET", f"{NEWER}/a")
    assert (response.status, content(response)["message"]) == (500, f"{PREFIX} {text}")


@pytest.mark.parametrize(("answer", "text"), [
    pytest.param({}, "failed: no response provided", id="nothing"),
    pytest.param([], "failed: couldn't get version/kind; json parse error: the answer is no JSON object: '[]'",
                 id="list"),
    pytest.param({"response": {"convertedObjects": "x", "result": {"status": "Success"}}},
                 "failed: response.convertedObjects is no list", id="no-list"),
    pytest.param({"response": {"convertedObjects": [], "result": {"status": "Success"}}},
                 "returned 0 objects, expected 1", id="too-few"),
    pytest.param({"response": {"convertedObjects": [5], "result": {"status": "Success"}}},
                 "returned invalid converted object at index 0: the object is no JSON object", id="number"),
    pytest.param({"response": {"result": {"status": "Failed"}}},
                 "failed: response.result.status was 'Failed', not 'Success'", id="failed"),
])
async def test_broken_answers(api: Cluster, webhook: Webhook, answer: Any, text: str) -> None:
    await api.create(CRONTABS, crontab("a", address="x:1"))
    webhook.answer = answer
    response = await api.ask("GET", f"{NEWER}/a")
    assert (response.status, content(response)["message"]) == (500, f"{PREFIX} {text}")


async def test_labels_may_change(api: Cluster, webhook: Webhook) -> None:
    await api.create(CRONTABS, {**crontab("a", address="x:1"), "metadata": {"name": "a", "labels": {"x": "y"}}})
    webhook.labels = {"made": "here"}
    assert (await api.get(f"{NEWER}/a"))["metadata"]["labels"] == {"made": "here"}
    for labels, text in (({"made": "no label!"}, ": Invalid value"), ({"made": 5}, " is no map of strings")):
        webhook.labels = labels
        await api.patch(f"{CRONTABS}/a", {"metadata": {"annotations": {"a": text}}})
        response = await api.ask("GET", f"{NEWER}/a")
        assert f"returned invalid metadata in object at index 0: metadata.labels{text}" in content(response)["message"]
