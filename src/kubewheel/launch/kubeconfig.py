"""Client configurations: one per component, the user's own, and a context in the user's file.

Format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kubewheel.launch import pki
from kubewheel.libs import tls

SECTIONS = {"clusters": "cluster", "users": "user", "contexts": "context"}


def make(server: str, folder: Path, certificate: str, name: str, user: str) -> dict[str, Any]:
    """Return a configuration for `server` with the certificate called `certificate` embedded."""
    certificate_path, key_path = pki.paths(folder, certificate)
    authority_path, _ = pki.paths(folder, pki.AUTHORITY)
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {
            "server": server, "certificate-authority-data": _embedded(authority_path),
        }}],
        "users": [{"name": user, "user": {
            "client-certificate-data": _embedded(certificate_path), "client-key-data": _embedded(key_path),
        }}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
        "preferences": {},
    }


def write(path: Path, config: Mapping[str, Any]) -> None:
    """Write `config` to `path`, readable for the owner only, unless it is there already."""
    content = yaml.safe_dump(dict(config), sort_keys=False).encode()
    if not path.exists() or path.read_bytes() != content or path.stat().st_mode & 0o077:
        tls.write_private(path, content)


def user_file(environment: Mapping[str, str]) -> Path:
    """Return the file that kubectl changes: the first of $KUBECONFIG, or ~/.kube/config."""
    listed = [entry for entry in environment.get("KUBECONFIG", "").split(os.pathsep) if entry]
    return Path(listed[0]) if listed else Path(environment.get("HOME") or Path.home()) / ".kube" / "config"


def merge(path: Path, config: Mapping[str, Any]) -> str:
    """Add the entries of `config` to the file at `path` and make its context the current one.

    Entries of other names stay as they are. Return the context that was current before, or an empty string.
    Raises ValueError if the file holds something else than a client configuration.
    """
    existing = _load(path)
    for section in SECTIONS:
        names = {entry["name"] for entry in config[section]}
        kept = [entry for entry in existing.get(section) or [] if entry.get("name") not in names]
        existing[section] = [*kept, *config[section]]
    before = str(existing.get("current-context") or "")
    existing["current-context"] = config["current-context"]
    write(path, existing)
    return before


def remove(path: Path, name: str, user: str, before: str) -> None:
    """Take the entries called `name` and `user` out of the file at `path`; the context `before` is current again."""
    if not path.exists():
        return
    existing = _load(path)
    for section in SECTIONS:
        gone = user if section == "users" else name
        existing[section] = [entry for entry in existing.get(section) or [] if entry.get("name") != gone]
    if existing.get("current-context") == name:
        known = {entry.get("name") for entry in existing["contexts"]}
        existing["current-context"] = before if before in known else ""
    if any(existing[section] for section in SECTIONS):
        write(path, existing)
    else:
        path.unlink()


def _load(path: Path) -> dict[str, Any]:
    empty: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "preferences": {}}
    if not path.exists():
        return empty
    try:
        existing = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML: {error}") from error
    if not isinstance(existing, dict) or existing.get("kind", "Config") != "Config":
        raise ValueError(f"{path} is no client configuration")
    return {**empty, **existing}


def _embedded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
