"""Questions about pods that several components ask: are they alive, ready, bound, and what do they ask for."""

from collections.abc import Iterator, Mapping
from typing import Any

from kubewheel.api import conditions, quantity
from kubewheel.api.quantity import Quantity
from kubewheel.libs.wire import Object

Amounts = dict[str, Quantity]

READY = "Ready"
RESIZE_PENDING, INFEASIBLE = "PodResizePending", "Infeasible"  # a condition, and its reason
POD_LEVEL = ("cpu", "memory")  # What `spec.resources` of a pod may set for all of its containers, beside huge pages.


def phase(pod: Object) -> str:
    """Return the phase; a pod without status is pending."""
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_terminal(pod: Object) -> bool:
    """Return whether the pod has ended for good."""
    return phase(pod) in ("Succeeded", "Failed")


def is_deleting(pod: Object) -> bool:
    """Return whether the pod's deletion was asked for."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def is_active(pod: Object) -> bool:
    """Return whether the pod counts as a live replica: neither ended nor being deleted."""
    return not is_terminal(pod) and not is_deleting(pod)


def is_ready(pod: Object) -> bool:
    """Return whether the pod's Ready condition holds."""
    return conditions.is_true(pod, READY)


def node_name(pod: Object) -> str:
    """Return the node that the pod is bound to; empty if none yet."""
    return str((pod.get("spec") or {}).get("nodeName") or "")


def is_sidecar(container: Object) -> bool:
    """Return whether an init container keeps running beside the others."""
    return bool(container.get("restartPolicy") == "Always")


def all_containers(spec: Object) -> Iterator[Mapping[str, Any]]:
    """Yield init containers, containers and ephemeral containers of a pod's spec."""
    for field in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(field) or ()


def host_ports(spec: Object) -> Iterator[tuple[str, str, int]]:
    """Yield (host IP, protocol, port) for every port of the node that a pod occupies; no IP means all of them."""
    for field in ("initContainers", "containers"):
        for container in spec.get(field) or ():
            if field == "initContainers" and not is_sidecar(container):
                continue
            for port in container.get("ports") or ():
                if port.get("hostPort"):
                    yield port.get("hostIP") or "", port.get("protocol") or "TCP", port["hostPort"]


def requests(spec: Object) -> Amounts:
    """Return what a pod asks a node for, all containers and overhead together."""
    return _effective(spec, "requests")


def held_spec(pod: Object) -> Object:
    """Return the spec of a pod with requests for all that its node keeps for it, while its containers are resized.

    What shrinks is not free yet, what grows is spoken for, unless its node can never have it.
    """
    statuses = pod.get("status") or {}
    listed = [*(statuses.get("containerStatuses") or ()), *(statuses.get("initContainerStatuses") or ())]
    told = {each["name"]: each for each in listed if each.get("allocatedResources")}
    spec: Object = pod.get("spec") or {}
    if not told:
        return spec
    reasons = [each.get("reason") for each in statuses.get("conditions") or () if each.get("type") == RESIZE_PENDING]
    changed: dict[str, Any] = {}
    for kind in ("containers", "initContainers"):
        before = spec.get(kind) or []
        after = [_held(each, told.get(each["name"]), hopeless=INFEASIBLE in reasons) for each in before]
        if any(one is not other for one, other in zip(before, after, strict=True)):
            changed[kind] = after
    return {**spec, **changed} if changed else spec


def _held(container: Object, status: Object | None, *, hopeless: bool) -> Object:
    """Return a container with the greatest of what it asks for, is allocated, and has."""
    if status is None:
        return container
    needs = container.get("resources") or {}
    asked, allocated = needs.get("requests") or {}, status["allocatedResources"]
    has = (status.get("resources") or {}).get("requests") or {}
    if asked == allocated and has in ({}, asked):
        return container
    requests = dict(allocated) if hopeless else dict(asked)
    for other in (allocated, has):
        for name, value in other.items():
            if name not in requests or quantity.parse(value) > quantity.parse(requests[name]):
                requests[name] = value
    return {**container, "resources": {**needs, "requests": requests}}


def limits(spec: Object) -> Amounts:
    """Return what a pod may use at most; a resource that some container leaves open appears as far as it is given."""
    return _effective(spec, "limits")


def _effective(spec: Object, side: str) -> Amounts:
    """Return the sum of what runs at the same time, at its peak.

    Init containers run one by one, each beside the sidecars that were started before it; then all sidecars run beside
    the containers. Amounts at the level of the pod replace the sums.
    """
    together: Amounts = {}
    for container in spec.get("containers") or ():
        _add(together, _amounts(container, side))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = _amounts(container, side)
        if is_sidecar(container):
            _add(together, own)
            _add(sidecars, own)
            own = {}
        _raise_to(peak, _sum(own, sidecars))
    _raise_to(together, peak)
    for name, amount in _amounts(spec, side).items():
        if name in POD_LEVEL or name.startswith("hugepages-"):
            together[name] = amount
    overhead = {name: quantity.parse(value) for name, value in (spec.get("overhead") or {}).items()}
    for name, amount in overhead.items():
        # Overhead adds to limits only where there is one: no limit stays no limit.
        if side == "requests" or name in together:
            _add(together, {name: amount})
    return together


def _amounts(part: Object, side: str) -> Amounts:
    given = (part.get("resources") or {}).get(side) or {}
    return {name: quantity.parse(value) for name, value in given.items()}


def _add(total: Amounts, more: Amounts) -> None:
    for name, amount in more.items():
        total[name] = total[name] + amount if name in total else amount


def _sum(one: Amounts, other: Amounts) -> Amounts:
    total = dict(one)
    _add(total, other)
    return total


def _raise_to(total: Amounts, least: Amounts) -> None:
    for name, amount in least.items():
        if name not in total or total[name] < amount:
            total[name] = amount
