"""A small API server of somebody else's, behind an APIService: flunders, kept in memory."""

import asyncio
import base64
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from cryptography import x509

from kubewheel.libs import tls
from kubewheel.libs.http_listener import Listener
from kubewheel.libs.wire import Connection, Request, Response

GROUP, VERSION = "wardle.example.com", "v1alpha1"
API = f"{GROUP}/{VERSION}"
BASE = f"/apis/{API}"
FLUNDERS = f"{BASE}/namespaces/default/flunders"
NAMESPACE = "sample-system"
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
RESOURCE = {
    "name": "flunders", "singularName": "flunder", "namespaced": True, "kind": "Flunder", "verbs": VERBS,
    "shortNames": ["fl"],
}
SCHEMA = {
    "type": "object", "description": "A flunder of the sample server.",
    "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
        "spec": {"type": "object"},
    },
    "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": "Flunder"}],
}


@lru_cache(maxsize=1)
def identities() -> dict[str, bytes]:
    """Return PEM files of all parties, by name."""
    now = datetime.datetime.now(datetime.UTC)
    authority, front = tls.make_authority("sample", now, 1), tls.make_authority("front-proxy", now, 1)
    names = ("localhost", "127.0.0.1", f"sample-api.{NAMESPACE}.svc")
    serving = tls.issue(authority, tls.Subject("sample-api", names=names), now, 1)
    client = tls.issue(front, tls.Subject("front-proxy-client"), now, 1)
    return {
        "ca.crt": authority.certificate_pem(), "server.crt": serving.certificate_pem(), "server.key": serving.key_pem(),
        "front-proxy-ca.crt": front.certificate_pem(), "client.crt": client.certificate_pem(),
        "client.key": client.key_pem(),
    }


def bundle() -> str:
    """Return the authority of the sample server as APIServices name it."""
    return base64.b64encode(identities()["ca.crt"]).decode()


