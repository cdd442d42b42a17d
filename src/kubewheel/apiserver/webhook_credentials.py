"""Who the server is towards webhooks: users of a kubeconfig that are named like the webhooks' hosts.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#authenticate-apiservers
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

FIELDS = ("client-certificate", "client-key")
KNOWN = {*FIELDS, *(f"{name}-data" for name in FIELDS), "token", "username", "password"}
HTTPS_PORT = 443

Contents = Callable[[str], str]
"""Returns what the text file of that name holds."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves who asks; all of it may be missing. Certificate and key are PEM."""

    authorization: str = ""
    certificate: str = ""
    key: str = ""


NONE = Credentials()


@dataclass(frozen=True, slots=True)
class WebhookUsers:
    """Credentials by host: `host:port`, `host`, `*.domain`, `*`; and those of the current context for all others."""

    users: Mapping[str, Credentials] = field(default_factory=dict)
    current: Credentials = NONE

    def towards(self, host: str, port: int) -> Credentials:
        """Return the credentials for a webhook there."""
        names = [*_names(f"{host}:{port}")]
        if port == HTTPS_PORT:
            names += _names(host)
        return next((self.users[name] for name in (*names, "*") if name in self.users), self.current)


def _names(target: str) -> Iterator[str]:
    steps = target.split(".")
    yield target
    for index in range(1, len(steps)):
        yield f"*.{'.'.join(steps[index:])}"


def parse(kubeconfig: Any, name: str, contents: Contents) -> WebhookUsers:
    """Return the users of the kubeconfig in the file of that name; raise ValueError."""
    if not isinstance(kubeconfig, dict):
        raise ValueError(f"{name} is no kubeconfig")
    users = {
        str(each.get("name") or ""): _credentials(each.get("user") or {}, f"{name}: user {each.get('name')!r}", name,
                                                  contents)
        for each in kubeconfig.get("users") or ()
    }
    chosen = kubeconfig.get("current-context")
    contexts = {each.get("name"): each.get("context") or {} for each in kubeconfig.get("contexts") or ()}
    current = str((contexts.get(chosen) or {}).get("user")) if chosen else ""
    return WebhookUsers(users, users.get(current, NONE))


def _credentials(user: Mapping[str, Any], path: str, name: str, contents: Contents) -> Credentials:
    unknown = sorted(set(user) - KNOWN)
    if unknown:
        raise ValueError(f"{path}: {unknown[0]} cannot be used towards webhooks; {', '.join(sorted(KNOWN))} can")
    authorization = ""
    if user.get("token"):
        authorization = f"Bearer {user['token']}"
    elif user.get("username"):
        both = f"{user['username']}:{user.get('password') or ''}"
        authorization = f"Basic {base64.b64encode(both.encode()).decode()}"
    certificate, key = (_pem(user, each, path, name, contents) for each in FIELDS)
    if bool(certificate) != bool(key):
        raise ValueError(f"{path}: client-certificate and client-key belong together")
    return Credentials(authorization, certificate, key)


def _pem(user: Mapping[str, Any], which: str, path: str, name: str, contents: Contents) -> str:
    if data := user.get(f"{which}-data"):
        try:
            return base64.b64decode(data, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: {which}-data is no PEM in base64") from error
    return contents(str(PurePath(name).parent / user[which])) if user.get(which) else ""
