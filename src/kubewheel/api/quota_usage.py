"""What objects cost a namespace: which of the names in a ResourceQuota an object uses, and how much of each.

https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kubewheel.api import pods, qos, quantity
from kubewheel.api.validation import resource_names
from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object

Amounts = dict[str, quantity.Quantity]
ONE = quantity.Quantity(quantity.NANO)

PLAIN_COUNTS = frozenset(("configmaps", "secrets", "replicationcontrollers", "resourcequotas"))
CLASS_STORAGE = ".storageclass.storage.k8s.io/requests.storage"
CLASS_CLAIMS = ".storageclass.storage.k8s.io/persistentvolumeclaims"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_POD_NAMES = frozenset((
    "pods", *_COMPUTE, *(f"requests.{name}" for name in _COMPUTE), *(f"limits.{name}" for name in _COMPUTE),
))
# If a quota names one of these, each container has to say how much of it it needs.
_DEMANDED = frozenset(("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"))


@dataclass(frozen=True, slots=True)
class Meter:
    """Measures the objects of one resource.

    `tracks` tells whether it measures a name of a quota, `is_in_scope` judges one expression of a scope selector.
    `reads_content` is false if knowing that an object exists is enough.
    """

    tracks: Callable[[str], bool]
    measure: Callable[[Object, float], Amounts]
    is_in_scope: Callable[[Object, Object], bool]
    reads_content: bool = True


def amounts(values: Mapping[str, Any] | None) -> Amounts:
    """Return quantities from their notation."""
    return {name: quantity.of(value) for name, value in (values or {}).items()}


def hard(quota: Object) -> Amounts:
    """Return what is enforced: what the status says."""
    return amounts((quota.get("status") or {}).get("hard"))


def used(quota: Object) -> Amounts:
    """Return what the status says is used."""
    return amounts((quota.get("status") or {}).get("used"))


def concerns(meter: Meter, quota: Object, obj: Object, names: Iterable[str]) -> bool:
    """Return whether a quota with these names counts `obj`."""
    return any(map(meter.tracks, names)) and all(meter.is_in_scope(each, obj) for each in scopes(quota))


def scopes(quota: Object) -> Iterator[Mapping[str, Any]]:
    """Yield the scopes of a quota, all as expressions."""
    spec = quota.get("spec") or {}
    for scope in spec.get("scopes") or ():
        yield {"scopeName": scope, "operator": "Exists"}
    yield from (spec.get("scopeSelector") or {}).get("matchExpressions") or ()


@lru_cache(maxsize=512)
def meter_of(resource: str) -> Meter:
    """Return the meter of a resource, which is named `plural` or `plural.group`."""
    special = _SPECIAL.get(resource)
    if special is not None:
        return special
    names = (f"count/{resource}", *({resource} & PLAIN_COUNTS))

    def count(_obj: Object, _now: float) -> Amounts:
        return dict.fromkeys(names, ONE)

    return Meter(frozenset(names).__contains__, count, _is_never_in_scope, reads_content=False)


def resource_of(name: str) -> str:
    """Return the resource whose objects use up the quota's `name`."""
    if name.startswith("count/"):
        return name.removeprefix("count/")
    if name in PLAIN_COUNTS:
        return name
    return next((resource for resource, meter in _SPECIAL.items() if meter.tracks(name)), "")


def _is_never_in_scope(_expression: Object, _obj: Object) -> bool:
    return False


# Pods


def _tracks_pod(name: str) -> bool:
    if name in _POD_NAMES or name == "count/pods" or name.startswith(("hugepages-", "requests.hugepages-")):
        return True
    return name.startswith("requests.") and not resource_names.is_native(name)


def measure_pod(pod: Object, now: float) -> Amounts:
    """Return what a pod uses: nothing but its existence once it has ended."""
    found = {"count/pods": ONE}
    if not pods.is_terminal(pod) and not _has_outstayed(pod, now):
        spec = pods.held_spec(pod)
        found["pods"] = ONE
        found |= _compute(pods.requests(spec), pods.limits(spec))
    return found


def _has_outstayed(pod: Object, now: float) -> bool:
    """Return whether the pod's node should have ended it by now."""
    metadata = pod["metadata"]
    deleted, grace = metadata.get("deletionTimestamp"), metadata.get("deletionGracePeriodSeconds")
    return bool(deleted) and grace is not None and now > parse_rfc3339(deleted) + grace


def _compute(requests: Amounts, limits: Amounts) -> Amounts:
    found: Amounts = {}
    for name, amount in requests.items():
        if name in _COMPUTE or name.startswith("hugepages-"):
            found[name] = amount
            found[f"requests.{name}"] = amount
        elif resource_names.is_extended(name):
            found[f"requests.{name}"] = amount
    for name in _COMPUTE:
        if name in limits:
            found[f"limits.{name}"] = limits[name]
    return found


