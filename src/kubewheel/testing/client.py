"""Our client for synchronous tests: the verbs of `kubewheel.client.Client`, each returning its outcome."""

from collections.abc import Iterator, Sequence
from typing import Any

from kubewheel.client import Client, ObjectList
from kubewheel.libs.wire import Object, WatchEvent
from kubewheel.testing.thread import LoopThread

__tracebackhide__ = True  # See `thread`.


class SyncClient:
    """A client whose loop runs in another thread. Kinds are named "Pod" or "Deployment.apps"."""

    def __init__(self, client: Client, thread: LoopThread) -> None:
        self._client = client
        self._thread = thread

    def get(self, kind: str, name: str, namespace: str = "") -> Object:
        """Return one object."""
        return self._thread.wait(self._client.get(kind, name, namespace))

    def list(self, kind: str, namespace: str = "", **selection: Any) -> ObjectList:
        """Return the objects of a kind: labels, fields, resource_version, limit."""
        return self._thread.wait(self._client.list(kind, namespace, **selection))

    def create(self, obj: Object, *, namespace: str = "", dry_run: bool = False) -> Object:
        """Create an object."""
        return self._thread.wait(self._client.create(obj, namespace=namespace, dry_run=dry_run))

    def create_subresource(self, kind: str, name: str, namespace: str, subresource: str, obj: Object) -> Object:
        """Post to a subresource: binding, eviction, token."""
        return self._thread.wait(self._client.create_subresource(kind, name, namespace, subresource, obj))

    def update(self, obj: Object, *, subresource: str = "") -> Object:
        """Replace an object."""
        return self._thread.wait(self._client.update(obj, subresource=subresource))

    def patch(
        self, kind: str, name: str, patch: Object | Sequence[Object], namespace: str = "", *, type: str = "merge",
        subresource: str = "",
    ) -> Object:
        """Patch an object: "merge", "json" or "strategic"."""
        work = self._client.patch(kind, name, patch, namespace, type=type, subresource=subresource)
        return self._thread.wait(work)

    def apply(self, obj: Object, *, manager: str, force: bool = False) -> Object:
        """Apply an object on the server's side."""
        return self._thread.wait(self._client.apply(obj, manager=manager, force=force))

    def delete(self, kind: str, name: str, namespace: str = "", **options: Any) -> Object:
        """Delete an object: uid, resource_version, grace_seconds, propagation."""
        return self._thread.wait(self._client.delete(kind, name, namespace, **options))

    def delete_collection(self, kind: str, namespace: str = "", **selection: Any) -> Object:
        """Delete all objects that match: labels, fields, propagation."""
        return self._thread.wait(self._client.delete_collection(kind, namespace, **selection))

    def watch(self, kind: str, namespace: str = "", **selection: Any) -> Iterator[WatchEvent]:
        """Yield what happens after `resource_version`, until the watch ends; closing the iterator ends it."""
        events = self._client.watch(kind, namespace, **selection)

        async def following() -> WatchEvent | None:
            return await anext(events, None)

        try:
            while (event := self._thread.wait(following())) is not None:
                yield event
        finally:
            self._thread.wait(events.aclose())
