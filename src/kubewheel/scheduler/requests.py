"""What a pod asks of a node: the sum of its containers, or what its init containers need at their worst moment.

Rules: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers and
.../sidecar-containers/; pod-level requests replace the sum, overhead comes on top.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubewheel.api import quantity
from kubewheel.libs.wire import Object

CPU = "cpu"
MEMORY = "memory"
PODS = "pods"

# What a container without a request is taken to use when nodes are compared, so that not all of them land on one.
ASSUMED = {CPU: 100, MEMORY: 200 * 1024 * 1024}
_NONE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Requests:
    """Amounts: CPU in thousandths of a core, everything else in whole units."""

    cpu: int = 0
    memory: int = 0
    others: Mapping[str, int] = field(default_factory=dict)
    assumed_cpu: int = ASSUMED[CPU]
    assumed_memory: int = ASSUMED[MEMORY]


def amounts(listed: Mapping[str, str] | None) -> dict[str, int]:
    """Return a resource list as integers."""
    return {
        name: quantity.parse(value).milli if name == CPU else quantity.parse(value).value
        for name, value in (listed or _NONE).items()
    }


def of_spec(spec: Object) -> Requests:
    """Return what a pod of this spec asks for."""
    total = _total(spec, _NONE)
    assumed = _total(spec, ASSUMED)
    others = {name: amount for name, amount in total.items() if name not in (CPU, MEMORY) and amount}
    return Requests(total.get(CPU, 0), total.get(MEMORY, 0), others, assumed.get(CPU, 0), assumed.get(MEMORY, 0))


def _total(spec: Object, missing: Mapping[str, int]) -> dict[str, int]:
    whole = amounts((spec.get("resources") or {}).get("requests"))
    missing = {name: amount for name, amount in missing.items() if name not in whole}
    sidecars: dict[str, int] = {}
    peak: dict[str, int] = {}
    for container in spec.get("initContainers") or ():
        wanted = _of_container(container, missing)
        if container.get("restartPolicy") == "Always":
            _add(sidecars, wanted)
            wanted = {}
        _add(wanted, sidecars)
        _raise(peak, wanted)
    total = dict(sidecars)
    for container in spec.get("containers") or ():
        _add(total, _of_container(container, missing))
    _raise(total, peak)
    total.update((name, amount) for name, amount in whole.items() if _is_pod_level(name))
    _add(total, amounts(spec.get("overhead")))
    return total


def _of_container(container: Object, missing: Mapping[str, int]) -> dict[str, int]:
    return {**missing, **amounts((container.get("resources") or {}).get("requests"))}


def _is_pod_level(name: str) -> bool:
    return name in (CPU, MEMORY) or name.startswith("hugepages-")


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _raise(total: dict[str, int], least: Mapping[str, int]) -> None:
    for name, amount in least.items():
        if amount > total.get(name, 0):
            total[name] = amount
