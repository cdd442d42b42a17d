"""A pod as the scheduler sees it: parsed once.

What replicas share (everything that one node's fitness depends on) is a `Template`, made once for all of them, so that
what was found out about a node for one replica serves the next.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from kubewheel.api import node_selection, pods
from kubewheel.api.node_selection import Toleration
from kubewheel.libs.wire import Object
from kubewheel.scheduler import pod_terms, requests
from kubewheel.scheduler.pod_terms import PodAffinity, SpreadConstraint
from kubewheel.scheduler.verdict import Verdict

TEMPLATES = 1024  # Kept at once; the least recently used goes.
ANY_ADDRESS = "0.0.0.0"
_NO_LABELS: Mapping[str, str] = {}
_PREFER_EFFECTS = ("", "PreferNoSchedule")

HostPort = tuple[str, str, int]
"""Address, protocol, port."""


class Template:
    """What all pods of one shape share; compared by identity. `checks` holds the local plugins that it concerns."""

    __slots__ = (
        "checks", "host_ports", "images", "is_best_effort", "node_names", "preferred", "preferred_tolerations",
        "requests", "required", "spec", "tolerations",
    )

    def __init__(self, spec: Object) -> None:
        self.spec = spec
        self.checks: tuple[Callable[..., Verdict | None], ...] | None = None  # Filled by the first decision.
        self.requests = requests.of_spec(spec)
        self.is_best_effort = not self.requests.cpu and not self.requests.memory
        self.required = node_selection.required_of(spec)
        self.node_names = self.required.node_names
        self.preferred = node_selection.preferred_of(spec)
        self.tolerations = node_selection.tolerations_of(spec)
        self.preferred_tolerations: tuple[Toleration, ...] = tuple(
            each for each in self.tolerations if each.effect in _PREFER_EFFECTS
        )
        self.host_ports = _host_ports(spec)
        self.images = tuple(_tagged(each["image"]) for each in spec.get("containers") or () if each.get("image"))


def _host_ports(spec: Object) -> tuple[HostPort, ...]:
    return tuple((address or ANY_ADDRESS, protocol, int(port)) for address, protocol, port in pods.host_ports(spec))


def _tagged(image: str) -> str:
    return image if image.rfind(":") > image.rfind("/") else f"{image}:latest"


class Templates:
    """Finds the template of a pod's spec."""

    def __init__(self, limit: int = TEMPLATES) -> None:
        self._limit = limit
        self._known: OrderedDict[bytes, Template] = OrderedDict()

    def of(self, spec: Object) -> Template:
        """Return the template that pods of this spec share."""
        key = _shape(spec)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Template(spec)
            if len(self._known) > self._limit:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return found


_SHARED_FIELDS = ("nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "overhead", "resources")


def _shape(spec: Object) -> bytes:
    """Return the part of a spec that a template is made of; names of volumes and the like differ between replicas."""
    return orjson.dumps([
        [_container_shape(each) for each in spec.get("containers") or ()],
        [_container_shape(each) for each in spec.get("initContainers") or ()],
        [spec.get(name) for name in _SHARED_FIELDS],
    ])


def _container_shape(container: Object) -> tuple[Any, ...]:
    return (
        container.get("image"), container.get("resources"), container.get("ports"), container.get("restartPolicy")
    )


class PodInfo:
    """One pod, at one revision."""

    __slots__ = (
        "affinity", "claims", "is_terminating", "labels", "labels_key", "name", "namespace", "node_name",
        "nominated_node", "object", "owner", "priority", "spread", "template", "uid",
    )

    def __init__(self, pod: Object, templates: Templates) -> None:
        metadata, spec = pod["metadata"], pod["spec"]
        self.object = pod
        self.uid: str = metadata.get("uid") or ""
        self.namespace: str = metadata.get("namespace") or ""
        self.name: str = metadata["name"]
        self.labels: Mapping[str, str] = metadata.get("labels") or _NO_LABELS
        self.labels_key = tuple(sorted(self.labels.items()))
        self.is_terminating = bool(metadata.get("deletionTimestamp"))
        self.owner = _controller(metadata)
        self.priority = int(spec.get("priority") or 0)
        self.node_name: str = spec.get("nodeName") or ""
        self.nominated_node: str = (pod.get("status") or {}).get("nominatedNodeName") or ""
        self.template = templates.of(pods.held_spec(pod))
        self.claims = _claims(pod)
        self.affinity: PodAffinity = pod_terms.affinity_of(spec, self.namespace, self.labels)
        self.spread: tuple[SpreadConstraint, ...] = pod_terms.spread_of(spec, self.labels)

    @property
    def key(self) -> str:
        """Namespace and name, as messages show them."""
        return f"{self.namespace}/{self.name}"

    def is_placed_like(self, other: "PodInfo") -> bool:
        """Return whether `other`, a revision of the same pod, takes the same place for every other pod."""
        return (
            self.node_name == other.node_name and self.priority == other.priority and self.template is other.template
            and self.labels_key == other.labels_key and self.is_terminating == other.is_terminating
        )

    def __repr__(self) -> str:
        return f"PodInfo({self.key})"


def _controller(metadata: Object) -> tuple[str, str]:
    """Return kind and name of the controlling owner; empty if there is none."""
    for each in metadata.get("ownerReferences") or ():
        if each.get("controller"):
            return each["kind"], each["name"]
    return "", ""


def _claims(pod: Object) -> tuple[tuple[str, bool], ...]:
    """Return the names of the claims that a pod uses, each with whether it is made for this pod alone."""
    found: list[tuple[str, bool]] = []
    for volume in pod["spec"].get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            found.append((volume["persistentVolumeClaim"].get("claimName") or "", False))
        elif volume.get("ephemeral"):
            found.append((f"{pod['metadata']['name']}-{volume['name']}", True))
    return tuple(found)
