"""Sizes: how many pods the workloads that own some pods are to have."""

from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.client import paths
from kubewheel.libs.wire import Object
from kubewheel.reconcile import World, objects, ownership

DEPLOYMENT, REPLICASET = "Deployment.apps", "ReplicaSet.apps"
# Read from caches; the sizes of others are asked for.
CACHED = (DEPLOYMENT, REPLICASET, "StatefulSet.apps", "ReplicationController")


class Unknown(Exception):
    """The size cannot be found out; the text says why."""


class Sizes:
    """Finds the size of each workload once."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def total(self, pods: Sequence[Object]) -> tuple[int, list[Object]]:
        """Return the size of all workloads that own these pods together, and the pods that nobody owns."""
        sizes: dict[str, int] = {}
        asked: set[str] = set()
        unmanaged: list[Object] = []
        for pod in pods:
            reference = ownership.controller_of(pod)
            if reference is None:
                unmanaged.append(pod)
            elif reference["uid"] not in asked:
                asked.add(reference["uid"])
                found = await self._size(reference, objects.namespace(pod))
                if found is None:
                    raise Unknown(f'found no controllers for pod "{objects.name(pod)}"')
                sizes[found[0]] = found[1]
        return sum(sizes.values()), unmanaged

    async def _size(self, reference: Mapping[str, Any], namespace: str) -> tuple[str, int] | None:
        """Return the uid of the workload at the top and its size; None if it is gone."""
        kind = paths.kind_of(reference["apiVersion"], reference["kind"])
        if kind not in CACHED:
            return await self._scale(reference, kind, namespace)
        owner = self._world.get(kind, (namespace, reference["name"]))
        if owner is None or objects.uid(owner) != reference["uid"]:
            return None
        above = ownership.controller_of(owner) if kind == REPLICASET else None
        if above is not None and paths.kind_of(above["apiVersion"], above["kind"]) == DEPLOYMENT:
            return await self._size(above, namespace)
        return objects.uid(owner), (owner.get("spec") or {}).get("replicas", 1)

    async def _scale(self, reference: Mapping[str, Any], kind: str, namespace: str) -> tuple[str, int] | None:
        client = self._world.client
        try:
            resource = client.resource(kind)
            if resource.subresource("scale") is None:
                raise Unknown(f"{resource.key} does not implement the scale subresource")
            scale = await client.get_path(paths.single(resource, namespace, reference["name"], "scale"))
        except StatusError as error:
            if error.code != 404:
                raise Unknown(str(error)) from error
            return None
        if objects.uid(scale) != reference["uid"]:
            return None
        return objects.uid(scale), int((scale.get("spec") or {}).get("replicas") or 0)
