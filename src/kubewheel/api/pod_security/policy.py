"""The policy of a namespace: which standard is enforced, which is only warned of or audited. Labels say so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from kubewheel.api.errors import FieldError

PREFIX = "pod-security.kubernetes.io/"
VERSION = re.compile(r"v1\.(0|[1-9][0-9]*)\Z")
LATEST = "latest"
Parsed = TypeVar("Parsed")


class Level(StrEnum):
    """How much is allowed, from all to little."""

    PRIVILEGED = "privileged"
    BASELINE = "baseline"
    RESTRICTED = "restricted"


STRICTNESS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Standard:
    """A level in the version of Kubernetes 1.`minor`; None is the newest."""

    level: Level
    minor: int | None = None

    def __str__(self) -> str:
        return f"{self.level}:{LATEST if self.minor is None else f'v1.{self.minor}'}"

    @property
    def allows_all(self) -> bool:
        """Tell whether no pod can violate it."""
        return self.level is Level.PRIVILEGED

    def is_laxer_or_equal(self, other: "Standard") -> bool:
        """Tell whether it is of the same version as `other`, and of a level that is not above."""
        return self.minor == other.minor and STRICTNESS.index(self.level) <= STRICTNESS.index(other.level)


OPEN = Standard(Level.PRIVILEGED)


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens to pods in a namespace."""

    enforce: Standard = OPEN
    audit: Standard = OPEN
    warn: Standard = OPEN

    @property
    def allows_all(self) -> bool:
        """Tell whether it never does anything."""
        return self.enforce.allows_all and self.audit.allows_all and self.warn.allows_all


UNLABELLED = Policy()


def parse_level(text: str) -> Level:
    """Return the level of that name; raise ValueError if there is none."""
    try:
        return Level(text)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(Level)}") from None


def parse_version(text: str) -> int | None:
    """Return the minor version that `text` names, None for the newest; raise ValueError if it is none."""
    if text == LATEST:
        return None
    found = VERSION.match(text)
    if found is None:
        raise ValueError('must be "latest" or "v1.x"')
    return int(found[1])


def of_labels(labels: Mapping[str, str], defaults: Policy) -> tuple[Policy, list[FieldError]]:
    """Return the policy of a namespace with these labels, and what is wrong with them.

    A level that is not understood enforces the strictest, but warns and audits nothing.
    """
    faults: list[FieldError] = []
    if not any(name.startswith(PREFIX) for name in labels):
        return defaults, faults

    def read(mode: str, standard: Standard, fallback: Level) -> Standard:
        name = PREFIX + mode
        level = _read(labels, name, parse_level, standard.level, fallback, faults)
        return replace(
            standard, level=level, minor=_read(labels, f"{name}-version", parse_version, standard.minor, None, faults)
        )

    return Policy(
        read("enforce", defaults.enforce, Level.RESTRICTED), read("audit", defaults.audit, Level.PRIVILEGED),
        read("warn", defaults.warn, Level.PRIVILEGED),
    ), faults


def _read(
    labels: Mapping[str, str], name: str, parse: Callable[[str], Parsed], default: Parsed, fallback: Parsed,
    faults: list[FieldError],
) -> Parsed:
    if name not in labels:
        return default
    try:
        return parse(labels[name])
    except ValueError as error:
        faults.append(FieldError(f"metadata.labels[{name}]", "Invalid value", labels[name], str(error)))
        return fallback
