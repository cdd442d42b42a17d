"""A node as the scheduler sees it: what it offers, what the pods on it take."""

from collections.abc import Iterable, Mapping

from kubewheel.api import node_selection
from kubewheel.api.node_selection import Taint
from kubewheel.libs.wire import Object
from kubewheel.scheduler import requests
from kubewheel.scheduler.judgement import Judgement
from kubewheel.scheduler.pod import ANY_ADDRESS, HostPort, PodInfo, Template

JUDGEMENTS = 16  # Kept on a node; more shapes of pods than that seldom compete at one time.
_NO_LABELS: Mapping[str, str] = {}


class NodeInfo:
    """One node and its pods; `judgements` holds what is known about pods of some shape, until something changes."""

    __slots__ = (
        "cpu", "images", "is_unschedulable", "judgements", "labels", "memory", "name", "node", "others", "pod_limit",
        "pods", "ports", "taints", "used_assumed_cpu", "used_assumed_memory", "used_cpu", "used_memory", "used_others",
    )

    def __init__(self, name: str, node: Object | None = None) -> None:
        self.name = name
        self.pods: dict[str, PodInfo] = {}
        self.ports: dict[HostPort, int] = {}
        self.used_cpu = self.used_memory = self.used_assumed_cpu = self.used_assumed_memory = 0
        self.used_others: dict[str, int] = {}
        self.judgements: dict[Template, Judgement] = {}
        self.describe(node)

    def describe(self, node: Object | None) -> None:
        """Take over what the node's object says; None while there is no such object."""
        self.node = node
        node = node or {"metadata": {}}
        spec, status = node.get("spec") or {}, node.get("status") or {}
        offered = requests.amounts(status.get("allocatable") or status.get("capacity"))
        self.cpu = offered.pop(requests.CPU, 0)
        self.memory = offered.pop(requests.MEMORY, 0)
        self.pod_limit = offered.pop(requests.PODS, 0)
        self.others: Mapping[str, int] = offered
        self.labels: Mapping[str, str] = node["metadata"].get("labels") or _NO_LABELS
        self.taints: tuple[Taint, ...] = node_selection.taints_of(node)
        self.is_unschedulable = bool(spec.get("unschedulable"))
        self.images: Mapping[str, int] = {
            name: int(image.get("sizeBytes") or 0)
            for image in status.get("images") or () for name in image.get("names") or ()
        }
        self.judgements.clear()

    def add(self, pod: PodInfo) -> None:
        """Put `pod` onto the node."""
        self.pods[pod.uid] = pod
        self._account(pod, 1)

    def remove(self, pod: PodInfo) -> None:
        """Take `pod` off the node."""
        del self.pods[pod.uid]
        self._account(pod, -1)

    def _account(self, pod: PodInfo, sign: int) -> None:
        wanted = pod.template.requests
        self.used_cpu += sign * wanted.cpu
        self.used_memory += sign * wanted.memory
        self.used_assumed_cpu += sign * wanted.assumed_cpu
        self.used_assumed_memory += sign * wanted.assumed_memory
        for name, amount in wanted.others.items():
            self.used_others[name] = self.used_others.get(name, 0) + sign * amount
        for port in pod.template.host_ports:
            count = self.ports.get(port, 0) + sign
            if count:
                self.ports[port] = count
            else:
                del self.ports[port]
        self.judgements.clear()

    def remember(self, template: Template, judgement: Judgement) -> None:
        """Keep what was found out about pods of this shape."""
        if len(self.judgements) >= JUDGEMENTS:
            self.judgements.clear()
        self.judgements[template] = judgement

    def has_port_conflict(self, port: HostPort) -> bool:
        """Return whether a pod on the node holds the port, on this address or on all of them."""
        address, protocol, number = port
        if address != ANY_ADDRESS:
            return port in self.ports or (ANY_ADDRESS, protocol, number) in self.ports
        return any(held[1] == protocol and held[2] == number for held in self.ports)

    def changed(self, remove: Iterable[PodInfo] = (), add: Iterable[PodInfo] = ()) -> "NodeInfo":
        """Return a copy with other pods on it."""
        copy = NodeInfo.__new__(NodeInfo)
        for name in NodeInfo.__slots__:
            setattr(copy, name, getattr(self, name))
        copy.pods, copy.ports, copy.used_others = dict(self.pods), dict(self.ports), dict(self.used_others)
        copy.judgements = {}
        for pod in remove:
            copy.remove(pod)
        for pod in add:
            copy.add(pod)
        return copy

    def __repr__(self) -> str:
        return f"NodeInfo({self.name})"
