"""The trust anchors of ClusterTrustBundles as one PEM file: normalized, each once, in an order that means nothing."""

import base64
import hashlib
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from kubewheel.api import errors, selectors
from kubewheel.kubelet.volumes.kinds import VolumeError
from kubewheel.libs.wire import Object

GROUP, RESOURCE = "certificates.k8s.io", "clustertrustbundles"
LINE = 64

_BLOCK = re.compile(r"-----BEGIN ([^-\n]+)-----\s*(.*?)-----END \1-----", re.DOTALL)


def blocks(text: str) -> list[bytes]:
    """Return the contents of the PEM blocks in `text`; what is between them and their headers do not count."""
    found = []
    for block in _BLOCK.finditer(text):
        lines = [line for line in block[2].splitlines() if ":" not in line]
        found.append(base64.b64decode("".join("".join(lines).split())))
    return found


def encode(contents: Iterable[bytes]) -> bytes:
    """Return certificates as PEM, nothing but them."""
    parts = []
    for content in contents:
        body = "\n".join(textwrap.wrap(base64.b64encode(content).decode(), LINE))
        parts.append(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    return "".join(parts).encode()


def select(bundles: Iterable[Object], source: Mapping[str, Any]) -> list[Object]:
    """Return the bundles that a projected source means; raise VolumeError if it means none and that is a fault."""
    optional = bool(source.get("optional"))
    name = source.get("name")
    if name is not None:
        found = [each for each in bundles if each["metadata"]["name"] == name]
        if not found and not optional:
            raise VolumeError(f"while getting ClusterTrustBundle: {errors.not_found(GROUP, RESOURCE, name)}")
        return found
    selector = selectors.from_object(source.get("labelSelector"))
    found = [
        each for each in bundles
        if each["spec"].get("signerName") == source.get("signerName")
        and selector.matches(each["metadata"].get("labels") or {})
    ]
    if not found and not optional:
        raise VolumeError("combination of signerName and labelSelector matched zero ClusterTrustBundles")
    return found


def anchors(bundles: Iterable[Object]) -> bytes:
    """Return all trust anchors of `bundles` as one file."""
    every = {content for bundle in bundles for content in blocks(bundle["spec"].get("trustBundle") or "")}
    # By their digests: nobody is to count on an order, and it must not change from one look to the next.
    return encode(sorted(every, key=lambda content: hashlib.sha256(content).digest()))
