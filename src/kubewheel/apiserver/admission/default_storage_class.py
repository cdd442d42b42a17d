"""DefaultStorageClass: claims that name no storage class get the default one."""

from typing import TYPE_CHECKING

from kubewheel.apiserver import default_classes
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

CLASSES = "storageclasses.storage.k8s.io"
MARKS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
NAMED_BY = "volume.beta.kubernetes.io/storage-class"


async def admit(matter: Matter, backend: "Backend") -> None:
    """Name the default class; an empty name means none and stays."""
    if matter.subresource or matter.content is None:
        return
    spec = matter.content.setdefault("spec", {})
    if spec.get("storageClassName") is not None or NAMED_BY in (matter.content["metadata"].get("annotations") or {}):
        return
    name = default_classes.newest(backend, CLASSES, MARKS)
    if name is not None:
        spec["storageClassName"] = name


PLUGIN = Plugin(
    "DefaultStorageClass", Stage.MUTATE, 80, frozenset({Operations.CREATE}), admit,
    frozenset({"persistentvolumeclaims"}),
)
