"""Impersonation: who may act as somebody else, and as whom. Headers as upstream's `Impersonate-*`.

Source: https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from kubewheel.api import errors
from kubewheel.apiserver.authn import service_account_claims as claims
from kubewheel.apiserver.authn.everybody import ANONYMOUS, AUTHENTICATED
from kubewheel.apiserver.authz.attributes import Attributes
from kubewheel.apiserver.authz.authorizer import Authorizer
from kubewheel.apiserver.exchange import Exchange, Handler
from kubewheel.libs import http1
from kubewheel.libs.wire import Identity, Response

USER, GROUP, UID, EXTRA = "impersonate-user", "impersonate-group", "impersonate-uid", "impersonate-extra-"
AUTHENTICATION_API = "authentication.k8s.io/v1"
PREFIX = "impersonate-"
ACCOUNT_PREFIX = "system:serviceaccount:"


class Impersonation:
    """Replaces the identity of requests that ask for it and may have it."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    async def __call__(self, exchange: Exchange, handle: Handler) -> Response:
        """Set the identity that the request's headers ask for; raise 403 if that is not allowed."""
        headers = exchange.request.headers
        given = [name for name in headers if name.startswith(PREFIX)]
        if given and (headers.get(USER) or any(name in (GROUP, UID) or name.startswith(EXTRA) for name in given)):
            wanted = _wanted(headers)
            self._authorize(exchange.identity, wanted, headers)
            exchange.impersonator = exchange.identity
            exchange.identity = _completed(wanted)
        return await handle(exchange)

    def _authorize(self, who: Identity, wanted: Identity, headers: Mapping[str, str]) -> None:
        account = _account(wanted.name)
        if account is not None:
            namespace, name = account
            self._require(who, "serviceaccounts", name, namespace=namespace)
        else:
            self._require(who, "users", wanted.name)
        for group in wanted.groups:
            self._require(who, "groups", group)
        if wanted.uid:
            self._require(who, "uids", wanted.uid, group="authentication.k8s.io")
        for key, values in wanted.extra.items():
            for value in values:
                self._require(who, "userextras", value, group="authentication.k8s.io", subresource=key)

    def _require(
        self, who: Identity, resource: str, name: str, *, namespace: str = "", group: str = "", subresource: str = ""
    ) -> None:
        self._authorizer.require(
            Attributes(who, "impersonate", resource, group, subresource, namespace, name, "v1")
        )


def _wanted(headers: Mapping[str, str]) -> Identity:
    extra = {
        unquote(name.removeprefix(EXTRA)): tuple(http1.header_values(headers, name))
        for name in headers if name.startswith(EXTRA)
    }
    groups, uid = tuple(http1.header_values(headers, GROUP)), headers.get(UID, "")
    name = headers.get(USER, "")
    if not name:
        wanted = " ".join(_references(groups, uid, extra))
        raise errors.bad_request(f"requested [{wanted}] without impersonating a user")
    return Identity(name, groups, uid, extra)


def _references(groups: Sequence[str], uid: str, extra: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what is wanted as Go shows references to objects: kind, namespace, name, uid, version and so on."""
    for group in groups:
        yield f"{{Group  {group}    }}"
    for key, values in extra.items():
        for value in values:
            yield f"{{UserExtra  {value}  {AUTHENTICATION_API}  {key}}}"
    if uid:
        yield f"{{UID  {uid}  {AUTHENTICATION_API}  }}"


def _account(name: str) -> tuple[str, str] | None:
    parts = name.removeprefix(ACCOUNT_PREFIX).split(":")
    if not name.startswith(ACCOUNT_PREFIX) or len(parts) != 2 or not all(parts):
        return None
    return parts[0], parts[1]


def _completed(wanted: Identity) -> Identity:
    """Return `wanted` with the groups that go without saying."""
    groups = list(wanted.groups)
    account = _account(wanted.name)
    if account is not None and not groups:
        groups += claims.groups(account[0])
    if wanted.name == ANONYMOUS.name:
        groups += [group for group in ANONYMOUS.groups if group not in groups]
    elif AUTHENTICATED not in groups and ANONYMOUS.groups[0] not in groups:
        groups.append(AUTHENTICATED)
    return Identity(wanted.name, tuple(groups), wanted.uid, wanted.extra)
