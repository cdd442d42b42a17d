"""Clusters as scenarios see them, whatever they are made of: a client, a namespace, and waiting."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Registry
from kubewheel.client import Client, kubeconfig
from kubewheel.libs import tls
from kubewheel.libs.http_client import HttpTransport
from kubewheel.libs.wire import Object
from kubewheel.testing import SyncClient, SyncCluster
from kubewheel.testing.thread import LoopThread

T = TypeVar("T")
SECONDS = 60


class Wait(Protocol):
    """Lets the cluster work for a moment."""

    def __call__(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Target:
    """A cluster with a namespace of the scenario's own."""

    client: SyncClient
    wait: Wait
    namespace: str = "default"

    def within(self, namespace: str) -> "Target":
        """Return the same cluster with another namespace, which is made."""
        self.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        found = replace(self, namespace=namespace)
        found.until(lambda: found.find("ServiceAccount", "default"))
        return found

    def create(self, kind: str, name: str, spec: Any = None, api_version: str = "v1", **more: Any) -> Object:
        """Create an object in the namespace; `more`: further metadata, or other top-level fields."""
        metadata = {"name": name, **{key: more.pop(key) for key in ("labels", "finalizers") if key in more}}
        body = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}
        return self.client.create(body if spec is None else {**body, "spec": spec}, namespace=self.namespace)

    def get(self, kind: str, name: str) -> Object:
        """Return an object of the namespace."""
        return self.client.get(kind, name, self.namespace)

    def find(self, kind: str, name: str) -> Object | None:
        """Return an object of the namespace, or None."""
        try:
            return self.get(kind, name)
        except StatusError as error:
            if error.code != 404:
                raise
            return None

    def list(self, kind: str, labels: str = "") -> list[Object]:
        """Return objects of the namespace that are not being deleted."""
        found = self.client.list(kind, self.namespace, labels=labels).items
        return [each for each in found if not each["metadata"].get("deletionTimestamp")]

    def patch(self, kind: str, name: str, change: Any, **options: str) -> Object:
        """Merge `change` into an object of the namespace."""
        return self.client.patch(kind, name, change, self.namespace, **options)

    def delete(self, kind: str, name: str, **options: Any) -> None:
        """Delete an object of the namespace."""
        self.client.delete(kind, name, self.namespace, **options)

    def status(self, kind: str, name: str) -> dict[str, Any]:
        """Return the status of an object of the namespace."""
        return dict(self.get(kind, name).get("status") or {})

    def until(self, holds: Callable[[], T]) -> T:
        """Return the first true value of `holds`."""
        for pause in (0.0, 0.1, 0.2, 0.3, 0.5, *[1.0] * SECONDS):
            self.wait(pause)
            if found := holds():
                return found
        raise AssertionError("has not come true within a minute of the cluster's time")


def of_fixture(cluster: SyncCluster) -> Target:
    """Return the cluster of a fixture: it works while its clock is moved."""

    def wait(seconds: float) -> None:
        cluster.settle()
        if seconds:
            cluster.clock.advance(seconds)

    return Target(cluster.client, wait)


def of_kubeconfig(path: Path, thread: LoopThread) -> Target:
    """Return the cluster that a kubeconfig names: it works by itself."""
    access = kubeconfig.load(path)
    folder = path.parent
    files = {}
    for name in ("authority", "certificate", "key"):
        files[name] = folder / f"shared-{name}"
        tls.write_private(files[name], getattr(access, name))
    transport = HttpTransport(
        access.server, tls.client_context(files["authority"], files["certificate"], files["key"])
    )
    return Target(SyncClient(Client(transport, Registry.builtin(), "shared", remote=True), thread), time.sleep)
