"""A cluster's names, without a cluster."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from kubewheel.dns.plugins import kubernetes
from kubewheel.libs import dnswire


class Cache:
    """Stands for an informer: objects by namespace and name, and by index."""

    has_synced = True

    def __init__(self, *objects: dict[str, Any], **indexes: Callable[[Any], Iterable[str]]) -> None:
        self._objects = objects
        self._indexes = indexes

    def get(self, namespace: str, name: str) -> dict[str, Any] | None:
        for entry in self._objects:
            meta = entry["metadata"]
            if (meta.get("namespace", ""), meta["name"]) == (namespace, name):
                return entry
        return None

    def by_index(self, index: str, value: str) -> Sequence[dict[str, Any]]:
        return [entry for entry in self._objects if value in self._indexes[index](entry)]


def _owner(piece: dict[str, Any]) -> list[str]:
    return [f"{piece['metadata']['namespace']}/{piece['metadata']['labels']['kubernetes.io/service-name']}"]


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default"}, "spec": spec}


def endpoint(address: str, hostname: str = "", ready: bool = True) -> dict[str, Any]:
    return {"addresses": [address], "conditions": {"ready": ready}, **({"hostname": hostname} if hostname else {})}


@pytest.fixture
def names() -> kubernetes.Kubernetes:
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
    services = Cache(
        service("web", clusterIP="10.96.0.20", clusterIPs=["10.96.0.20"], ports=ports),
        service("peers", clusterIP="None", ports=[{"name": "gossip", "port": 7000, "protocol": "TCP"}]),
        service("outside", type="ExternalName", externalName="example.com"),
        service("inside", type="ExternalName", externalName="web.default.svc.cluster.local"),
        service("far", type="ExternalName", externalName="outside.default.svc.cluster.local"),
        service("round", type="ExternalName", externalName="round.default.svc.cluster.local"),
        address=kubernetes.service_addresses,
    )
    peers = {
        "metadata": {"name": "peers-1", "namespace": "default", "labels": {"kubernetes.io/service-name": "peers"}},
        "ports": [{"name": "gossip", "port": 7000, "protocol": "TCP"}],
        "endpoints": [endpoint("10.1.0.1", "peer-0"), endpoint("10.1.0.2"), endpoint("10.1.0.3", ready=False)],
    }
    slices = Cache(peers, service=_owner, address=kubernetes.endpoint_addresses)
    namespaces = Cache({"metadata": {"name": "default"}})

    async def resolve(name: str, record_type: int) -> Sequence[dnswire.Record]:
        return [dnswire.Record(name, dnswire.Type.A, "192.0.2.1", 30)] if name == "example.com" else []

    return kubernetes.Kubernetes(services, slices, namespaces, "cluster.local", 5, resolve)  # type: ignore[arg-type]
