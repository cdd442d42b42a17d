"""What a pod asks for and may use, as numbers that the kernel takes. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from kubewheel.api import quantity
from kubewheel.kubelet import pods
from kubewheel.kubelet.runtime import Resources
from kubewheel.libs import cgroups
from kubewheel.libs.wire import Object

MINIMUM_SHARES, SHARES_PER_CPU = 2, 1024
MINIMUM_QUOTA = 1000
GUARANTEED_OOM_SCORE, BEST_EFFORT_OOM_SCORE = -997, 1000
MILLI = 1000


class Qos(StrEnum):
    """Quality of service: who is killed last when memory runs out."""

    GUARANTEED = "Guaranteed"
    BURSTABLE = "Burstable"
    BEST_EFFORT = "BestEffort"


def amounts(container: Mapping[str, Any], side: str) -> dict[str, int]:
    """Return a container's requests or limits: cpu in thousandths, all else in whole units.

    Limits stand in for missing requests.
    """
    asked = container.get("resources") or {}
    merged = {**(asked.get("limits") or {}), **(asked.get("requests") or {})} if side == "requests" else asked.get(side)
    return {name: amount(name, value) for name, value in (merged or {}).items()}


def amount(name: str, value: str | float) -> int:
    """Return a quantity of resource `name`: cpu in thousandths, all else in whole units."""
    parsed = quantity.parse(value)
    return parsed.milli if name == "cpu" else parsed.value


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total.get(name, 0) + value
    return total


def _max(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in {*one, *other}}


def pod_total(pod: Object, side: str = "requests") -> dict[str, int]:
    """Return what a pod needs at its peak: all containers, or an init container and the sidecars before it."""
    running = _sum(amounts(container, side) for container in [*pods.containers(pod), *pods.sidecars(pod)])
    started: dict[str, int] = {}
    peak: dict[str, int] = {}
    for container in pods.init_containers(pod):
        need = amounts(container, side)
        if pods.is_sidecar(container):
            started = _sum((started, need))
            peak = _max(peak, started)
        else:
            peak = _max(peak, _sum((started, need)))
    total = _max(running, peak)
    pod_level = {"resources": pods.spec(pod).get("resources") or {}}
    total.update(amounts(pod_level, side))
    overhead = {name: amount(name, value) for name, value in (pods.spec(pod).get("overhead") or {}).items()}
    return _sum((total, overhead)) if side == "requests" or total else total


def qos_class(pod: Object) -> Qos:
    """Return the pod's quality of service."""
    asked = [container.get("resources") or {} for container in [*pods.containers(pod), *pods.init_containers(pod)]]
    if pods.spec(pod).get("resources"):
        asked = [pods.spec(pod)["resources"]]
    sides = [{**(each.get("requests") or {}), **(each.get("limits") or {})} for each in asked]
    if not any(name in side for side in sides for name in ("cpu", "memory")):
        return Qos.BEST_EFFORT
    return Qos.GUARANTEED if all(_is_guaranteed(each) for each in asked) else Qos.BURSTABLE


def _is_guaranteed(asked: Mapping[str, Any]) -> bool:
    limits, requests = asked.get("limits") or {}, asked.get("requests") or {}
    for name in ("cpu", "memory"):
        if name not in limits or quantity.parse(requests.get(name, limits[name])) != quantity.parse(limits[name]):
            return False
    return True


def shares(cpu_milli: int) -> int:
    """Return cpu.shares for thousandths of a processor."""
    return max(MINIMUM_SHARES, cpu_milli * SHARES_PER_CPU // MILLI)


def quota(cpu_milli: int) -> int:
    """Return cpu.cfs_quota_us for a limit; 0 for none."""
    return max(MINIMUM_QUOTA, cpu_milli * cgroups.CPU_PERIOD // MILLI) if cpu_milli else 0


def oom_score(pod: Object, container: Mapping[str, Any], memory_capacity: int) -> int:
    """Return how readily the kernel kills a container when memory runs out."""
    match qos_class(pod):
        case Qos.GUARANTEED:
            return GUARANTEED_OOM_SCORE
        case Qos.BEST_EFFORT:
            return BEST_EFFORT_OOM_SCORE
    requested = amounts(container, "requests").get("memory", 0)
    score = 1000 - 1000 * requested // max(1, memory_capacity)
    return min(max(score, 1000 + GUARANTEED_OOM_SCORE), BEST_EFFORT_OOM_SCORE - 1)


def of_container(pod: Object, container: Mapping[str, Any], memory_capacity: int) -> Resources:
    """Return a container's limits."""
    limits = amounts(container, "limits")
    cpu_limit = limits.get("cpu", 0)
    return Resources(
        cpu_period=cgroups.CPU_PERIOD if cpu_limit else 0, cpu_quota=quota(cpu_limit),
        cpu_shares=shares(amounts(container, "requests").get("cpu", 0)),
        memory_limit_bytes=limits.get("memory", 0), oom_score_adj=oom_score(pod, container, memory_capacity),
    )


def of_pod(pod: Object) -> cgroups.Limits:
    """Return the limits of the pod's own group: a sum is only a limit where every container has one."""
    limits = pod_total(pod, "limits")
    parts = [amounts(container, "limits") for container in [*pods.containers(pod), *pods.init_containers(pod)]]
    if pods.spec(pod).get("resources"):
        parts = [amounts({"resources": pods.spec(pod)["resources"]}, "limits")]
    bounded = {name: all(part.get(name) for part in parts) for name in ("cpu", "memory")}
    return cgroups.Limits(
        cpu_shares=shares(pod_total(pod).get("cpu", 0)),
        cpu_quota=quota(limits.get("cpu", 0)) if bounded["cpu"] else None,
        memory_bytes=limits.get("memory") if bounded["memory"] else None,
    )


def cgroup_of(root: str, pod: Object) -> str:
    """Return the path of the pod's group below `root`."""
    return f"{_parent(root, qos_class(pod))}/pod{pods.uid(pod)}"


def _parent(root: str, qos: Qos) -> str:
    return f"{root}/kubepods" if qos == Qos.GUARANTEED else f"{root}/kubepods/{qos.lower()}"


def remove_cgroups(root: str, pod_uid: str) -> None:
    """Remove a pod's group, whatever its quality of service was. Blocks."""
    for qos in Qos:
        cgroups.remove(f"{_parent(root, qos)}/pod{pod_uid}")


def pods_with_cgroups(root: str) -> set[str]:
    """Return the uids of the pods that have a group below `root`."""
    names = {name for qos in Qos for name in cgroups.children(_parent(root, qos))}
    return {name.removeprefix("pod") for name in names if name.startswith("pod")}
