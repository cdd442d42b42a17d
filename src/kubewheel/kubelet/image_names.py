"""Names of images: registry, repository, tag and digest, and what makes one invalid.

Grammar: https://github.com/distribution/reference. Pure.
"""

import re
from dataclasses import dataclass

DEFAULT_REGISTRY, DEFAULT_NAMESPACE, DEFAULT_TAG = "docker.io", "library", "latest"
NAME_LIMIT = 255
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_NAME = re.compile(rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)")
_TAG = re.compile(r"[\w][\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")


@dataclass(frozen=True, slots=True)
class ImageName:
    """A complete name."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


def _split(name: str) -> tuple[str, str, str]:
    """Return name, tag, digest as written."""
    rest, _, digest = name.partition("@")
    slash, colon = rest.rfind("/"), rest.rfind(":")
    if colon > slash:
        return rest[:colon], rest[colon + 1 :], digest
    return rest, "", digest


def parse(name: str) -> ImageName:
    """Return the complete name that `name` is short for; raise ValueError with upstream's message."""
    rest, tag, digest = _split(name)
    bad_tag = (":" in name.rpartition("/")[2].partition("@")[0]) and not _TAG.fullmatch(tag)
    if not rest or bad_tag or ("@" in name and not _DIGEST.fullmatch(digest)):
        raise ValueError("invalid reference format")
    first, slash, remainder = rest.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first.lower() != first):
        registry, repository = first, remainder
    else:
        registry, repository = DEFAULT_REGISTRY, rest
    if registry in ("index.docker.io", DEFAULT_REGISTRY):
        registry = DEFAULT_REGISTRY
        repository = repository if "/" in repository else f"{DEFAULT_NAMESPACE}/{repository}"
    if repository != repository.lower():
        raise ValueError(f"invalid reference format: repository name ({repository}) must be lowercase")
    found = _NAME.fullmatch(f"{registry}/{repository}")
    if found is None or len(repository) > NAME_LIMIT:
        raise ValueError("invalid reference format")
    return ImageName(registry, repository, tag or ("" if digest else DEFAULT_TAG), digest)


def default_pull_policy(name: str) -> str:
    """Return the policy of a container that names none."""
    _, tag, digest = _split(name)
    return "Always" if not digest and tag in ("", DEFAULT_TAG) else "IfNotPresent"
