"""nodes/proxy, pods/proxy and services/proxy: HTTP through the API server to something inside the cluster.

Names may say scheme and port: `https:web:8443`, `web:http`, `web`.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from kubewheel.api import endpoint_slices, errors
from kubewheel.api.registry import Resource
from kubewheel.apiserver import html_links, relay
from kubewheel.apiserver.backend import Backend
from kubewheel.apiserver.exchange import Exchange
from kubewheel.apiserver.subresources import connecting, pod_access
from kubewheel.apiserver.subresources.table import Served, all_verbs
from kubewheel.apiserver.verbs import get
from kubewheel.libs.http_client import HttpTransport, Unavailable
from kubewheel.libs.wire import Object, Request, Response

FORWARDED = frozenset({"authorization", "host"}) | relay.HOP_BY_HOP


@dataclass(frozen=True, slots=True)
class Target:
    """Which object is meant, and how it is to be reached."""

    scheme: str
    name: str
    port: str


def parse(text: str) -> Target:
    """Return the parts of `name`, `name:port`, `scheme:name:port`; raise 400."""
    parts = text.split(":")
    if len(parts) == 1:
        return Target("", parts[0], "")
    if len(parts) == 2:
        return Target("", parts[0], parts[1])
    if len(parts) == 3 and parts[0] in ("", "http", "https"):
        return Target(parts[0], parts[1], parts[2])
    raise errors.bad_request(f'invalid service request "{text}"')


async def to_node(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Forward to the agent of a node."""
    await connecting.admit(exchange, backend, resource)
    node = pod_access.node(backend, parse(exchange.info.name).name)
    return relay.pass_on(await backend.nodes.send(node, _forwarded(exchange)))


async def to_pod(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Forward to a port of a pod; without one, to its first."""
    await connecting.admit(exchange, backend, resource)
    target = parse(exchange.info.name)
    pod = get.find(backend, resource, exchange.info.namespace, target.name).object
    address = (pod.get("status") or {}).get("podIP")
    if not address:
        raise errors.bad_request(f"address not allowed: pod {target.name} has no IP address")
    port = target.port or _first_port(pod)
    return await _forward(exchange, f"{target.scheme or 'http'}://{_host(address)}:{port}")


def _first_port(pod: Object) -> str:
    for container in pod["spec"].get("containers") or ():
        for port in container.get("ports") or ():
            return str(port["containerPort"])
    return "80"


async def to_service(exchange: Exchange, backend: Backend, resource: Resource) -> Response:
    """Forward to one of the endpoints of a service."""
    await connecting.admit(exchange, backend, resource)
    target = parse(exchange.info.name)
    service = get.find(backend, resource, exchange.info.namespace, target.name).object
    port = _service_port(service, target)
    ready = _endpoints(backend, exchange.info.namespace, target.name, port)
    if not ready:
        raise errors.unavailable(f'no endpoints available for service "{exchange.info.name}"')
    address, number = backend.randomness.choice(ready)
    return await _forward(exchange, f"{target.scheme or 'http'}://{_host(address)}:{number}")


def _service_port(service: Object, target: Target) -> str:
    """Return the name of the port that is meant."""
    ports = service["spec"].get("ports") or []
    for port in ports:
        if target.port in (port.get("name") or "", str(port["port"])):
            return str(port.get("name") or "")
    if not target.port and len(ports) == 1:
        return str(ports[0].get("name") or "")
    raise errors.unavailable(f'no service port "{target.port}" found for service "{target.name}"')


def _endpoints(backend: Backend, namespace: str, service: str, port: str) -> list[tuple[str, int]]:
    slices = (entry.object for entry in backend.store.list("endpointslices.discovery.k8s.io", namespace).entries)
    return endpoint_slices.ready(slices, service, port)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _forwarded(exchange: Exchange) -> Request:
    request, info = exchange.request, exchange.info
    _, _, tail = request.path.partition(f"/{info.name}/proxy")
    headers = {name: value for name, value in request.headers.items() if name not in FORWARDED}
    if relay.is_upgrade(request.headers):
        headers |= relay.upgrade_headers(request.headers)
    headers["x-forwarded-uri"] = quote(request.path)
    if request.peer_address:
        headers["x-forwarded-for"] = request.peer_address
    return Request(request.method, tail or "/", request.query, headers, request.body)


async def _forward(exchange: Exchange, base_url: str) -> Response:
    request = exchange.request
    if request.path.endswith("/proxy") and request.method in ("GET", "HEAD"):
        # Without the slash, relative links of the page would lead elsewhere.
        query = f"?{urlencode(request.query, doseq=True)}" if request.query else ""
        return Response(301, {"Location": f"{quote(request.path, safe='/:')}/{query}"}, body=b"")
    transport = HttpTransport(base_url, _trust_anybody() if base_url.startswith("https") else None)
    try:
        answer = await transport.send(_forwarded(exchange), stream=True)
    except Unavailable as error:
        raise errors.unavailable(f"error trying to reach service: {error}") from error
    response = relay.pass_on(answer)
    return await _come_back(response, lambda link: _through(link, base_url, request.path))


async def _come_back(response: Response, through: Callable[[str], str]) -> Response:
    """Let redirects and links of the backend lead through this server."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    if headers.get("location"):
        own = {name: value for name, value in response.headers.items() if name.lower() != "location"}
        return replace(response, headers=own | {"Location": through(headers["location"])})
    if headers.get("content-type", "").partition(";")[0].strip() != "text/html" or response.upgrade is not None:
        return response
    body = response.body or b""
    if response.chunks is not None:
        body = b"".join([chunk async for chunk in response.chunks])
    if body:
        body = html_links.rewrite_encoded(body, headers.get("content-encoding", ""), through)
    return Response(response.status, response.headers, body=body)


def _through(link: str, base_url: str, path: str) -> str:
    """Return how something at the backend is reached through this server; `path` is that of the request."""
    prefix = path.partition("/proxy")[0] + "/proxy"
    try:
        parts = urlsplit(link)
    except ValueError:
        return link
    is_elsewhere = parts.netloc not in ("", urlsplit(base_url).netloc)
    if is_elsewhere or not parts.path.startswith("/") or parts.path.startswith(prefix):
        return link
    return urlunsplit(("", "", prefix + parts.path, parts.query, parts.fragment))


def _trust_anybody() -> ssl.SSLContext:
    # Upstream does the same: certificates of workloads are made by whoever runs them.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


SUBRESOURCES = (
    Served("proxy", all_verbs(to_node), frozenset({"nodes"})),
    Served("proxy", all_verbs(to_pod), frozenset({"pods"})),
    Served("proxy", all_verbs(to_service), frozenset({"services"})),
)
