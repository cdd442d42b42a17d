"""Clusters that the conformance tests share, and a namespace for each of them."""

import itertools
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from kubewheel.testing import SyncCluster
from tests.component.kinds.conftest import Api, api  # noqa: F401

_numbers = itertools.count(1)
IMAGES = ("nginx:1", "nginx:2", "nginx:3")


class Space:
    """A namespace of a test's own in a cluster with controllers, scheduler and two simulated nodes."""

    def __init__(self, cluster: SyncCluster, api: Api, name: str) -> None:  # noqa: F811
        self.cluster = cluster
        self.client = cluster.client
        self.api = api
        self.name = name

    def path(self, plural: str, name: str = "", group: str = "") -> str:
        """Return the path of a collection or an object: `path("deployments", "web", "apps/v1")`."""
        root = f"/apis/{group}" if group else "/api/v1"
        return f"{root}/namespaces/{self.name}/{plural}{'/' + name if name else ''}"

    def create(self, body: Mapping[str, Any]) -> Any:
        """Create an object and let the cluster come to rest."""
        made = self.client.create(dict(body), namespace=self.name)
        self.cluster.settle()
        return made

    def get(self, kind: str, name: str) -> Any:
        return self.client.get(kind, name, self.name)

    def list(self, kind: str, labels: str = "") -> Sequence[Any]:
        return list(self.client.list(kind, self.name, labels=labels).items)

    def names(self, kind: str, labels: str = "") -> Sequence[str]:
        return sorted(each["metadata"]["name"] for each in self.list(kind, labels))

    def patch(self, kind: str, name: str, patch: Any, **options: Any) -> Any:
        """Patch an object and let the cluster come to rest."""
        done = self.client.patch(kind, name, patch, self.name, **options)
        self.cluster.settle()
        return done

    def delete(self, kind: str, name: str, **options: Any) -> None:
        """Delete an object and let the cluster come to rest."""
        self.client.delete(kind, name, self.name, **options)
        self.cluster.settle()

    def wait(self, seconds: float) -> None:
        """Let the cluster's time pass."""
        self.cluster.clock.advance(seconds=seconds)


def pod(name: str = "p", labels: Mapping[str, str] = {}, image: str = "nginx", **spec: Any) -> dict[str, Any]:
    containers = spec.pop("containers", [{"name": "c", "image": image, **spec.pop("container", {})}])
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": dict(labels)},
        "spec": {"containers": containers, **spec},
    }


def workload(
    kind: str, replicas: int | None = 1, name: str = "web", image: str = "nginx", **spec: Any,
) -> dict[str, Any]:
    """Return a Deployment, ReplicaSet, ReplicationController, StatefulSet or DaemonSet whose pods are labelled app."""
    is_old = kind == "ReplicationController"
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}
    body = {"selector": labels if is_old else {"matchLabels": labels}, "template": template, **spec}
    if replicas is not None:
        body["replicas"] = replicas
    return {
        "apiVersion": "v1" if is_old else "apps/v1", "kind": kind, "metadata": {"name": name, "labels": labels},
        "spec": body,
    }


def job(name: str = "work", command: str = "exit 0", pod: Mapping[str, Any] = {}, **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", command]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container], **pod}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": template, **spec}}


def images(space: Space) -> dict[str, str]:
    return {each["metadata"]["name"]: each["spec"]["containers"][0]["image"] for each in space.list("Pod")}


def set_image(space: Space, kind: str, image: str) -> None:
    change = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}}
    space.patch(kind, "web", change, type="strategic")


def connect(cluster: SyncCluster) -> Api:
    """Return raw HTTPS access to a cluster."""
    return Api(cluster.url, cluster.access.token, ssl.create_default_context(cafile=str(cluster.access.authority)))


@pytest.fixture(scope="session")
def cluster() -> Iterator[SyncCluster]:
    with SyncCluster(nodes=2) as made:
        made.settle()
        yield made


@pytest.fixture(scope="session")
def raw(cluster: SyncCluster) -> Iterator[Api]:
    made = connect(cluster)
    yield made
    made.close()


@pytest.fixture
def space(cluster: SyncCluster, raw: Api) -> Iterator[Space]:
    name = f"conformance-{next(_numbers)}"
    cluster.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    cluster.settle()
    yield Space(cluster, raw, name)
    cluster.client.delete("Namespace", name)
    cluster.settle()
