"""References to images of containers."""

import re
from collections.abc import Sequence
from typing import Any

from kubewheel.libs.cel import Failure
from kubewheel.libs.cel.signatures import Row, traversal
from kubewheel.libs.cel.values import Opaque

DOCKER = "index.docker.io"
_REFERENCE = re.compile(
    r"(?:(?P<registry>[A-Za-z0-9.-]*[.:][A-Za-z0-9.-]*(?::\d+)?|[A-Za-z0-9.-]+:\d+|localhost)/)?"
    r"(?P<repository>[a-z0-9_.-]+(?:/[a-z0-9_.-]+)*)(?::(?P<tag>[\w][\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Image(Opaque):
    """A reference; a digest says more than a tag."""

    kind = "kubernetes.Image"

    def __init__(self, registry: str, repository: str, tag: str, digest: str) -> None:
        self.registry, self.repository, self.tag, self.digest = registry, repository, tag, digest

    def key(self) -> Any:
        return self.registry, self.repository, self.tag, self.digest


def _image(text: str) -> Image:
    match = _REFERENCE.fullmatch(text)
    if match is None or len(match["repository"]) < 2:
        raise Failure(f"could not parse reference: {text}")
    registry, repository, digest = match["registry"] or DOCKER, match["repository"], match["digest"] or ""
    if registry in (DOCKER, "docker.io") and "/" not in repository:
        repository = f"library/{repository}"
    return Image(registry, repository, "" if digest else match["tag"] or "latest", digest)


def _is_image(text: str) -> bool:
    try:
        _image(text)
    except Failure:
        return False
    return True


def _part(name: str) -> Row:
    return name, "kubernetes.Image.() string", lambda value: getattr(value, name)


FUNCTIONS: Sequence[Row] = (
    ("image", "(string) kubernetes.Image", _image, traversal()), ("isImage", "(string) bool", _is_image, traversal()),
    ("containsDigest", "kubernetes.Image.() bool", lambda value: bool(value.digest)),
    _part("registry"), _part("repository"), _part("tag"), _part("digest"),
    ("identifier", "kubernetes.Image.() string", lambda value: value.digest or value.tag),
)
