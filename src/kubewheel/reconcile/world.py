"""World: what a reconcile may see and do.

Reads come from shared caches and are read-only; writes go to the API under the controller's own identity. A write's
outcome is visible to the next read at once, so a reconcile never acts twice on what it has already done.
"""

import random as random_module
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kubewheel.api.errors import StatusError
from kubewheel.client import Client, Informer, Informers, Recorder
from kubewheel.client.paths import kind_of
from kubewheel.libs.clock import Clock
from kubewheel.libs.wire import Object


class Key(NamedTuple):
    """Which object; `namespace` is empty for cluster objects."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def key_of(obj: Object) -> Key:
    """Return the key of an object."""
    metadata = obj["metadata"]
    return Key(metadata.get("namespace", ""), metadata["name"])


@dataclass(frozen=True, slots=True)
class World:
    """The surroundings of one controller."""

    client: Client
    informers: Informers
    recorder: Recorder
    clock: Clock
    random: random_module.Random
    enqueue: Callable[[Key], None]

    def informer(self, kind: str) -> Informer:
        """Return the shared cache of a kind."""
        return self.informers.informer(kind)

    def get(self, kind: str, key: tuple[str, str]) -> Object | None:
        """Return one object from the cache, or None."""
        return self.informers.informer(kind).get(*key)

    def list(self, kind: str, namespace: str | None = None) -> Sequence[Object]:
        """Return all cached objects of a kind, or those of one namespace."""
        return self.informers.informer(kind).list(namespace)

    def by_index(self, kind: str, index: str, value: str) -> Sequence[Object]:
        """Return the cached objects that an index maps to `value`."""
        return self.informers.informer(kind).by_index(index, value)

    def event(self, obj: Object, type: str, reason: str, message: str) -> None:
        """Tell users what happened to `obj`."""
        self.recorder.event(obj, type, reason, message)

    async def create(self, obj: Object, *, namespace: str = "") -> Object:
        """Create an object."""
        return self._noted(await self.client.create(obj, namespace=namespace))

    async def update(self, obj: Object, *, subresource: str = "") -> Object:
        """Replace an object; a conflict is an error, which brings the key back."""
        return self._noted(await self.client.update(obj, subresource=subresource))

    async def update_status(self, obj: Object, status: Object) -> Object:
        """Replace the status of `obj` if it differs, and return the object."""
        if (obj.get("status") or {}) == status:
            return obj
        return await self.update({**obj, "status": status}, subresource="status")

    async def patch(
        self, obj: Object, patch: Object | Sequence[Object], *, type: str = "merge", subresource: str = ""
    ) -> Object:
        """Patch an object."""
        metadata = obj["metadata"]
        found = await self.client.patch(
            kind_of(obj["apiVersion"], obj["kind"]), metadata["name"], patch, metadata.get("namespace", ""),
            type=type, subresource=subresource,
        )
        return self._noted(found)

    async def delete(self, obj: Object, *, grace_seconds: int | None = None, propagation: str = "") -> bool:
        """Delete exactly this object (not a namesake); return False if it was gone already."""
        kind = kind_of(obj["apiVersion"], obj["kind"])
        metadata: Any = obj["metadata"]
        name, namespace, uid = metadata["name"], metadata.get("namespace", ""), metadata.get("uid", "")
        try:
            found = await self.client.delete(
                kind, name, namespace, uid=uid, grace_seconds=grace_seconds, propagation=propagation
            )
        except StatusError as error:
            if error.code != 404:
                raise
            self.informers.note_deleted(kind, namespace, name, uid)
            return False
        if found.get("kind") == "Status" or not _survives(found):
            self.informers.note_deleted(kind, namespace, name, uid)
        else:
            self._noted(found)
        return True

    def _noted(self, obj: Object) -> Object:
        if "metadata" in obj and "uid" in obj["metadata"]:
            self.informers.note(kind_of(obj["apiVersion"], obj["kind"]), obj)
        return obj


def _survives(answer: Object) -> bool:
    # A deletion that waits, for a grace period or for finalizers, is marked by its time; otherwise it is complete.
    return bool(answer["metadata"].get("deletionTimestamp"))
