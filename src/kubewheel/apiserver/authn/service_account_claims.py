"""Claims of service-account tokens: how they are made and what they must say; pure.

Source: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.libs.wire import Object

EXTENDED_SECONDS = 365 * 24 * 3600  # What a pod's token of 3607 s really lives while old clients are not to break.
WARN_ONLY_SECONDS = 3607
LEEWAY_SECONDS = 60  # Clock skew that a token is forgiven.
LEGACY_ISSUER = "kubernetes/serviceaccount"
LEGACY_PREFIX = "kubernetes.io/serviceaccount/"


@dataclass(frozen=True, slots=True)
class Reference:
    """An object that a token is bound to; it must exist, with this uid, for as long as the token is used."""

    name: str
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Bindings:
    """All objects that a token is bound to besides its service account."""

    pod: Reference | None = None
    node: Reference | None = None
    secret: Reference | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """How long a token lives: from `issued` for `seconds`; use after `warn_after` seconds is frowned upon."""

    issued: int
    seconds: int
    warn_after: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token speaks for, as its claims say."""

    namespace: str
    account: Reference
    bindings: Bindings
    token_id: str = ""


def reference(stored: Object) -> Reference:
    """Return a reference to `stored`."""
    return Reference(stored["metadata"]["name"], stored["metadata"].get("uid", ""))


def username(namespace: str, name: str) -> str:
    """Return the user name of a service account."""
    return f"system:serviceaccount:{namespace}:{name}"


def groups(namespace: str) -> tuple[str, ...]:
    """Return the groups of every service account in `namespace`."""
    return "system:serviceaccounts", f"system:serviceaccounts:{namespace}"


def make(
    issuer: str, audiences: Sequence[str], subject: Subject, term: Term
) -> dict[str, Any]:
    """Return the claims of a bound token."""
    private: dict[str, Any] = {
        "namespace": subject.namespace,
        "serviceaccount": {"name": subject.account.name, "uid": subject.account.uid},
    }
    for kind in ("node", "pod", "secret"):
        bound: Reference | None = getattr(subject.bindings, kind)
        if bound is not None:
            private[kind] = {"name": bound.name, "uid": bound.uid}
    if term.warn_after:
        private["warnafter"] = term.issued + term.warn_after
    return {
        "aud": list(audiences), "exp": term.issued + term.seconds, "iat": term.issued, "iss": issuer,
        "jti": subject.token_id, "kubernetes.io": private, "nbf": term.issued,
        "sub": username(subject.namespace, subject.account.name),
    }


def issuer_of(claims: Mapping[str, Any]) -> str:
    """Return the issuer that `claims` name."""
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else ""


def audiences_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the audiences that `claims` name."""
    audience = claims.get("aud")
    if isinstance(audience, str):
        return (audience,)
    return tuple(each for each in audience if isinstance(each, str)) if isinstance(audience, list) else ()


def is_in_time(claims: Mapping[str, Any], now: float) -> bool:
    """Tell whether `claims` are valid at `now`."""
    expiry, start = claims.get("exp"), claims.get("nbf")
    if isinstance(expiry, (int, float)) and now - LEEWAY_SECONDS > expiry:
        return False
    return not (isinstance(start, (int, float)) and now + LEEWAY_SECONDS < start)


def read(claims: Mapping[str, Any]) -> Subject | None:
    """Return whom `claims` speak for, or None if they are of another form."""
    if issuer_of(claims) == LEGACY_ISSUER:
        return _read_legacy(claims)
    private = claims.get("kubernetes.io")
    if not isinstance(private, dict) or not isinstance(private.get("namespace"), str):
        return None
    account = _reference(private.get("serviceaccount"))
    if account is None or claims.get("sub") != username(private["namespace"], account.name):
        return None
    bindings = Bindings(
        pod=_reference(private.get("pod")), node=_reference(private.get("node")),
        secret=_reference(private.get("secret")),
    )
    return Subject(private["namespace"], account, bindings, str(claims.get("jti") or ""))


def _read_legacy(claims: Mapping[str, Any]) -> Subject | None:
    values = [
        claims.get(LEGACY_PREFIX + name)
        for name in ("namespace", "service-account.name", "service-account.uid", "secret.name")
    ]
    if not all(isinstance(value, str) and value for value in values):
        return None
    namespace, name, uid, secret = (str(value) for value in values)
    if claims.get("sub") != username(namespace, name):
        return None
    return Subject(namespace, Reference(name, uid), Bindings(secret=Reference(secret)))


def _reference(value: object) -> Reference | None:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    return Reference(value["name"], str(value.get("uid") or ""))
