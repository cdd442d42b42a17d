"""Ownership: which objects belong to which controller object, by controller reference and selector.

An object has at most one controller reference. A controller adopts matching objects that have none, and releases its
own that match no more: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.api.ownership import controller_of, is_controlled_by, reference_to
from kubewheel.api.selectors import LabelSelector
from kubewheel.client.informer import IndexFunction
from kubewheel.client.paths import kind_of
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects
from kubewheel.reconcile.controller import Change, Maps
from kubewheel.reconcile.world import Key, World, key_of

__all__ = [
    "BY_CONTROLLER", "INDEXES", "ORPHANS", "claim", "controller_of", "is_controlled_by", "orphans_of", "owned",
    "reference_to",
]

BY_CONTROLLER = "controller uid"
ORPHANS = "namespace of objects without controller"


def _controller_uid(obj: Object) -> Iterable[str]:
    reference = controller_of(obj)
    return (reference["uid"],) if reference is not None else ()


def _orphan_namespace(obj: Object) -> Iterable[str]:
    return (obj["metadata"].get("namespace", ""),) if controller_of(obj) is None else ()


INDEXES: Mapping[str, IndexFunction] = {BY_CONTROLLER: _controller_uid, ORPHANS: _orphan_namespace}


def owned(world: World, owner: Object, kind: str) -> list[Object]:
    """Return the objects of `kind` whose controller is `owner`."""
    return list(world.by_index(kind, BY_CONTROLLER, owner["metadata"]["uid"]))


async def claim(
    world: World, owner: Object, kind: str, selector: LabelSelector,
    adoptable: Callable[[Object], bool] = lambda _: True, *, finalizer: str = "",
) -> list[Object]:
    """Adopt what matches and has no controller, release what matches no more; return what `owner` controls.

    Adopted objects get `finalizer`, released ones lose it.
    """
    kept = []
    for obj in owned(world, owner, kind):
        if selector.matches(objects.labels(obj)) or objects.is_deleting(owner):
            kept.append(obj)
        else:
            await _release(world, owner, obj, finalizer)
    if objects.is_deleting(owner):
        return kept
    orphans = [
        obj for obj in world.by_index(kind, ORPHANS, objects.namespace(owner))
        if not objects.is_deleting(obj) and selector.matches(objects.labels(obj)) and adoptable(obj)
    ]
    if orphans and await _may_adopt(world, owner):
        for obj in orphans:
            adopted = await _adopt(world, owner, obj, finalizer)
            if adopted is not None:
                kept.append(adopted)
    return kept


async def _may_adopt(world: World, owner: Object) -> bool:
    # The cache may not know yet that the owner is being deleted; an adoption then would resurrect the object's tie.
    try:
        live = await world.client.get(
            kind_of(owner["apiVersion"], owner["kind"]), objects.name(owner), objects.namespace(owner)
        )
    except StatusError as error:
        if error.code != 404:
            raise
        return False
    return objects.uid(live) == objects.uid(owner) and not objects.is_deleting(live)


async def _adopt(world: World, owner: Object, obj: Object, finalizer: str) -> Object | None:
    metadata: dict[str, Any] = {"uid": objects.uid(obj), "ownerReferences": [reference_to(owner)]}
    if finalizer:
        metadata["finalizers"] = [finalizer]
    return await _patched(world, obj, {"metadata": metadata})


async def _release(world: World, owner: Object, obj: Object, finalizer: str) -> None:
    references = [{"$patch": "delete", "uid": objects.uid(owner)}]
    metadata: dict[str, Any] = {"uid": objects.uid(obj), "ownerReferences": references}
    if finalizer:
        metadata["$deleteFromPrimitiveList/finalizers"] = [finalizer]
    await _patched(world, obj, {"metadata": metadata})


async def _patched(world: World, obj: Object, change: Object) -> Object | None:
    """Apply the change; None if the object is gone, replaced by a namesake, or taken by somebody else meanwhile."""
    try:
        return await world.patch(obj, change, type="strategic")
    except StatusError as error:
        if error.code not in (404, 409, 422):
            raise
        return None


def orphans_of(kind: str, owner_kind: str, selector_of: Callable[[Object], LabelSelector]) -> Maps:
    """Return the mapping that wakes every owner which could adopt a changed orphan of `kind`."""

    def keys(world: World, change: Change) -> Iterable[Key]:
        obj = change.new
        if obj is None or controller_of(obj) is not None or objects.is_deleting(obj):
            return []
        old = change.old
        if old is not None and controller_of(old) is None and objects.labels(old) == objects.labels(obj):
            return []
        found = objects.labels(obj)
        return [
            key_of(owner) for owner in world.list(owner_kind, objects.namespace(obj))
            if selector_of(owner).matches(found)
        ]

    return Maps(kind, keys)
