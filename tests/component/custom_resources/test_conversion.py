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
from tests.component.custom_resources.conftest import CRONTABS, crontab, define, definition

NEWER = CRONTABS.replace("/v1/", "/v2/")


class Webhook:
    """Says `host` and `port` in v2 where v1 says `address`."""

    def __init__(self) -> None:
        self.calls = 0
        self.failure = ""

    async def handle(self, request: Request) -> Response:
        assert isinstance(request.body, bytes)
        self.calls += 1
        asked = orjson.loads(request.body)["request"]
        converted = [self.convert(each, asked["desiredAPIVersion"]) for each in asked["objects"]]
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
        return {**found, "apiVersion": target, "spec": spec}


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
