"""Credentials for pulling: which of a pod's pull secrets fit an image. Pure."""

import base64
import binascii
import fnmatch
import json
from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.kubelet import environment, image_names
from kubewheel.kubelet.runtime import Credentials
from kubewheel.libs.wire import Object

DOCKER_HUB = {"index.docker.io", "registry-1.docker.io", "docker.io"}


def _entries(secret: Object) -> Mapping[str, Any]:
    """Return the registries of one pull secret; nothing if it is none or broken."""
    data = environment.decoded(secret)
    try:
        if secret.get("type") == "kubernetes.io/dockerconfigjson":
            return dict(json.loads(data[".dockerconfigjson"]).get("auths") or {})
        if secret.get("type") == "kubernetes.io/dockercfg":
            return dict(json.loads(data[".dockercfg"]))
    except (KeyError, ValueError, AttributeError):
        pass
    return {}


def _place(registry: str) -> tuple[str, str]:
    """Return host and path of a registry as secrets write it: a URL, a host, or a host and path."""
    bare = registry.partition("://")[2] if "://" in registry else registry
    host, _, path = bare.rstrip("/").partition("/")
    if path.split("/", 1)[0] in ("v1", "v2"):
        path = path.partition("/")[2]
    return ("docker.io" if host in DOCKER_HUB else host), path


def _fits(registry: str, image: image_names.ImageName) -> bool:
    host, path = _place(registry)
    same_parts = host.count(".") == image.registry.count(".")
    if host != image.registry and not (same_parts and fnmatch.fnmatchcase(image.registry, host)):
        return False
    return not path or image.repository == path or image.repository.startswith(path + "/")


def _credentials(entry: Mapping[str, Any]) -> Credentials:
    username, password = str(entry.get("username", "")), str(entry.get("password", ""))
    if entry.get("auth") and not username:
        try:
            username, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            pass
    return Credentials(username, password, identity_token=str(entry.get("identitytoken", "")))


def find(image: str, secrets: Iterable[Object]) -> list[Credentials]:
    """Return the credentials that fit `image`, those for the longest path first."""
    name = image_names.parse(image)
    found = [
        (registry, _credentials(entry)) for secret in secrets for registry, entry in _entries(secret).items()
        if isinstance(entry, Mapping) and _fits(registry, name)
    ]
    found.sort(key=lambda each: len(_place(each[0])[1]), reverse=True)
    return list(dict.fromkeys(credentials for _, credentials in found))
