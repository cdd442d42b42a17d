"""PersistentVolumeClaimResize: a claim grows only when it has a volume whose class allows that."""

from typing import TYPE_CHECKING

from kubewheel.api import quantity
from kubewheel.apiserver.admission.plugin import Matter, Operations, Plugin, Stage
from kubewheel.libs.wire import Object
from kubewheel.storage import Key

if TYPE_CHECKING:
    from kubewheel.apiserver.backend import Backend

CLASSES = "storageclasses.storage.k8s.io"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
UNBOUND = "Only bound persistent volume claims can be expanded"
STATIC = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
)


async def admit(matter: Matter, backend: "Backend") -> None:
    """Refuse growth that nothing would bring about."""
    if matter.subresource or matter.content is None or matter.old is None:
        return
    if _size(matter.content) <= _size(matter.old):
        return
    if (matter.old.get("status") or {}).get("phase") != "Bound":
        raise matter.forbidden(UNBOUND)
    name = _class(matter.content)
    entry = backend.store.get(Key(CLASSES, "", name)) if name and name == _class(matter.old) else None
    if entry is None or not entry.object.get("allowVolumeExpansion"):
        raise matter.forbidden(STATIC)


def _size(claim: Object) -> quantity.Quantity:
    return quantity.of((((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}).get("storage"))


def _class(claim: Object) -> str:
    annotations = claim["metadata"].get("annotations") or {}
    found: str = annotations.get(CLASS_ANNOTATION) or (claim.get("spec") or {}).get("storageClassName") or ""
    return found


PLUGIN = Plugin(
    "PersistentVolumeClaimResize", Stage.VALIDATE, 86, frozenset({Operations.UPDATE}), admit,
    frozenset({"persistentvolumeclaims"}),
)
