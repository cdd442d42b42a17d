"""StorageObjectInUseProtection: claims, volumes and attribute classes stay until nobody uses them any more.

The finalizers that it adds are taken away by the protection controllers.
https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

FINALIZERS: Mapping[str, str] = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
    "volumeattributesclasses.storage.k8s.io": "kubernetes.io/vac-protection",
}


async def admit(matter: Matter, _: "Backend") -> None:
    """Add the finalizer of the kind."""
    if matter.subresource or matter.content is None:
        return
    finalizer = FINALIZERS[matter.resource.storage_key]
    known = matter.content["metadata"].get("finalizers") or []
    if finalizer not in known:
        matter.content["metadata"]["finalizers"] = [*known, finalizer]


PLUGIN = Plugin(
    "StorageObjectInUseProtection", Stage.MUTATE, 82, frozenset({Operations.CREATE}), admit, frozenset(FINALIZERS)
)
