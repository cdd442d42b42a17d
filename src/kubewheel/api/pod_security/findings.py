"""What a check finds, and the words for it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.libs.wire import Object

CONTAINER_FIELDS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a pod violates a standard: in short, and with names and values."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


Check = Callable[[Object, Object], Finding | None]
"""Judges a pod by its metadata and its spec."""


def containers(spec: Object) -> Iterator[Object]:
    """Yield all containers, in upstream's order."""
    for field in CONTAINER_FIELDS:
        yield from spec.get(field) or ()


def context(owner: Object) -> Object:
    """Return the security context of a pod's spec or of a container."""
    found: Object = owner.get("securityContext") or {}
    return found


def named(count: int, one: str, many: str) -> str:
    """Return the noun that fits `count`."""
    return one if count == 1 else many


def quoted(names: Iterable[Any]) -> str:
    """Return names in quotes, by comma."""
    return ", ".join(f'"{name}"' for name in names)


def offenders(spec: Object, is_bad: Callable[[Object], bool]) -> list[str]:
    """Return the names of containers whose security context is bad."""
    return [each["name"] for each in containers(spec) if is_bad(context(each))]


def these(names: Sequence[str], noun: str = "container") -> str:
    """Return `containers "a", "b"`."""
    return f"{named(len(names), noun, noun + 's')} {quoted(names)}"


def setters(spec: Object, is_bad: Callable[[Object], bool]) -> str:
    """Return who has a bad security context, as `pod and container "a"`; empty if nobody."""
    found = ["pod"] if is_bad(context(spec)) else []
    names = offenders(spec, is_bad)
    return " and ".join([*found, *([these(names)] if names else [])])


def values(spec: Object, read: Callable[[Object], Iterable[str]], *, with_pod: bool = True) -> list[str]:
    """Return what `read` finds in all security contexts, sorted."""
    owners = [spec, *containers(spec)] if with_pod else list(containers(spec))
    return sorted({value for owner in owners for value in read(context(owner))})
