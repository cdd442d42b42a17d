"""Who may ask a node's agent for what: upstream's mapping of requests to the API server's `nodes/<subresource>` rights.

Identities come from the client certificate (that the listener has verified) or a TokenReview, decisions from a
SubjectAccessReview; both answers are kept for a while. Nobody is anonymous.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from cryptography import x509
from cryptography.x509.oid import NameOID

from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Identity, Object, Request

AUTHENTICATED_SECONDS = 120.0
ALLOWED_SECONDS = 300.0
DENIED_SECONDS = 30.0
MAX_KEPT = 4096

VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
# The paths that have a right of their own; all others need `nodes/proxy`.
OWN_RIGHTS = {"stats": "stats", "metrics": "metrics", "logs": "log", "checkpoint": "checkpoint"}
# The paths that either their own right or `nodes/proxy` opens.
FINE_RIGHTS = {"pods": "pods", "runningPods": "pods", "runningpods": "pods", "healthz": "healthz", "configz": "configz"}

Create = Callable[[Object], Awaitable[Object]]
V = TypeVar("V")


class Denied(Exception):
    """The request is refused; `status` and `message` are the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Kept(Generic[V]):
    """Answers that are kept until a moment; the oldest give way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: OrderedDict[Any, tuple[float, V]] = OrderedDict()

    def get(self, key: Any) -> V | None:
        """Return the answer for `key` if it still holds."""
        entry = self._entries.get(key)
        if entry is None or entry[0] < self._clock.monotonic():
            return None
        return entry[1]

    def put(self, key: Any, value: V, seconds: float) -> None:
        """Keep an answer for `seconds`."""
        self._entries[key] = (self._clock.monotonic() + seconds, value)
        self._entries.move_to_end(key)
        while len(self._entries) > MAX_KEPT:
            self._entries.popitem(last=False)


class Access:
    """Decides whether a request may be served; raises Denied if not.

    `create` posts a review to the API server and returns it with its status.
    """

    def __init__(self, create: Create, node_name: str, clock: Clock) -> None:
        self._create = create
        self._node_name = node_name
        self._tokens: Kept[Identity] = Kept(clock)
        self._certificates: Kept[Identity] = Kept(clock)
        self._decisions: Kept[bool] = Kept(clock)

    async def check(self, request: Request) -> None:
        """Return if the request may be served."""
        identity = await self._identify(request)
        if identity is None:
            raise Denied(401, "Unauthorized")
        verb, subresources = attributes(request)
        for subresource in subresources:
            if await self._allowed(identity, verb, subresource):
                return
        shown = " ".join(subresources)
        raise Denied(
            403, f"Forbidden (user={identity.name}, verb={verb}, resource=nodes, subresource(s)=[{shown}])\n"
        )

    async def _identify(self, request: Request) -> Identity | None:
        if request.identity is not None:
            return request.identity
        if request.peer_certificate is not None:
            return self._of_certificate(request.peer_certificate)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        return await self._of_token(token.strip())

    def _of_certificate(self, der: bytes) -> Identity | None:
        key = hashlib.sha256(der).digest()
        found = self._certificates.get(key)
        if found is None:
            found = identity_of(der)
            if found is not None:
                self._certificates.put(key, found, ALLOWED_SECONDS)
        return found

    async def _of_token(self, token: str) -> Identity | None:
        key = hashlib.sha256(token.encode()).digest()
        found = self._tokens.get(key)
        if found is not None:
            return found
        review = await self._create(
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": {}, "spec": {"token": token}}
        )
        status = review.get("status") or {}
        if not status.get("authenticated"):
            return None
        user = status.get("user") or {}
        extra = {name: tuple(values) for name, values in (user.get("extra") or {}).items()}
        found = Identity(user.get("username", ""), tuple(user.get("groups") or ()), user.get("uid", ""), extra)
        self._tokens.put(key, found, AUTHENTICATED_SECONDS)
        return found

    async def _allowed(self, identity: Identity, verb: str, subresource: str) -> bool:
        key = (identity.name, identity.groups, verb, subresource)
        known = self._decisions.get(key)
        if known is not None:
            return known
        spec: dict[str, Any] = {
            "user": identity.name, "groups": list(identity.groups),
            "resourceAttributes": {
                "verb": verb, "version": "v1", "resource": "nodes", "subresource": subresource,
                "name": self._node_name,
            },
        }
        if identity.uid:
            spec["uid"] = identity.uid
        if identity.extra:
            spec["extra"] = {name: list(values) for name, values in identity.extra.items()}
        review = await self._create(
            {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {}, "spec": spec}
        )
        allowed = bool((review.get("status") or {}).get("allowed"))
        self._decisions.put(key, allowed, ALLOWED_SECONDS if allowed else DENIED_SECONDS)
        return allowed


def attributes(request: Request) -> tuple[str, tuple[str, ...]]:
    """Return the verb, and the subresources of `nodes` of which one must be allowed."""
    verb = VERBS.get(request.method, "")
    first = request.path.strip("/").partition("/")[0]
    if first in OWN_RIGHTS:
        return verb, (OWN_RIGHTS[first],)
    if first in FINE_RIGHTS:
        return verb, (FINE_RIGHTS[first], "proxy")
    return verb, ("proxy",)


def identity_of(der: bytes) -> Identity | None:
    """Return whom a client certificate names: common name and organizations; None if it names nobody."""
    subject = x509.load_der_x509_certificate(der).subject
    names = [str(each.value) for each in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = [str(each.value) for each in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if not names or not names[0]:
        return None
    return Identity(names[0], (*groups, "system:authenticated"))
