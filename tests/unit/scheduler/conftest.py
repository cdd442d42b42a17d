"""Builders: nodes, pods and snapshots, as small as a test needs them."""

from typing import Any

from kubewheel.libs.wire import Object
from kubewheel.scheduler.pod import PodInfo, Templates
from kubewheel.scheduler.snapshot import Snapshot

TEMPLATES = Templates()
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


class Things:
    """Objects to read, by kind."""

    def __init__(self, **kinds: Object) -> None:
        self._objects: dict[tuple[str, str, str], Object] = {}

    def add(self, kind: str, obj: Object) -> None:
        metadata = obj["metadata"]
        self._objects[kind, metadata.get("namespace", ""), metadata["name"]] = obj

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        return self._objects.get((kind, namespace, name))

    def list(self, kind: str, namespace: str | None = None) -> list[Object]:
        return [obj for (of, where, _), obj in self._objects.items() if of == kind and namespace in (None, where)]


def node(
    name: str = "n", *, cpu: str = "4", memory: str = "8Gi", pods: str = "110", labels: Any = None, offers: Any = None,
    images: Any = None, **spec: Any,
) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {HOSTNAME: name, **(labels or {})}}, "spec": spec,
        "status": {
            "allocatable": {"cpu": cpu, "memory": memory, "pods": pods, **(offers or {})},
            "images": [{"names": [image], "sizeBytes": size} for image, size in (images or {}).items()],
        },
    }


def container(cpu: str = "", memory: str = "", **more: Any) -> dict[str, Any]:
    requests = {name: value for name, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"name": "c", "image": "i", **({"resources": {"requests": requests}} if requests else {}), **more}


def raw(
    name: str = "p", *, namespace: str = "ns", labels: Any = None, cpu: str = "", memory: str = "", on: str = "",
    metadata: Any = None, status: Any = None, **spec: Any,
) -> dict[str, Any]:
    spec.setdefault("containers", [container(cpu, memory)])
    if on:
        spec["nodeName"] = on
    about = {"name": name, "namespace": namespace, "uid": f"{namespace}-{name}", "labels": labels or {}}
    return {"metadata": {**about, **(metadata or {})}, "spec": spec, "status": status or {}}


def pod(name: str = "p", **options: Any) -> PodInfo:
    return PodInfo(raw(name, **options), TEMPLATES)


def cluster(*nodes: dict[str, Any], pods: list[PodInfo] | None = None, things: Things | None = None) -> Snapshot:
    made = Snapshot(things or Things())
    for each in nodes:
        made.set_node(each)
    for placed in pods or ():
        made.set_pod(placed)
    return made


def term(key: str = HOSTNAME, **labels: str) -> dict[str, Any]:
    return {"topologyKey": key, "labelSelector": {"matchLabels": labels}}


def anti_affinity(*terms: Any, preferred: Any = ()) -> dict[str, Any]:
    return {"podAntiAffinity": _rules(terms, preferred)}


def affinity(*terms: Any, preferred: Any = ()) -> dict[str, Any]:
    return {"podAffinity": _rules(terms, preferred)}


def _rules(terms: Any, preferred: Any) -> dict[str, Any]:
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": list(terms),
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": weight, "podAffinityTerm": each} for weight, each in preferred
        ],
    }
