"""Admission at the node: whether a pod that was bound here fits here. Pure, but for `Gate`, which knows the others.

Upstream's general predicates: resources, node affinity, ports, and the NoExecute taints.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.kubelet import pods, resources
from kubewheel.kubelet.allocation import DEFERRED, INFEASIBLE, Pending
from kubewheel.libs.wire import Object

AFFINITY = "node(s) didn't match Pod's node affinity/selector"
PORTS = "node(s) didn't have free ports for the requested pod ports"
TAINTS = "node(s) had taints that the pod didn't tolerate"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a pod cannot run here."""

    reason: str
    message: str


def _matches(requirement: Mapping[str, Any], value: str | None) -> bool:
    operator = requirement["operator"]
    values: list[str] = list(requirement.get("values") or [])
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator in ("Exists", "DoesNotExist"):
        return bool((value is not None) == (operator == "Exists"))
    if value is None or not value.lstrip("-").isdigit() or not values or not values[0].lstrip("-").isdigit():
        return False
    return int(value) > int(values[0]) if operator == "Gt" else int(value) < int(values[0])


def _term_matches(term: Mapping[str, Any], node: Object) -> bool:
    labels = node["metadata"].get("labels") or {}
    expressions, matched = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not matched:
        return False
    return all(_matches(each, labels.get(each["key"])) for each in expressions) and all(
        _matches(each, node["metadata"]["name"]) for each in matched
    )


def matches_node(pod: Object, node: Object) -> bool:
    """Return whether the pod's node selector and required node affinity hold."""
    labels = node["metadata"].get("labels") or {}
    selector = pods.spec(pod).get("nodeSelector") or {}
    if any(labels.get(name) != value for name, value in selector.items()):
        return False
    affinity = (pods.spec(pod).get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(_term_matches(term, node) for term in required.get("nodeSelectorTerms") or ())


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") not in (None, "", taint["key"]):
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")


def tolerates_node(pod: Object, node: Object) -> bool:
    """Return whether the pod tolerates the node's NoExecute taints."""
    taints = [each for each in node["spec"].get("taints") or () if each["effect"] == "NoExecute"]
    tolerations = pods.spec(pod).get("tolerations") or ()
    return all(any(_tolerates(each, taint) for each in tolerations) for taint in taints)


def host_ports(pod: Object) -> set[tuple[str, str, int]]:
    """Return the node's ports that a pod takes: address, protocol, number."""
    return {
        (port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", port["hostPort"])
        for container in [*pods.containers(pod), *pods.sidecars(pod)]
        for port in container.get("ports") or () if port.get("hostPort")
    }


def _collide(one: set[tuple[str, str, int]], other: set[tuple[str, str, int]]) -> bool:
    return any(
        a[1:] == b[1:] and (a[0] == b[0] or "0.0.0.0" in (a[0], b[0])) for a in one for b in other
    )


def lacking(pod: Object, others: Iterable[Object], allocatable: Mapping[str, str]) -> Refusal | None:
    """Return a refusal for the first resource that is short."""
    requested = {"pods": 1, **resources.pod_total(pod)}
    used: dict[str, int] = {}
    for other in others:
        for name, value in {"pods": 1, **resources.pod_total(other)}.items():
            used[name] = used.get(name, 0) + value
    for name, wanted in requested.items():
        if name not in allocatable or wanted == 0:
            continue  # What the node does not know of is managed by the cluster.
        capacity = resources.amount(name, allocatable[name])
        if wanted > capacity - used.get(name, 0):
            text = (
                f"Node didn't have enough resource: {name}, requested: {wanted}, used: {used.get(name, 0)}, "
                f"capacity: {capacity}"
            )
            return Refusal(f"OutOf{name}", text)
    return None


def refusal(pod: Object, node: Object, others: Iterable[Object]) -> Refusal | None:
    """Return why a pod cannot run beside `others` on `node`, or None."""
    system = (pods.spec(pod).get("os") or {}).get("name")
    if system not in (None, "", "linux"):
        return Refusal("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS")
    others = list(others)
    short = lacking(pod, others, (node.get("status") or {}).get("allocatable") or {})
    if short is not None:
        return short
    if not matches_node(pod, node):
        return Refusal("NodeAffinity", f"Predicate NodeAffinity failed: {AFFINITY}")
    if any(_collide(host_ports(pod), host_ports(other)) for other in others):
        return Refusal("NodePorts", f"Predicate NodePorts failed: {PORTS}")
    if not tolerates_node(pod, node):
        return Refusal("TaintToleration", f"Predicate TaintToleration failed: {TAINTS}")
    return None


def room(pod: Object, node: Object, others: Iterable[Object]) -> Pending | None:
    """Return why a pod that runs here cannot get what it asks for by now, or None."""
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    total = resources.pod_total(pod)
    for name in ("memory", "cpu"):
        if name in allocatable and total.get(name, 0) > (capacity := resources.amount(name, allocatable[name])):
            text = f"Node didn't have enough capacity: {name}, requested: {total[name]}, capacity: {capacity}"
            return Pending(INFEASIBLE, text)
    short = lacking(pod, others, allocatable)
    return None if short is None else Pending(DEFERRED, short.message)


class Gate:
    """Admits pods one after the other; what an admitted pod asks for is taken until it ends.

    `wake` is told the uids of pods that waited for room, when some was given back.
    """

    def __init__(self, node: Callable[[], Object | None], wake: Callable[[str], None] = lambda _: None) -> None:
        self._node = node
        self._wake = wake
        self._admitted: dict[str, Object] = {}
        self._deferred: set[str] = set()

    def refusal(self, pod: Object) -> Refusal | None:
        """Return why a pod cannot run here; otherwise admit it."""
        node = self._node()
        if node is not None:
            found = refusal(pod, node, self._admitted.values())
            if found is not None:
                return found
        self.admit(pod)
        return None

    def admit(self, pod: Object) -> None:
        """Count a pod that runs here already."""
        known = self._admitted.get(pods.uid(pod))
        self._admitted[pods.uid(pod)] = pod
        if known is not None and known is not pod:
            self._freed()

    def room(self, pod: Object) -> Pending | None:
        """Return why a pod that runs here cannot get what it asks for by now, or None."""
        node, uid = self._node(), pods.uid(pod)
        self._deferred.discard(uid)
        if node is None:
            return None
        found = room(pod, node, [other for other in self._admitted.values() if pods.uid(other) != uid])
        if found is not None and found.reason == DEFERRED:
            self._deferred.add(uid)
        return found

    def _freed(self) -> None:
        for uid in list(self._deferred):
            self._wake(uid)

    def release(self, pod_uid: str) -> None:
        """Stop counting a pod that has ended."""
        self._deferred.discard(pod_uid)
        if self._admitted.pop(pod_uid, None) is not None:
            self._freed()
