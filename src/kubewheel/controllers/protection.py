"""Protection: a finalizer that every object of a kind bears, and that a deleted one keeps while something uses it."""

from collections.abc import Awaitable, Callable

from kubewheel.libs.wire import Object
from kubewheel.reconcile import World, objects


def is_settled(obj: Object, finalizer: str, *, is_used: bool = False) -> bool:
    """Tell whether `protect` would change nothing."""
    has = finalizer in objects.finalizers(obj)
    if objects.is_deleting(obj):
        return is_used or not has
    return has


async def protect(world: World, obj: Object, finalizer: str, is_used: Callable[[], Awaitable[bool]]) -> None:
    """Give an object its protection; take it from a deleted one that nothing uses, which is asked only then."""
    finalizers = objects.finalizers(obj)
    if not objects.is_deleting(obj):
        if finalizer not in finalizers:
            await world.update(objects.with_metadata(obj, finalizers=[*finalizers, finalizer]))
    elif finalizer in finalizers and not await is_used():
        left = [each for each in finalizers if each != finalizer]
        await world.update(objects.with_metadata(obj, finalizers=left))