@dataclass
class SampleServer:
    """The server; remembers what it was asked."""

    has_aggregated: bool = True
    broken: int = 0  # A status that it answers everything with.
    asked: list[Request] = field(default_factory=list)
    flunders: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[bytes] = field(default_factory=list)
    port: int = 0
    listener: Listener | None = None

    async def start(self, folder: Path, port: int = 0) -> None:
        self.listener = Listener()
        context = tls.server_context(folder / "server.crt", folder / "server.key", folder / "front-proxy-ca.crt")
        await self.listener.start(
            self.handle, host="127.0.0.1", port=port, ssl_context=context, max_body=1 << 22,
            too_large=lambda _: Response(413),
        )
        self.port = self.listener.port

    async def stop(self) -> None:
        if self.listener is not None:
            await self.listener.close(grace_seconds=0.0)
            self.listener = None

    def users(self, path: str) -> list[str]:
        """Return who has asked for `path`."""
        return [each.headers.get("x-remote-user", "") for each in self.asked if each.path == path]

    async def handle(self, request: Request) -> Response:
        self.asked.append(request)
        if self.broken:
            return Response(self.broken, body=b"out of order")
        assert request.peer_certificate is not None, "the aggregator shows its certificate"
        subject = x509.load_der_x509_certificate(request.peer_certificate).subject.rfc4514_string()
        assert subject == "CN=front-proxy-client"
        if request.path in self.documents(request):
            return Response(object=self.documents(request)[request.path])
        if request.path.endswith("/connect"):
            return Response(101, {"Connection": "Upgrade", "Upgrade": "echo"}, upgrade=_echo)
        parts = request.path.removeprefix(f"{BASE}/").split("/")
        if not request.path.startswith(BASE) or parts[0] not in ("namespaces", "flunders"):
            return _failure(404, "NotFound", "the server could not find the requested resource")
        namespace = parts[1] if parts[0] == "namespaces" else ""
        name = parts[3] if len(parts) > 3 else ""
        return self.verbs(request, namespace, name)

    def documents(self, request: Request) -> dict[str, Any]:
        """Return the documents by path."""
        found: dict[str, Any] = {
            BASE: {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": API, "resources": [
                RESOURCE, {**RESOURCE, "name": "flunders/connect", "singularName": "", "verbs": ["get"]},
            ]},
            "/openapi/v3": {"paths": {BASE[1:]: {"serverRelativeURL": f"/openapi/v3{BASE}?hash=1"}}},
            f"/openapi/v3{BASE}": {"openapi": "3.0.0", "info": {"title": "sample", "version": "1"}, "paths": {
                f"{BASE}/namespaces/{{namespace}}/flunders": {"get": {
                    "responses": {"200": {"description": "OK"}}, "x-kubernetes-action": "list",
                    "x-kubernetes-group-version-kind": {"group": GROUP, "version": VERSION, "kind": "Flunder"},
                }},
            }, "components": {"schemas": {"com.example.wardle.v1alpha1.Flunder": SCHEMA}}},
            "/openapi/v2": {"swagger": "2.0", "paths": {
                f"{BASE}/flunders": {"get": {"responses": {"200": {"schema": {
                    "$ref": "#/definitions/com.example.wardle.v1alpha1.Flunder",
                }}}}}, "/healthz": {"get": {}},
            }, "definitions": {"com.example.wardle.v1alpha1.Flunder": SCHEMA, "unused": {}}},
        }
        if self.has_aggregated and "APIGroupDiscoveryList" in request.headers.get("accept", ""):
            entry = {"resource": "flunders", "singularResource": "flunder", "verbs": VERBS, "scope": "Namespaced",
                     "responseKind": {"group": GROUP, "version": VERSION, "kind": "Flunder"}, "shortNames": ["fl"]}
            found["/apis"] = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [
                {"metadata": {"name": GROUP}, "versions": [{"version": VERSION, "resources": [entry]}]},
            ]}
        return found

    def verbs(self, request: Request, namespace: str, name: str) -> Response:
        found = [each for key, each in self.flunders.items() if namespace in ("", key[0]) and name in ("", key[1])]
        if request.method == "POST":
            content = orjson.loads(request.body or b"")
            content["metadata"] |= {"namespace": namespace, "uid": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}
            self.flunders[namespace, content["metadata"]["name"]] = content
            self.tell("ADDED", content)
            return Response(201, object=content)
        if name and not found:
            return _failure(404, "NotFound", f'flunders.{GROUP} "{name}" not found')
        if request.method == "DELETE":
            for each in found:
                del self.flunders[each["metadata"]["namespace"], each["metadata"]["name"]]
                self.tell("DELETED", each)
            return Response(object={"kind": "Status", "apiVersion": "v1", "status": "Success", "metadata": {}})
        if name:
            return Response(object=found[0])
        if request.parameter("watch") in ("1", "true"):
            return Response(200, {"Content-Type": "application/json"}, chunks=self.stream())
        return Response(object={
            "kind": "FlunderList", "apiVersion": API, "metadata": {"resourceVersion": "1"}, "items": found,
        })

    def tell(self, type: str, content: dict[str, Any]) -> None:
        self.events.append(orjson.dumps({"type": type, "object": content}) + b"\n")
        self.changed.set()

    async def stream(self) -> AsyncIterator[bytes]:
        place = 0
        while True:
            for line in self.events[place:]:
                place += 1
                yield line
            self.changed.clear()
            await self.changed.wait()


async def _echo(connection: Connection) -> None:
    while data := await connection.read():
        await connection.write(data.upper())


def _failure(code: int, reason: str, message: str) -> Response:
    return Response(code, object={
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "message": message,
    })


def api_service(**spec: Any) -> dict[str, Any]:
    """Return the APIService of the sample server."""
    return {"metadata": {"name": f"{VERSION}.{GROUP}"}, "spec": {
        "group": GROUP, "version": VERSION, "groupPriorityMinimum": 2000, "versionPriority": 200, "caBundle": bundle(),
        "service": {"namespace": NAMESPACE, "name": "sample-api", "port": 7443}, **spec,
    }}


def service() -> dict[str, Any]:
    """Return the Service before the sample server."""
    return {"metadata": {"name": "sample-api"}, "spec": {"ports": [{"port": 7443, "targetPort": 443}]}}


def endpoint_slice(port: int, *, ready: bool = True) -> dict[str, Any]:
    """Return the slice that leads to the sample server."""
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "sample-api-1", "namespace": NAMESPACE,
                     "labels": {"kubernetes.io/service-name": "sample-api"}},
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": ready}}],
        "ports": [{"name": "", "port": port, "protocol": "TCP"}],
    }
