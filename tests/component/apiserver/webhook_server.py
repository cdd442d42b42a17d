"""A real webhook server over HTTPS, and configurations that name it."""

import base64
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from kubewheel.libs import tls
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.wire import Request, Response

if TYPE_CHECKING:
    from tests.component.apiserver.conftest import Cluster

GROUP = "/apis/admissionregistration.k8s.io/v1"
VALIDATING = f"{GROUP}/validatingwebhookconfigurations"
MUTATING = f"{GROUP}/mutatingwebhookconfigurations"
API = "admission.k8s.io/v1"

Judge = Callable[[dict[str, Any]], Awaitable[Any]]


def allow(**response: Any) -> Judge:
    """Return a webhook that always answers the same."""

    async def judge(_: dict[str, Any]) -> Any:
        return {"allowed": True, **response}

    return judge


def deny(message: str = "", **status: Any) -> Judge:
    """Return a webhook that refuses everything."""
    given = {**({"message": message} if message else {}), **status}
    return allow(allowed=False, **({"status": given} if given else {}))


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    """Return a response that changes the object."""
    return {
        "allowed": True, "patchType": "JSONPatch", "patch": base64.b64encode(orjson.dumps(list(operations))).decode(),
    }


def add(path: str, value: Any) -> dict[str, Any]:
    """Return an operation of a JSON patch."""
    return {"op": "add", "path": path, "value": value}


def patch(*operations: dict[str, Any]) -> Judge:
    """Return a webhook that changes every object alike."""
    return allow(**patched(*operations))


@dataclass
class WebhookServer:
    """Answers by path; remembers what it was asked."""

    port: int = 0
    authority: str = ""
    judges: dict[str, Judge] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    queries: list[Any] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)

    async def handle(self, request: Request) -> Response:
        assert isinstance(request.body, bytes)
        review = orjson.loads(request.body)
        self.asked.append(review["request"])
        self.queries.append(request.query)
        self.headers.append(request.headers)
        answer = await self.judges[request.path](review["request"])
        if isinstance(answer, Response):
            return answer
        if "response" not in answer:
            answer = {"response": {"uid": review["request"]["uid"], **answer}}
        return Response(object={"kind": "AdmissionReview", "apiVersion": review["apiVersion"], **answer})

    def serve(self, path: str, judge: Judge) -> dict[str, Any]:
        """Let `judge` answer at `path`, and return where that is."""
        self.judges[path] = judge
        return {"url": f"https://localhost:{self.port}{path}", "caBundle": self.authority}

    @property
    def last(self) -> dict[str, Any]:
        """What was asked last."""
        return self.asked[-1]


def webhook(client: dict[str, Any], *resources: str, name: str = "hook.example.com", **fields: Any) -> dict[str, Any]:
    """Return a webhook for some resources of any group."""
    operations = fields.pop("operations", ["CREATE", "UPDATE"])
    return {
        "name": name, "clientConfig": client, "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "rules": [{
            "operations": operations, "apiGroups": ["*"], "apiVersions": ["*"], "resources": list(resources) or ["*/*"],
        }], **fields,
    }


def configuration(*webhooks: dict[str, Any], name: str = "hooks") -> dict[str, Any]:
    """Return a configuration."""
    return {"metadata": {"name": name}, "webhooks": list(webhooks)}


async def validate(cluster: "Cluster", *webhooks: dict[str, Any], name: str = "hooks") -> Any:
    """Let webhooks refuse requests from now on."""
    return await cluster.create(VALIDATING, configuration(*webhooks, name=name))


async def mutate(cluster: "Cluster", *webhooks: dict[str, Any], name: str = "hooks") -> Any:
    """Let webhooks change requests from now on."""
    return await cluster.create(MUTATING, configuration(*webhooks, name=name))


@lru_cache(maxsize=1)
def _identity() -> tuple[bytes, bytes, bytes]:
    """Return an authority's certificate, and certificate and key of a server that it vouches for."""
    now = datetime.datetime.now(datetime.UTC)
    authority = tls.make_authority("hooks", now, 1)
    subject = tls.Subject("localhost", names=("localhost", "hook.default.svc"))
    pair = tls.issue(authority, subject, now, 1)
    return authority.certificate_pem(), pair.certificate_pem(), pair.key_pem()


@asynccontextmanager
async def running(folder: Path, port: int = 0) -> AsyncIterator[WebhookServer]:
    """Run a webhook server, at any port that is free if none is given."""
    authority, certificate, key = _identity()
    tls.write_private(folder / "cert", certificate)
    tls.write_private(folder / "key", key)
    server, listener = WebhookServer(authority=base64.b64encode(authority).decode()), Listener()
    context = tls.server_context(folder / "cert", folder / "key", None)
    await listener.start(
        server.handle, host="127.0.0.1", port=port, ssl_context=context, max_body=1 << 22,
        too_large=lambda _: Response(413),
    )
    server.port = listener.port
    try:
        yield server
    finally:
        await listener.close()
