"""Calls of webhooks: of admission and of conversion alike, given the `clientConfig` of a configuration.

A webhook is at a URL or behind a Service. A Service is reached at one of its endpoints, so that a server without a
service proxy beside it can call it; its certificate must have the name that the Service has in the cluster's DNS.
"""

import asyncio
import base64
import binascii
import math
import random
import ssl
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from kubewheel.api import endpoint_slices
from kubewheel.apiserver import webhook_errors
from kubewheel.apiserver.webhook_credentials import Credentials, WebhookUsers
from kubewheel.apiserver.webhook_errors import CallFailed
from kubewheel.libs.http_client import HttpTransport, Timeouts
from kubewheel.libs.wire import Object, Request, Response
from kubewheel.storage import Key, Store

DEFAULT_PORT = 443
LONGEST_SECONDS = 30.0
KEPT = 200  # Transports, each with its idle connections.
SLICES = "endpointslices.discovery.k8s.io"
NOBODY = WebhookUsers()
REPEATABLE = frozenset({"POST"})  # Webhooks must bear being asked twice.


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a webhook answers: `shown` is the URL that messages name, `base` the one that is dialled."""

    shown: str
    base: str
    path: str
    server_name: str = ""


class WebhookClient:
    """Asks webhooks over HTTPS."""

    def __init__(self, store: Store, randomness: random.Random) -> None:
        self._store = store
        self._randomness = randomness
        self._transports: OrderedDict[tuple[str, str, str, Credentials], HttpTransport] = OrderedDict()

    async def post(
        self, client: Object, review: Object, seconds: float = LONGEST_SECONDS, users: WebhookUsers = NOBODY,
    ) -> Mapping[str, Any]:
        """Return the JSON object that the webhook answers `review` with; raise CallFailed."""
        shown = _shown(client)
        asked = f"{shown}?timeout={math.ceil(seconds)}s"
        try:
            place = self._place(client, shown)
            parts = urlsplit(shown)
            user = users.towards(parts.hostname or "", parts.port or DEFAULT_PORT)
            transport = self._transport(place, client.get("caBundle") or "", user)
            headers = {**_ACCEPTS, "authorization": user.authorization} if user.authorization else _ACCEPTS
            request = Request("POST", place.path, {"timeout": [f"{math.ceil(seconds)}s"]}, headers, review)
            async with asyncio.timeout(seconds):
                response = await transport.send(request)
        except CallFailed as failure:
            if failure.is_early:
                raise
            raise CallFailed(f'Post "{asked}": {failure.detail}') from failure
        except (OSError, ValueError) as error:
            raise CallFailed(f'Post "{asked}": {webhook_errors.explain(error)}') from error
        return _content(response)

    def _place(self, client: Object, shown: str) -> _Place:
        if url := client.get("url"):
            parts = urlsplit(url)
            return _Place(shown, f"{parts.scheme}://{parts.netloc}", parts.path or "/")
        service = client["service"]
        host, port = self._endpoint(service["namespace"], service["name"], service.get("port") or DEFAULT_PORT)
        shown_host = f"[{host}]" if ":" in host else host
        server_name = f"{service['name']}.{service['namespace']}.svc"
        return _Place(shown, f"https://{shown_host}:{port}", _path(service), server_name)

    def _endpoint(self, namespace: str, name: str, port: int) -> tuple[str, int]:
        """Return an address at which a Service answers on one of its ports."""
        found = self._store.get(Key("services", namespace, name))
        if found is None:
            raise CallFailed(f'service "{name}" not found')
        spec = found.object.get("spec") or {}
        if spec.get("type") == "ExternalName":
            return str(spec.get("externalName")), port
        wanted = next((each for each in spec.get("ports") or () if each["port"] == port), None)
        if wanted is None:
            raise CallFailed(f'no service port {port} found for service "{name}"')
        slices = (entry.object for entry in self._store.list(SLICES, namespace).entries)
        ready = endpoint_slices.ready(slices, name, wanted.get("name") or "")
        if not ready:
            raise CallFailed(f'no endpoints available for service "{name}"')
        return self._randomness.choice(ready)

    def _transport(self, place: _Place, bundle: str, user: Credentials) -> HttpTransport:
        key = (place.base, place.server_name, bundle, user)
        transport = self._transports.get(key)
        if transport is None:
            timeouts = Timeouts(connect=LONGEST_SECONDS, answer=LONGEST_SECONDS)
            transport = HttpTransport(
                place.base, _context(bundle, user), timeouts=timeouts, server_name=place.server_name,
                repeatable=REPEATABLE,
            )
            self._transports[key] = transport
            if len(self._transports) > KEPT:
                self._transports.popitem(last=False)
        self._transports.move_to_end(key)
        return transport

    async def close(self) -> None:
        """Close all connections."""
        while self._transports:
            _, transport = self._transports.popitem()
            await transport.close()


_ACCEPTS = {"accept": "application/json, */*", "user-agent": "kube-apiserver-admission"}


def _path(service: Object) -> str:
    path = str(service.get("path") or "/")
    return path if path.startswith("/") else f"/{path}"


def _shown(client: Object) -> str:
    """Return the URL of a webhook as messages name it."""
    if url := client.get("url"):
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}{quote(parts.path or '/')}"
    service = client["service"]
    host = f"{service['name']}.{service['namespace']}.svc"
    return f"https://{host}:{service.get('port') or DEFAULT_PORT}{quote(_path(service))}"


def _context(bundle: str, user: Credentials) -> ssl.SSLContext:
    context = _trusting(bundle)
    if user.certificate:
        # The ssl module loads certificates from files only.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pair:
            pair.write(f"{user.certificate}\n{user.key}")
            pair.flush()
            try:
                context.load_cert_chain(pair.name)
            except (ssl.SSLError, OSError) as error:
                raise CallFailed(f"tls: failed to find any PEM data in certificate or key: {error}",
                                 is_early=True) from error
    return context


def _trusting(bundle: str) -> ssl.SSLContext:
    """Return a context that trusts the authorities in `bundle`; without any, those of the machine."""
    if not bundle:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cadata=base64.b64decode(bundle).decode())
    except (ssl.SSLError, binascii.Error, UnicodeDecodeError) as error:
        text = "unable to load root certificates: unable to parse bytes as PEM block"
        raise CallFailed(text, is_early=True) from error


def _content(response: Response) -> Mapping[str, Any]:
    if not 200 <= response.status <= 206:
        raise webhook_errors.of_status(response)
    if response.object is None:
        text = (response.body or b"").decode(errors="replace")
        raise CallFailed(f"couldn't get version/kind; json parse error: the answer is no JSON object: {text[:200]!r}")
    return response.object
