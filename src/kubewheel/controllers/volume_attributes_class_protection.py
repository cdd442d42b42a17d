"""Protection of attribute classes: a deleted VolumeAttributesClass stays while a claim or a volume names it.

In: VolumeAttributesClasses, PersistentVolumeClaims, PersistentVolumes.  Out: kubernetes.io/vac-protection.
"""

import functools
from collections.abc import Iterable

from kubewheel.controllers import protection
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, objects

KIND = "VolumeAttributesClass.storage.k8s.io"
USERS = ("PersistentVolumeClaim", "PersistentVolume")
FINALIZER = "kubernetes.io/vac-protection"
BY_CLASS = "attributes class"


def classes(user: Object) -> set[str]:
    """Return the classes that a claim or a volume wants, has, or is about to have."""
    status = user.get("status") or {}
    found = (
        user["spec"].get("volumeAttributesClassName"), status.get("currentVolumeAttributesClassName"),
        (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName"),
    )
    return {name for name in found if name}


async def reconcile(key: Key, world: World) -> Outcome:
    """Give a class its protection, or end it."""
    found = world.get(KIND, key)
    if found is not None:
        await protection.protect(world, found, FINALIZER, functools.partial(_is_used, world, key.name))
    return Done()


async def _is_used(world: World, name: str) -> bool:
    return any(world.by_index(kind, BY_CLASS, name) for kind in USERS)


def _named(world: World, change: Change) -> Iterable[Key]:
    """Return the classes that somebody names no more, and that wait for that."""
    before = classes(change.old) if change.old is not None else set()
    now = classes(change.new) if change.new is not None else set()
    for name in before - now:
        found = world.get(KIND, ("", name))
        if found is not None and objects.is_deleting(found):
            yield Key("", name)


CONTROLLER = Controller(
    name="volumeattributesclass-protection-controller", watches=KIND, reconcile=reconcile,
    indexes={kind: {BY_CLASS: classes} for kind in USERS}, maps=tuple(Maps(kind, _named) for kind in USERS),
)
