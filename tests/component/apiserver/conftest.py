"""A server over a store in memory, with a stepped clock; requests go through the whole pipeline."""

import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.settings import ServiceAccountKeys
from kubewheel.libs import tls
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request, Response
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver import webhook_server
from tests.component.apiserver.webhook_server import WebhookServer

ADMIN = Identity("admin", ("system:masters",))
KEY = tls.key_pem(tls.make_key())
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
PODS = "/api/v1/namespaces/default/pods"


@dataclass
class Cluster:
    """A server and short ways to ask it."""

    server: ApiServer
    clock: SteppedClock
    token: str = "admin"

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, headers: Mapping[str, str] = {},
        **query: str,
    ) -> Response:
        """Send a request as a client over a socket would."""
        sent = {"authorization": f"Bearer {token if token is not None else self.token}"}
        if token == "":
            sent = {}
        if body is not None:
            sent["content-type"] = "application/json"
        data = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        path, _, tail = path.partition("?")
        pairs = [each.partition("=")[::2] for each in tail.split("&") if each]
        arguments = {**{name: [value] for name, value in pairs}, **{name: [value] for name, value in query.items()}}
        return await self.server.handle(Request(method, path, arguments, {**sent, **headers}, data))

    async def get(self, path: str, **query: str) -> Any:
        """Return the object at `path`."""
        return content(await self.ask("GET", path, **query))

    async def create(self, path: str, body: Any, **query: str) -> Any:
        """Create an object and return it."""
        response = await self.ask("POST", path, body, **query)
        assert response.status == 201, content(response)
        return content(response)

    async def patch(self, path: str, body: Any, kind: str = "merge-patch", **query: str) -> Response:
        """Send a patch."""
        return await self.ask(
            "PATCH", path, body, headers={"content-type": f"application/{kind}+json"}, **query
        )


def content(response: Response) -> Any:
    """Return what an answer holds."""
    data = response.encoded if response.encoded is not None else response.body
    return orjson.loads(data) if data else None


def config_map(name: str = "cm", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod(name: str = "p", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "image": "i"}], **spec},
    }


@pytest.fixture
async def cluster() -> Cluster:
    clock = SteppedClock()
    settings = ApiServerSettings(
        advertise_address="10.1.2.3", tokens={"admin": ADMIN, "bob": Identity("bob", ("dev",))},
        service_account_keys=ServiceAccountKeys(KEY),
    )
    server = ApiServer(MemoryStore(), Registry.builtin(), settings, clock, randomness=random.Random(1))
    await server.bootstrap()
    made = Cluster(server, clock)
    await made.create("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
    return made


@pytest.fixture
async def hooks(cluster: Cluster, tmp_path: Path) -> AsyncIterator[WebhookServer]:
    async with webhook_server.running(tmp_path) as server:
        yield server
        await cluster.server.backend.webhooks.client.close()
