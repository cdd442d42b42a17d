"""Passes requests on to the server behind an APIService.

The user travels in X-Remote-* headers. The server believes them because our client certificate is signed by the
authority that it reads from ConfigMap kube-system/extension-apiserver-authentication.
"""

import base64
import binascii
import random
import ssl
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import quote

from kubewheel.api import endpoint_slices, errors
from kubewheel.apiserver import relay
from kubewheel.apiserver.aggregation.services import Remote
from kubewheel.apiserver.exchange import Exchange, release
from kubewheel.apiserver.settings import ProxyClient
from kubewheel.libs import http1
from kubewheel.libs.http_client import HttpTransport, Timeouts, Unavailable
from kubewheel.libs.wire import Identity, Request, Response
from kubewheel.storage import Key, Store

SLICES = "endpointslices.discovery.k8s.io"
KEPT = 100  # Transports, each with its idle connections.
UNAVAILABLE = "service unavailable"
DROPPED = frozenset({"authorization", "host"}) | relay.HOP_BY_HOP
CREDENTIALS = ("x-remote-", "impersonate-")
TOKEN = frozenset("!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Unresolved(Exception):
    """A Service has no address to call; says why."""


class RemoteServers:
    """Connections to the servers behind APIServices."""

    def __init__(self, store: Store, client: ProxyClient | None, randomness: random.Random) -> None:
        self._store = store
        self._client = client
        self._randomness = randomness
        self._transports: OrderedDict[tuple[str, str, str, bool], HttpTransport] = OrderedDict()

    async def forward(self, exchange: Exchange, remote: Remote) -> Response:
        """Return the remote server's answer to a request."""
        if not remote.is_available:
            return unavailable(exchange, UNAVAILABLE)
        try:
            address = self._choose(remote)
        except Unresolved:
            return unavailable(exchange, UNAVAILABLE)
        release(exchange)  # The other server does the work, and may ask this one for something in turn.
        try:
            transport = self._transport(remote, address)
            request = _forwarded(exchange)
            answer = await transport.send(request, stream=None if exchange.in_memory else True)
        except (Unavailable, ValueError) as error:
            return unavailable(exchange, f"error trying to reach service: {error.__cause__ or error}")
        if exchange.in_memory and answer.events is not None:
            return answer
        return relay.pass_on(answer)

    async def ask(self, remote: Remote, address: tuple[str, int], request: Request, *, trusts: bool) -> Response:
        """Return what one endpoint answers the server itself; raise Unavailable or ValueError."""
        headers = http1.Headers(request.headers)
        headers.update(identity_headers(Identity("system:kube-aggregator", ("system:masters",))))
        own = Request(request.method, request.path, request.query, headers)
        return await self._transport(remote, address, trusts=trusts).send(own)

    def addresses(self, remote: Remote) -> list[tuple[str, int]]:
        """Return where the Service of `remote` answers; raise Unresolved."""
        found = self._store.get(Key("services", remote.namespace, remote.service))
        if found is None:
            raise Unresolved(f'service "{remote.service}" not found')
        spec = found.object.get("spec") or {}
        if spec.get("type") == "ExternalName":
            return [(str(spec.get("externalName")), remote.port)]
        wanted = next((each for each in spec.get("ports") or () if each["port"] == remote.port), None)
        if wanted is None:
            raise Unresolved(f'no service port {remote.port} found for service "{remote.service}"')
        slices = (entry.object for entry in self._store.list(SLICES, remote.namespace).entries)
        ready = endpoint_slices.ready(slices, remote.service, wanted.get("name") or "")
        if not ready:
            raise Unresolved(f'no endpoints available for service "{remote.service}"')
        return ready

    def _choose(self, remote: Remote) -> tuple[str, int]:
        return self._randomness.choice(self.addresses(remote))

    def _transport(self, remote: Remote, address: tuple[str, int], *, trusts: bool = False) -> HttpTransport:
        host, port = address
        base = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
        key = (base, remote.server_name, remote.bundle, trusts or remote.is_insecure)
        transport = self._transports.get(key)
        if transport is None:
            context = self._context(remote.bundle, is_insecure=key[3])
            transport = HttpTransport(base, context, timeouts=Timeouts(), server_name=remote.server_name)
            self._transports[key] = transport
            if len(self._transports) > KEPT:
                self._transports.popitem(last=False)
        self._transports.move_to_end(key)
        return transport

    def _context(self, bundle: str, *, is_insecure: bool) -> ssl.SSLContext:
        try:
            data = base64.b64decode(bundle).decode() if bundle and not is_insecure else None
            context = ssl.create_default_context(cadata=data)
        except (ssl.SSLError, binascii.Error, UnicodeDecodeError) as error:
            text = "unable to load root certificates: unable to parse bytes as PEM block"
            raise ValueError(text) from error
        if is_insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self._client is not None:
            context.load_cert_chain(self._client.certificate, self._client.key)
        return context

    async def close(self) -> None:
        """Close all connections."""
        while self._transports:
            _, transport = self._transports.popitem()
            await transport.close()


def unavailable(exchange: Exchange, text: str) -> Response:
    """Return 503 as upstream does: not as a Status, so that clients print what they print for upstream."""
    if exchange.in_memory:
        raise errors.unavailable(text)
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    return Response(503, headers, body=f"{text}\n".encode())


def _forwarded(exchange: Exchange) -> Request:
    request = exchange.request
    headers = http1.Headers(
        (name, value) for name, value in request.headers.items()
        if name not in DROPPED and not name.startswith(CREDENTIALS)
    )
    if relay.is_upgrade(request.headers):
        headers.update(relay.upgrade_headers(request.headers))
    headers.repeated = {
        name: values for name, values in (getattr(request.headers, "repeated", None) or {}).items() if name in headers
    }
    if request.peer_address:
        headers["x-forwarded-for"] = ", ".join(
            each for each in (request.headers.get("x-forwarded-for", ""), request.peer_address) if each
        )
        headers.repeated.pop("x-forwarded-for", None)
    who = identity_headers(exchange.identity)
    headers.update(who)
    headers.repeated.update(who.repeated or {})
    return Request(request.method, request.path, request.query, headers, request.body)


def identity_headers(identity: Identity) -> http1.Headers:
    """Return the headers that say who asks: one line for each group and each value."""
    values: dict[str, list[str]] = {"x-remote-user": [identity.name]}
    if identity.uid:
        values["x-remote-uid"] = [identity.uid]
    if identity.groups:
        values["x-remote-group"] = list(identity.groups)
    for key, given in identity.extra.items():
        if given:
            values[f"x-remote-extra-{escaped(key).lower()}"] = list(given)
    headers = http1.Headers({name: ", ".join(each) for name, each in values.items()})
    headers.repeated = {name: each for name, each in values.items() if len(each) > 1}
    return headers


def escaped(key: str) -> str:
    """Return `key` as part of a header's name: what may not stand there is percent-encoded."""
    return "".join(letter if letter in TOKEN else quote(letter, safe="") for letter in key)


def plain_headers(accept: str) -> Mapping[str, str]:
    """Return the headers with which the server itself asks for a document."""
    return {"accept": accept, "user-agent": "kube-aggregator"}
