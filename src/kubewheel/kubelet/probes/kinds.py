"""What probe kinds share: what to check, and what came out."""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from kubewheel.kubelet.runtime import Containers
from kubewheel.kubelet.targets import Target

ACTIONS = ("exec", "httpGet", "tcpSocket", "grpc")


@dataclass(frozen=True, slots=True)
class Result:
    """What a probe found out; `error` means that it could not find out anything."""

    success: bool
    output: str = ""
    error: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One probe to carry out within `seconds`."""

    target: Target
    action: Mapping[str, Any]
    seconds: float
    runtime: Containers


class Kind(Protocol):
    """A probe kind's module."""

    async def probe(self, check: Check) -> Result:
        """Carry out the probe."""
        ...


def action_of(probe: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the kind of a probe and its settings."""
    for name in ACTIONS:
        if probe.get(name) is not None:
            return name, probe[name]
    return "", {}


async def run(check: Check, field: str) -> Result:
    """Carry out a probe of the kind that `field` names."""
    name = re.sub(r"([A-Z])", r"_\1", field).lower()
    path = f"{__package__}.{name}"
    if not field or find_spec(path) is None:
        return Result(False, f"missing probe handler for {check.target.container['name']}", error=True)
    kind: Kind = importlib.import_module(path)
    return await kind.probe(check)
