"""Passes answers of nodes, pods and services on to the client: plain ones, streams, and taken-over connections."""

from collections.abc import Mapping

from kubewheel.libs import connections
from kubewheel.libs.wire import Connection, Response

HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
    "upgrade", "content-length", "host", "date", "proxy-connection",
})
UPGRADE = ("connection", "upgrade", "x-stream-protocol-version")
SWITCHING = 101


def is_upgrade(headers: Mapping[str, str]) -> bool:
    """Tell whether the client wants to take the connection over."""
    return "upgrade" in headers.get("connection", "").lower() and bool(headers.get("upgrade"))


def upgrade_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that an upgrade consists of, without the client's credentials."""
    kept = {
        name: value for name, value in headers.items() if name in UPGRADE or name.startswith("sec-websocket-")
    }
    protocols = kept.get("sec-websocket-protocol")
    if protocols:
        named = [each.strip() for each in protocols.split(",") if "bearer.authorization" not in each]
        kept["sec-websocket-protocol"] = ", ".join(named)
    return kept


def pass_on(response: Response) -> Response:
    """Return `response` of another server as our own."""
    if response.status == SWITCHING and response.connection is not None:
        return Response(SWITCHING, dict(response.headers), upgrade=_Splice(response.connection))
    headers = {name: value for name, value in response.headers.items() if name.lower() not in HOP_BY_HOP}
    return Response(
        response.status, headers, response.object, response.encoded, response.body, chunks=response.chunks,
    )


class _Splice:
    """Joins the client's connection to the one behind it."""

    def __init__(self, behind: Connection) -> None:
        self._behind = behind

    async def __call__(self, client: Connection) -> None:
        await connections.splice(client, self._behind)
