"""What a pod asks of a node, as whole numbers; and what it is taken to use, for comparing nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api import pods, quantity
from kubewheel.api.quantity import Quantity
from kubewheel.libs.wire import Object

CPU = "cpu"
MEMORY = "memory"
PODS = "pods"

# What a container without a request is taken to use when nodes are compared, so that not all of them land on one.
ASSUMED = {CPU: "100m", MEMORY: "200Mi"}


@dataclass(frozen=True, slots=True)
class Requests:
    """Amounts: CPU in thousandths of a core, everything else in whole units."""

    cpu: int = 0
    memory: int = 0
    others: Mapping[str, int] = field(default_factory=dict)
    assumed_cpu: int = 0
    assumed_memory: int = 0


def amounts(listed: Mapping[str, str] | None) -> dict[str, int]:
    """Return a resource list as integers."""
    return _whole({name: quantity.parse(value) for name, value in (listed or {}).items()})


def _whole(listed: Mapping[str, Quantity]) -> dict[str, int]:
    return {name: amount.milli if name == CPU else amount.value for name, amount in listed.items()}


def of_spec(spec: Object) -> Requests:
    """Return what a pod of this spec asks for."""
    total = _whole(pods.requests(spec))
    assumed = _whole(pods.requests(_filled(spec)))
    others = {name: amount for name, amount in total.items() if name not in (CPU, MEMORY) and amount}
    return Requests(total.get(CPU, 0), total.get(MEMORY, 0), others, assumed.get(CPU, 0), assumed.get(MEMORY, 0))


def _filled(spec: Object) -> Object:
    """Return a spec whose containers all request CPU and memory."""
    whole = (spec.get("resources") or {}).get("requests") or {}
    missing = {name: amount for name, amount in ASSUMED.items() if name not in whole}
    filled: dict[str, Any] = dict(spec)
    for name in ("initContainers", "containers"):
        filled[name] = [
            {**each, "resources": {"requests": missing | ((each.get("resources") or {}).get("requests") or {})}}
            for each in spec.get(name) or ()
        ]
    return filled
