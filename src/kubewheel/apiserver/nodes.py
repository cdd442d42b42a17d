"""Connections to nodes: logs, exec, attach, port-forward and proxy go through the API server to the node's agent."""

import ssl
from collections.abc import Mapping
from typing import Any, Protocol

from kubewheel.api import errors
from kubewheel.libs.http_client import HttpTransport, Unavailable
from kubewheel.libs.wire import Object, Request, Response

ADDRESS_TYPES = ("InternalIP", "Hostname", "InternalDNS", "ExternalDNS", "ExternalIP")  # The most wanted first.
KUBELET_PORT = 10250
MAX_TRANSPORTS = 4096  # Nodes whose connections are kept.


class NodeConnector(Protocol):
    """Carries requests to the agent of a node."""

    async def send(self, node: Object, request: Request) -> Response:
        """Return the answer of the node's agent; raise StatusError when it cannot be reached."""
        ...


def address(node: Object) -> tuple[str, int]:
    """Return where the agent of `node` listens; raise 503 when the node has not said."""
    status: Mapping[str, Any] = node.get("status") or {}
    found = {each.get("type"): each.get("address") for each in reversed(status.get("addresses") or ())}
    host = next((found[kind] for kind in ADDRESS_TYPES if found.get(kind)), None)
    if not host:
        raise errors.unavailable(f"no preferred addresses found; known addresses: {status.get('addresses') or []}")
    port = ((status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}).get("Port") or KUBELET_PORT
    return str(host), int(port)


class HttpsNodes:
    """Reaches nodes over HTTPS; `context` shows our client certificate and trusts the CA that signed theirs."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._transports: dict[tuple[str, int], HttpTransport] = {}

    async def send(self, node: Object, request: Request) -> Response:
        """Return the answer of the agent of `node`."""
        host, port = address(node)
        transport = self._transports.get((host, port))
        if transport is None:
            shown = f"[{host}]" if ":" in host else host
            transport = HttpTransport(f"https://{shown}:{port}", self._context)
            self._transports[host, port] = transport
            await self._forget_oldest()
        try:
            return await transport.send(request, stream=True)
        except Unavailable as error:
            shown_path = request.path
            raise errors.StatusError(
                500, "", f'Get "https://{host}:{port}{shown_path}": {error}'
            ) from error

    async def _forget_oldest(self) -> None:
        if len(self._transports) > MAX_TRANSPORTS:
            oldest = next(iter(self._transports))
            await self._transports.pop(oldest).close()

    async def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            await transport.close()
        self._transports.clear()


class NoNodes:
    """For servers without nodes: says so."""

    async def send(self, node: Object, request: Request) -> Response:
        """Raise 503."""
        raise errors.unavailable(f"this server has no connection to node {node['metadata']['name']}")
