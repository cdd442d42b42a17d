"""The graph of owners and dependents. Pure; holds full entries only for objects that have owners or wait to be deleted.

An object is known by its uid. `observe` and `forget` return the uids that must be looked at because of the change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kubewheel.libs.wire import Object

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"

Reference = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """What the collector must know of an object."""

    kind: str
    namespace: str
    name: str
    uid: str
    owners: tuple[Reference, ...] = ()
    is_deleting: bool = False
    is_foreground: bool = False  # Deleted, but waits until its dependents are gone.
    is_orphaning: bool = False  # Deleted, but waits until its dependents are released.

    def blocks(self, owner_uid: str) -> bool:
        """Return whether the owner must not go before this object."""
        return any(each["uid"] == owner_uid and each.get("blockOwnerDeletion") for each in self.owners)


def item_of(kind: str, obj: Object) -> Item:
    """Return the entry of an object."""
    metadata = obj["metadata"]
    finalizers = metadata.get("finalizers") or ()
    is_deleting = bool(metadata.get("deletionTimestamp"))
    return Item(
        kind, metadata.get("namespace", ""), metadata["name"], metadata["uid"],
        tuple(metadata.get("ownerReferences") or ()), is_deleting,
        is_deleting and FOREGROUND in finalizers, is_deleting and ORPHAN in finalizers,
    )


class Graph:
    """Who owns whom."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}  # uid → namespace of every object there is.
        self._items: dict[str, Item] = {}
        self._dependents: dict[str, set[str]] = {}

    def item(self, uid: str) -> Item | None:
        """Return the entry of an object that has owners or waits to be deleted."""
        return self._items.get(uid)

    def dependents(self, uid: str) -> list[Item]:
        """Return the entries of everything that names `uid` as an owner."""
        return [self._items[each] for each in self._dependents.get(uid, ())]

    def is_known(self, uid: str) -> bool:
        """Return whether an object of that uid is there."""
        return uid in self._places

    def is_foreign(self, reference: Reference, namespace: str) -> bool:
        """Return whether the owner is known to live in another namespace, where it cannot be owned from."""
        place = self._places.get(reference["uid"], "")
        return bool(place) and place != namespace

    def observe(self, kind: str, obj: Object) -> list[str]:
        """Take over an object; return the uids to look at."""
        metadata = obj["metadata"]
        uid = metadata["uid"]
        is_new = uid not in self._places
        self._places[uid] = metadata.get("namespace", "")
        old = self._items.get(uid)
        if not metadata.get("ownerReferences") and not metadata.get("deletionTimestamp"):
            if old is None:
                return self._foreign_dependents(uid) if is_new else []
            new = None
        else:
            new = item_of(kind, obj)
            if new == old:
                return []
        return self._replace(uid, old, new) + (self._foreign_dependents(uid) if is_new else [])

    def _replace(self, uid: str, old: Item | None, new: Item | None) -> list[str]:
        before = {each["uid"] for each in old.owners} if old is not None else set()
        after = {each["uid"] for each in new.owners} if new is not None else set()
        for owner in before - after:
            self._unlink(owner, uid)
        for owner in after - before:
            self._dependents.setdefault(owner, set()).add(uid)
        if new is None:
            self._items.pop(uid, None)
        else:
            self._items[uid] = new
        look = [owner for owner in before if self._waits(owner)]
        return look if new is None else look + self._look_at(new, before)

    def _look_at(self, new: Item, before: set[str]) -> list[str]:
        if new.is_foreground or new.is_orphaning:
            dependents = self._dependents.get(new.uid, ()) if new.is_foreground else ()
            return [*dependents, new.uid]
        fresh = [each for each in new.owners if each["uid"] not in before]
        doubtful = any(
            not self.is_known(each["uid"]) or self._waits(each["uid"]) or self.is_foreign(each, new.namespace)
            for each in fresh
        )
        return [new.uid] if doubtful and not new.is_deleting else []

    def forget(self, uid: str) -> list[str]:
        """Drop an object that is gone; return the uids to look at: its dependents, and owners that waited for it."""
        self._places.pop(uid, None)
        item = self._items.pop(uid, None)
        look = list(self._dependents.get(uid, ()))
        for reference in item.owners if item is not None else ():
            self._unlink(reference["uid"], uid)
            if self._waits(reference["uid"]):
                look.append(reference["uid"])
        return look

    def _waits(self, uid: str) -> bool:
        item = self._items.get(uid)
        return item is not None and item.is_foreground

    def _foreign_dependents(self, uid: str) -> list[str]:
        place = self._places[uid]
        if not place:
            return []
        return [item.uid for item in self.dependents(uid) if item.namespace != place]

    def _unlink(self, owner: str, dependent: str) -> None:
        found = self._dependents.get(owner)
        if found is not None:
            found.discard(dependent)
            if not found:
                del self._dependents[owner]


def without_owners(owners: Iterable[Reference], uids: Iterable[str]) -> list[Reference]:
    """Return the references but those to `uids`."""
    gone = set(uids)
    return [each for each in owners if each["uid"] not in gone]
