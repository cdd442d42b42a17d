"""Protection of volumes: a deleted PersistentVolume stays while a claim is bound to it.

In: PersistentVolumes.  Out: the finalizer kubernetes.io/pv-protection, added and taken away.
"""

from kubewheel.controllers import protection
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Outcome, World

KIND = "PersistentVolume"
FINALIZER = "kubernetes.io/pv-protection"


def _is_bound(volume: Object) -> bool:
    return (volume.get("status") or {}).get("phase") == "Bound"


def _is_fine(change: Change) -> bool:
    return change.new is None or protection.is_settled(change.new, FINALIZER, is_used=_is_bound(change.new))


async def reconcile(key: Key, world: World) -> Outcome:
    """Give a volume its protection, or end it."""
    volume = world.get(KIND, key)

    async def is_used() -> bool:
        return volume is not None and _is_bound(volume)

    if volume is not None:
        await protection.protect(world, volume, FINALIZER, is_used)
    return Done()


CONTROLLER = Controller(
    name="persistentvolume-protection-controller", watches=KIND, reconcile=reconcile, ignores=_is_fine,
    identity="pv-protection-controller",
)
