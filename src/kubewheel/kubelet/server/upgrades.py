"""Agreeing on the protocol of an upgraded connection, SPDY or websocket."""

from collections.abc import Awaitable, Callable, Sequence

from kubewheel.kubelet.server.remote_command import Refused
from kubewheel.libs import http1, spdy, websocket
from kubewheel.libs.wire import Connection, Request, Response

HEADER = "x-stream-protocol-version"

Serve = Callable[[Connection], Awaitable[None]]


def spdy_protocol(request: Request, supported: Sequence[str]) -> str:
    """Return the first of the client's protocols that is supported."""
    headers = request.headers
    if spdy.UPGRADE.lower() not in headers.get("upgrade", "").lower():
        raise Refused(400, "unable to upgrade: missing upgrade headers in request: "
                      f"map[Connection:[{headers.get('connection', '')}] Upgrade:[{headers.get('upgrade', '')}]]")
    offered = http1.header_tokens(headers, HEADER)
    if not offered:
        raise Refused(400, "unable to upgrade: X-Stream-Protocol-Version is required")
    for protocol in offered:
        if protocol in supported:
            return protocol
    raise Refused(
        403, f"unable to upgrade: unable to negotiate protocol: client supports [{' '.join(offered)}], "
        f"server accepts [{' '.join(supported)}]",
    )


def websocket_protocol(request: Request, supported: Sequence[str]) -> str:
    """Return the first of the client's subprotocols that is supported; "" when it offers none and that is supported."""
    offered = websocket.offered_protocols(request.headers)
    if not offered and "" in supported:
        return ""
    for protocol in offered:
        if protocol in supported:
            return protocol
    raise Refused(403, f"unable to negotiate a websocket subprotocol: client supports [{' '.join(offered)}]")


def accept_spdy(protocol: str, serve: Serve) -> Response:
    """Return the answer that begins SPDY on the connection."""
    headers = {"Connection": "Upgrade", "Upgrade": spdy.UPGRADE, "X-Stream-Protocol-Version": protocol}
    return Response(status=101, headers=headers, upgrade=serve)


def accept_websocket(request: Request, protocol: str, serve: Serve) -> Response:
    """Return the answer that begins a websocket on the connection."""
    try:
        headers = websocket.accept_headers(request.headers, protocol)
    except http1.Malformed as error:
        raise Refused(error.status, str(error)) from error
    return Response(status=101, headers=headers, upgrade=serve)
