"""The cluster as the scheduler sees it: nodes, the pods on them (bound or assumed to be), and what follows from both.

It changes with every event and every decision, never in the middle of one: decisions are synchronous.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kubewheel.libs.wire import Object
from kubewheel.scheduler.held_terms import HeldTerms
from kubewheel.scheduler.matches import Matches
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.pod_terms import ZONE

REGION = "topology.kubernetes.io/region"
_NO_LABELS: Mapping[str, str] = {}


class Objects(Protocol):
    """Reads of everything else that decisions depend on, from memory."""

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return one object, or None."""
        ...

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Object]:
        """Return all objects of a kind, or those of one namespace."""
        ...


class Snapshot:
    """The state that decisions are made on."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.nodes: dict[str, NodeInfo] = {}
        self.pods: dict[str, PodInfo] = {}  # By uid; `node_name` says where.
        self.nominated: dict[str, dict[str, PodInfo]] = {}  # By node, then by uid.
        self.matches = Matches(self._labels_of)
        self.held_terms = HeldTerms()
        self.images: dict[str, int] = {}  # On how many nodes.
        self.reserved_volumes: dict[str, str] = {}  # Volumes promised to a claim that is not bound yet.
        self._priorities: dict[int, int] = {}  # How many placed pods have each.
        self._assumed: dict[str, PodInfo] = {}
        self._nominations: dict[str, str] = {}
        self._strangers: dict[str, NodeInfo] = {}  # Nodes that pods name and nobody has described.
        self._order: list[NodeInfo] | None = None
        self._domains: dict[str, dict[str, int]] = {}

    def _labels_of(self, name: str) -> Mapping[str, str]:
        found = self.nodes.get(name)
        return found.labels if found is not None else _NO_LABELS

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """Return the labels of a namespace."""
        found = self.objects.get("Namespace", "", namespace)
        return (found["metadata"].get("labels") or _NO_LABELS) if found is not None else _NO_LABELS

    # Nodes.

    @property
    def order(self) -> Sequence[NodeInfo]:
        """All nodes, taking turns between zones so that a search that stops early sees all of them."""
        if self._order is None:
            zones: dict[tuple[str, str], list[NodeInfo]] = {}
            for node in self.nodes.values():
                zones.setdefault((node.labels.get(REGION, ""), node.labels.get(ZONE, "")), []).append(node)
            self._order = [
                zone[turn] for turn in range(max(map(len, zones.values()), default=0)) for zone in zones.values()
                if turn < len(zone)
            ]
        return self._order

    def domains(self, key: str) -> Mapping[str, int]:
        """Return the values of node label `key`, each with its number of nodes."""
        found = self._domains.get(key)
        if found is None:
            found = self._domains[key] = {}
            for node in self.nodes.values():
                value = node.labels.get(key)
                if value is not None:
                    found[value] = found.get(value, 0) + 1
        return found

    def is_everywhere(self, key: str) -> bool:
        """Return whether every node has label `key`."""
        return sum(self.domains(key).values()) == len(self.nodes)

    def set_node(self, node: Object) -> None:
        """Take over a new or changed node."""
        name = node["metadata"]["name"]
        info = self.nodes.get(name)
        if info is None:
            info = self._strangers.pop(name, None) or NodeInfo(name)
            self.nodes[name] = info
            before = None
        else:
            before = info.labels, info.taints
        self._count_images(info, -1)
        info.describe(node)
        self._count_images(info, 1)
        if before != (info.labels, info.taints):
            self._places_changed()

    def remove_node(self, name: str) -> None:
        """Drop a node; pods that still name it are remembered."""
        info = self.nodes.pop(name, None)
        if info is None:
            return
        self._count_images(info, -1)
        info.describe(None)
        if info.pods:
            self._strangers[name] = info
        self._places_changed()

    def _count_images(self, node: NodeInfo, difference: int) -> None:
        for image in node.images:
            count = self.images.get(image, 0) + difference
            if count:
                self.images[image] = count
            else:
                del self.images[image]

    def _places_changed(self) -> None:
        self._order = None
        self._domains.clear()
        self.matches.forget_domains()

    # Pods.

    def set_pod(self, pod: PodInfo) -> None:
        """Take over a pod that is bound; an assumption about it ends."""
        self._assumed.pop(pod.uid, None)
        self._clear_nomination(pod.uid)
        known = self.pods.get(pod.uid)
        if known is not None and known.is_placed_like(pod):
            known.object = pod.object
            return
        self._remove(pod.uid)
        self._add(pod)

    def assume(self, pod: PodInfo, node: str) -> None:
        """Count `pod` as bound to `node` before the server says so."""
        pod.node_name = node
        self._assumed[pod.uid] = pod
        self._clear_nomination(pod.uid)
        self._add(pod)

    def is_assumed(self, uid: str) -> bool:
        """Return whether a pod is assumed to be bound."""
        return uid in self._assumed

    def forget(self, pod: PodInfo) -> None:
        """Take an assumption back."""
        if self._assumed.pop(pod.uid, None) is not None:
            self._remove(pod.uid)
            pod.node_name = ""

    def remove_pod(self, uid: str) -> None:
        """Drop a pod that is gone or has ended."""
        self._assumed.pop(uid, None)
        self._clear_nomination(uid)
        self._remove(uid)

    def has_pods_below(self, priority: int) -> bool:
        """Return whether some placed pod matters less than that."""
        return any(each < priority for each in self._priorities)

    def _add(self, pod: PodInfo) -> None:
        name = pod.node_name
        node = self.nodes.get(name) or self._strangers.get(name)
        if node is None:
            node = self._strangers[name] = NodeInfo(name)
        node.add(pod)
        self.pods[pod.uid] = pod
        self._priorities[pod.priority] = self._priorities.get(pod.priority, 0) + 1
        self.matches.add(pod, name)
        self.held_terms.add(pod, name)

    def _remove(self, uid: str) -> None:
        pod = self.pods.pop(uid, None)
        if pod is None:
            return
        name = pod.node_name
        node = self.nodes.get(name) or self._strangers[name]
        node.remove(pod)
        self._priorities[pod.priority] -= 1
        if not self._priorities[pod.priority]:
            del self._priorities[pod.priority]
        if node.node is None and not node.pods:
            self._strangers.pop(name, None)
        self.matches.remove(pod, name)
        self.held_terms.remove(pod, name)

    # Nominations: nodes that pods wait for while their victims end.

    def nominate(self, pod: PodInfo, node: str) -> None:
        """Take note that `pod` waits for `node`; for none if that is empty."""
        self._clear_nomination(pod.uid)
        if node:
            self._nominations[pod.uid] = node
            self.nominated.setdefault(node, {})[pod.uid] = pod

    def _clear_nomination(self, uid: str) -> None:
        node = self._nominations.pop(uid, "")
        if node:
            waiting = self.nominated[node]
            del waiting[uid]
            if not waiting:
                del self.nominated[node]
