"""The Node object of this agent: labels, capacity, addresses, conditions. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubewheel.api import quantity
from kubewheel.kubelet.machine import Machine
from kubewheel.kubelet.runtime import Image, RuntimeVersion
from kubewheel.kubelet.settings import KubeletSettings
from kubewheel.libs.clock import rfc3339
from kubewheel.libs.wire import Object

Fields = dict[str, Any]
IMAGES_SHOWN = 50
NO_NETWORK = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:{message}"
LEAST_MEMORY_BYTES = 100 << 20
LEAST_DISK_SHARE = 0.10
LEAST_PIDS = 1000


@dataclass(frozen=True, slots=True)
class Health:
    """How the node fares."""

    runtime: RuntimeVersion | None = None  # None: it does not answer
    runtime_problem: str = ""
    network_problem: str = ""
    memory_available: int = LEAST_MEMORY_BYTES
    disk_free_share: float = 1.0
    pids_free: int = LEAST_PIDS
    images: tuple[Image, ...] = field(default=())


def labels(settings: KubeletSettings, machine: Machine) -> dict[str, str]:
    """Return the labels that the agent answers for."""
    return {
        "kubernetes.io/hostname": settings.hostname or settings.node_name, "kubernetes.io/os": "linux",
        "kubernetes.io/arch": machine.architecture, "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/arch": machine.architecture, **settings.labels,
    }


def capacity(settings: KubeletSettings, machine: Machine) -> dict[str, str]:
    """Return what the node has."""
    return {**machine.capacity(settings.max_pods), **settings.capacity}


def allocatable(settings: KubeletSettings, machine: Machine) -> dict[str, str]:
    """Return what pods can have of it."""
    result = {}
    for name, value in capacity(settings, machine).items():
        reserved = quantity.of(settings.reserved.get(name))
        result[name] = str(quantity.parse(value) - reserved) if reserved.nanos else value
    return result


def _condition(kind: str, *, holds: bool, reason: str, message: str) -> Fields:
    return {"type": kind, "status": "True" if holds else "False", "reason": reason, "message": message}


def conditions(health: Health) -> list[Fields]:
    """Return the node's conditions without their times."""
    problem = health.runtime_problem
    if not problem and health.network_problem:
        problem = NO_NETWORK.format(message=health.network_problem)
    memory = health.memory_available < LEAST_MEMORY_BYTES
    disk = health.disk_free_share < LEAST_DISK_SHARE
    pids = health.pids_free < LEAST_PIDS
    return [
        _condition("MemoryPressure", holds=memory,
                   reason="KubeletHasInsufficientMemory" if memory else "KubeletHasSufficientMemory",
                   message=f"kubelet has {'insufficient' if memory else 'sufficient'} memory available"),
        _condition("DiskPressure", holds=disk,
                   reason="KubeletHasDiskPressure" if disk else "KubeletHasNoDiskPressure",
                   message=f"kubelet has {'disk' if disk else 'no disk'} pressure"),
        _condition("PIDPressure", holds=pids,
                   reason="KubeletHasInsufficientPID" if pids else "KubeletHasSufficientPID",
                   message=f"kubelet has {'insufficient' if pids else 'sufficient'} PID available"),
        _condition("Ready", holds=not problem, reason="KubeletNotReady" if problem else "KubeletReady",
                   message=problem or "kubelet is posting ready status"),
    ]


def with_times(fresh: Iterable[Fields], told: Iterable[Mapping[str, Any]], now: float) -> list[Fields]:
    """Return conditions with their times; other parts' conditions are left to them."""
    known = {each.get("type"): each for each in told}
    result = []
    for condition in fresh:
        old = known.get(condition["type"], {})
        changed = old.get("lastTransitionTime") if old.get("status") == condition["status"] else None
        result.append({
            **condition, "lastHeartbeatTime": rfc3339(now), "lastTransitionTime": changed or rfc3339(now),
        })
    return result


def _images(images: Iterable[Image]) -> list[Fields]:
    largest = sorted(images, key=lambda image: image.size_bytes, reverse=True)[:IMAGES_SHOWN]
    return [
        {"names": [*image.digests, *image.tags], "sizeBytes": image.size_bytes}
        for image in largest if image.digests or image.tags
    ]


def status(settings: KubeletSettings, machine: Machine, health: Health, told: Object, now: float) -> Fields:
    """Return the node's status: everything that the agent answers for."""
    runtime = f"{health.runtime.name}://{health.runtime.version}" if health.runtime else ""
    old = told.get("status") or {}
    if not runtime:
        runtime = (old.get("nodeInfo") or {}).get("containerRuntimeVersion", "")
    return {
        "capacity": capacity(settings, machine), "allocatable": allocatable(settings, machine),
        "addresses": [
            {"type": "InternalIP", "address": settings.node_ip},
            {"type": "Hostname", "address": settings.hostname or settings.node_name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": settings.port}},
        "nodeInfo": machine.node_info(runtime, settings.version),
        "conditions": with_times(conditions(health), old.get("conditions") or (), now),
        "images": _images(health.images),
    }


def node(settings: KubeletSettings, machine: Machine) -> Fields:
    """Return the object to register."""
    spec: Fields = {}
    if settings.taints:
        spec["taints"] = [dict(taint) for taint in settings.taints]
    if settings.provider_id:
        spec["providerID"] = settings.provider_id
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": settings.node_name, "labels": labels(settings, machine),
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true", **settings.annotations},
        },
        "spec": spec,
    }


def _timeless(found: Mapping[str, Any]) -> Fields:
    conditions_told = [
        {name: value for name, value in each.items() if name != "lastHeartbeatTime"}
        for each in found.get("conditions") or ()
    ]
    return {**found, "conditions": sorted(conditions_told, key=lambda each: str(each.get("type")))}


def differs(fresh: Fields, told: Mapping[str, Any]) -> bool:
    """Return whether the API is to be told before the next regular report."""
    ours = {each["type"] for each in fresh["conditions"]}
    known = {name: told.get(name) for name in fresh}
    known["conditions"] = [each for each in told.get("conditions") or () if each.get("type") in ours]
    return _timeless(fresh) != _timeless({name: value or fresh[name].__class__() for name, value in known.items()})
