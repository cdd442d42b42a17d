"""Protection of volumes: a deleted PersistentVolume stays while a claim is bound to it.

In: PersistentVolumes.  Out: the finalizer kubernetes.io/pv-protection, added and taken away.
"""

from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Outcome, World, objects

KIND = "PersistentVolume"
FINALIZER = "kubernetes.io/pv-protection"


def wanted(volume: Object) -> list[str] | None:
    """Return the finalizers that the volume should have; None if it has them."""
    finalizers = objects.finalizers(volume)
    if not objects.is_deleting(volume):
        return None if FINALIZER in finalizers else [*finalizers, FINALIZER]
    if FINALIZER not in finalizers or (volume.get("status") or {}).get("phase") == "Bound":
        return None
    return [each for each in finalizers if each != FINALIZER]


def _is_fine(change: Change) -> bool:
    return change.new is None or wanted(change.new) is None


async def reconcile(key: Key, world: World) -> Outcome:
    """Give a volume its protection, or end it."""
    volume = world.get(KIND, key)
    finalizers = wanted(volume) if volume is not None else None
    if volume is not None and finalizers is not None:
        await world.update(objects.with_metadata(volume, finalizers=finalizers))
    return Done()


CONTROLLER = Controller(
    name="persistentvolume-protection-controller", watches=KIND, reconcile=reconcile, ignores=_is_fine,
    identity="pv-protection-controller",
)