def unspecified(pod: Object, names: Iterable[str]) -> dict[str, list[str]]:
    """Return which of the quota's names which containers leave open, both sorted."""
    spec = pod.get("spec") or {}
    demanded = _DEMANDED.intersection(names) - _given(spec)
    missing: dict[str, set[str]] = {}
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        for name in demanded - _given(container):
            missing.setdefault(name, set()).add(container.get("name") or "")
    return {name: sorted(missing[name]) for name in sorted(missing)}


def _given(part: Object) -> set[str]:
    needs = part.get("resources") or {}
    return set(_compute(amounts(needs.get("requests")), amounts(needs.get("limits"))))


def _is_pod_in_scope(expression: Object, pod: Object) -> bool:
    spec = pod.get("spec") or {}
    match expression.get("scopeName"):
        case "Terminating":
            return spec.get("activeDeadlineSeconds") is not None
        case "NotTerminating":
            return spec.get("activeDeadlineSeconds") is None
        case "BestEffort":
            return qos.of(pod) == qos.QosClass.BEST_EFFORT
        case "NotBestEffort":
            return qos.of(pod) != qos.QosClass.BEST_EFFORT
        case "PriorityClass":
            return _selects(expression, spec.get("priorityClassName") or "")
        case "CrossNamespacePodAffinity":
            return _looks_across_namespaces(spec.get("affinity") or {})
    return False


def _selects(expression: Object, value: str) -> bool:
    match expression.get("operator"):
        case "Exists":
            return bool(value)
        case "DoesNotExist":
            return not value
        case "In":
            return value != "" and value in (expression.get("values") or ())
        case "NotIn":
            return value not in (expression.get("values") or ())
    return False


def _looks_across_namespaces(affinity: Object) -> bool:
    for kind in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(kind) or {}
        terms = [*(part.get("requiredDuringSchedulingIgnoredDuringExecution") or ())]
        for weighted in part.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            terms.append(weighted.get("podAffinityTerm") or {})
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False


# Services


_SERVICE_NAMES = frozenset(("services", "services.nodeports", "services.loadbalancers", "count/services"))


def measure_service(service: Object, _now: float) -> Amounts:
    """Return what a service uses: itself, its load balancer and its node ports."""
    spec = service.get("spec") or {}
    kind, ports = spec.get("type"), spec.get("ports") or ()
    node_ports = len(ports) if kind in ("NodePort", "LoadBalancer") else 0
    if kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is False:
        node_ports = sum(1 for port in ports if port.get("nodePort"))
    return {
        "services": ONE, "count/services": ONE, "services.nodeports": quantity.Quantity(node_ports * quantity.NANO),
        "services.loadbalancers": ONE if kind == "LoadBalancer" else quantity.ZERO,
    }


# Claims


def _tracks_claim(name: str) -> bool:
    if name in ("persistentvolumeclaims", "requests.storage", "count/persistentvolumeclaims"):
        return True
    return name.endswith((CLASS_STORAGE, CLASS_CLAIMS))


def measure_claim(claim: Object, _now: float) -> Amounts:
    """Return what a claim uses, altogether and of its storage class."""
    spec = claim.get("spec") or {}
    found = {"persistentvolumeclaims": ONE, "count/persistentvolumeclaims": ONE}
    annotations = (claim.get("metadata") or {}).get("annotations") or {}
    storage_class = annotations.get(CLASS_ANNOTATION) or spec.get("storageClassName") or ""
    if storage_class:
        found[storage_class + CLASS_CLAIMS] = ONE
    wanted = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if wanted is not None:
        allocated = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
        found["requests.storage"] = max(quantity.of(wanted), quantity.of(allocated))
        if storage_class:
            found[storage_class + CLASS_STORAGE] = found["requests.storage"]
    return found


def _is_claim_in_scope(expression: Object, claim: Object) -> bool:
    if expression.get("scopeName") != "VolumeAttributesClass":
        return False
    status = claim.get("status") or {}
    candidates = (
        (claim.get("spec") or {}).get("volumeAttributesClassName"), status.get("currentVolumeAttributesClassName"),
        (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName"),
    )
    named = [str(name) for name in candidates if name]
    return any(_selects(expression, name) for name in named or [""])


_SPECIAL = {
    "services": Meter(_SERVICE_NAMES.__contains__, measure_service, _is_never_in_scope),
    "persistentvolumeclaims": Meter(_tracks_claim, measure_claim, _is_claim_in_scope),
    "pods": Meter(_tracks_pod, measure_pod, _is_pod_in_scope),
}
