"""Kubeconfig files: where the server is, whom to trust and who one is.

Read: the chosen context's server, authority, server name, namespace; client certificate, token, token file, user name
and password. Credential plug-ins (`exec`) are for people's tools; components do not use them.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class KubeconfigError(Exception):
    """The file does not say what is needed; the text says what and where."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a context of a kubeconfig says. Certificates and keys are PEM."""

    server: str
    namespace: str = "default"
    authority: bytes = b""
    server_name: str = ""
    insecure: bool = False
    certificate: bytes = b""
    key: bytes = b""
    token: str = ""
    token_file: str = ""
    basic: str = ""


def load(path: Path, context: str = "") -> Access:
    """Return what `context` (default: the current one) of the file says."""
    try:
        found = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise KubeconfigError(f"cannot read kubeconfig {path}: {error}") from error
    if not isinstance(found, dict):
        raise KubeconfigError(f"kubeconfig {path} holds no mapping")
    return parse(found, path.parent, context)


def parse(config: Mapping[str, Any], folder: Path, context: str = "") -> Access:
    """Return what `context` of `config` says; relative file names start from `folder`."""
    name = context or config.get("current-context") or ""
    if not name:
        raise KubeconfigError("the kubeconfig has no current-context")
    chosen = _named(config, "contexts", name, "context")
    cluster = _named(config, "clusters", chosen.get("cluster", ""), "cluster")
    user = _named(config, "users", chosen["user"], "user") if chosen.get("user") else {}
    if not cluster.get("server"):
        raise KubeconfigError(f"cluster {chosen.get('cluster')!r} of the kubeconfig has no server")
    basic = ""
    if user.get("username"):
        basic = base64.b64encode(f"{user['username']}:{user.get('password', '')}".encode()).decode()
    return Access(
        server=cluster["server"].rstrip("/"), namespace=chosen.get("namespace") or "default",
        authority=_bytes(cluster, "certificate-authority", folder), server_name=cluster.get("tls-server-name", ""),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        certificate=_bytes(user, "client-certificate", folder), key=_bytes(user, "client-key", folder),
        token=user.get("token", ""), token_file=str(folder / user["tokenFile"]) if user.get("tokenFile") else "",
        basic=basic,
    )


def _named(config: Mapping[str, Any], section: str, name: str, field: str) -> Mapping[str, Any]:
    for entry in config.get(section) or []:
        if entry.get("name") == name:
            found: Mapping[str, Any] = entry.get(field) or {}
            return found
    raise KubeconfigError(f"the kubeconfig has no {field} {name!r}")


def _bytes(section: Mapping[str, Any], field: str, folder: Path) -> bytes:
    try:
        if section.get(f"{field}-data"):
            return base64.b64decode(section[f"{field}-data"])
        if section.get(field):
            return (folder / str(section[field])).read_bytes()
    except (OSError, ValueError) as error:
        raise KubeconfigError(f"cannot read {field} of the kubeconfig: {error}") from error
    return b""
