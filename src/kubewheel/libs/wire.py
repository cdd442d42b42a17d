"""What travels between a client and a server, whichever transport carries it.

The same `Request` and `Response` serve HTTPS (`http_listener`, `http_client`) and the in-memory transport, so that
both run the same pipeline on the server's side.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Object = Mapping[str, Any]
"""A JSON mapping. Read-only once it comes from a store or a cache."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: a name, groups, and whatever else authentication found out."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Request:
    """One request.

    `path` is percent-decoded; `query` holds decoded values, several to a name; `headers` has lower-case names.
    `body` holds the bytes as sent, or an already decoded object when the in-memory transport sent it.
    `identity` is set by transports that have proven who asks (in memory); over HTTPS authentication sets it from
    `peer_certificate` (DER) and the headers.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Object | None = None
    identity: Identity | None = None
    peer_certificate: bytes | None = None
    peer_address: str = ""

    def parameter(self, name: str, default: str = "") -> str:
        """Return the first value of query parameter `name`."""
        values = self.query.get(name)
        return values[0] if values else default


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One event of a watch: decoded, and as the line that goes over the wire (encoded once for all watchers)."""

    type: str  # ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
    object: Object
    encoded: bytes = b""


class Connection(Protocol):
    """A raw byte stream that an upgraded request (exec, attach, port-forward) takes over."""

    async def read(self) -> bytes:
        """Return the next bytes; empty at the end of the stream."""
        ...

    async def write(self, data: bytes) -> None:
        """Send `data`, waiting while the peer is slow."""
        ...

    async def close(self) -> None:
        """Close both directions."""
        ...


@dataclass(slots=True)
class Response:
    """One answer: at most one of `object`, `body`, `events`, `chunks`, `upgrade`, `connection` carries its content.

    `object` is a decoded object whose encoding is made on demand; `encoded` saves making it when it exists already.
    `events` is a watch, `chunks` a byte stream (logs). `upgrade` takes the connection over after the status line and
    `headers` were sent as they are (status 101); `connection` is the other end of that, as a client sees it.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    object: Object | None = None
    encoded: bytes | None = None
    body: bytes | None = None
    events: AsyncIterator[WatchEvent] | None = None
    chunks: AsyncIterator[bytes] | None = None
    upgrade: Callable[[Connection], Awaitable[None]] | None = None
    connection: Connection | None = None


class Transport(Protocol):
    """Carries requests to a server."""

    async def send(self, request: Request) -> Response:
        """Return the server's answer; an error answer is a Response too, not an exception."""
        ...
