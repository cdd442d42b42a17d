"""History: the pod templates that a StatefulSet or DaemonSet has had, as ControllerRevisions.

In: an owner and its revisions.  Out: the revision of its present template, created or renumbered if need be; which old
ones to forget.  `kubectl rollout history` and `undo` read them: the data of a revision is a patch of its owner.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kubewheel.api.errors import StatusError
from kubewheel.api.selectors import LabelSelector
from kubewheel.libs.wire import Object
from kubewheel.reconcile import World, hashing, objects, ownership

KIND = "ControllerRevision.apps"
POD_LABEL = "controller-revision-hash"
MAX_COLLISIONS = 20  # Names that are tried before the reconcile is left to its back-off.


@dataclass(frozen=True, slots=True)
class History:
    """The revision of the owner's template, all revisions by number, and how many names were taken so far."""

    update: Object
    revisions: Sequence[Object]
    collisions: int

    def named(self, name: str) -> Object | None:
        """Return the revision of that name."""
        return next((each for each in self.revisions if objects.name(each) == name), None)


def number(revision: Object) -> int:
    """Return the revision's number."""
    return int(revision.get("revision") or 0)


def data_of(owner: Object) -> dict[str, Any]:
    """Return what a revision keeps of its owner: a patch that brings the template back."""
    return {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}


def template_of(revision: Object) -> dict[str, Any]:
    """Return the pod template that a revision keeps."""
    template: Mapping[str, Any] = revision["data"]["spec"]["template"]
    return {name: value for name, value in template.items() if name != "$patch"}


def find_equal(owner: Object, revisions: Sequence[Object]) -> Object | None:
    """Return the newest revision of the owner's present template."""
    wanted = data_of(owner)
    return next((each for each in reversed(revisions) if each.get("data") == wanted), None)


def by_number(revisions: Sequence[Object]) -> list[Object]:
    """Return the revisions, the oldest first."""
    return sorted(revisions, key=lambda each: (number(each), objects.created(each), objects.name(each)))


def plan_truncation(owner: Object, revisions: Sequence[Object], live: Collection[str]) -> list[Object]:
    """Return the revisions beyond the history limit, the oldest first; those in use are named in `live`."""
    limit = owner["spec"].get("revisionHistoryLimit")
    past = [each for each in revisions if objects.name(each) not in live]
    if limit is None or limit < 0:
        return []
    return past[: max(0, len(past) - limit)]


async def observe(world: World, owner: Object, selector: LabelSelector, hash_label: str) -> History:
    """Return the owner's history, with its present template as the newest revision."""
    revisions = by_number(await ownership.claim(world, owner, KIND, selector))
    collisions = (owner.get("status") or {}).get("collisionCount") or 0
    following = number(revisions[-1]) + 1 if revisions else 1
    equal = find_equal(owner, revisions)
    if equal is None:
        made, collisions = await _create(world, owner, following, hash_label, collisions)
        return History(made, [*revisions, made], collisions)
    if objects.uid(equal) != objects.uid(revisions[-1]):
        # The owner went back to an earlier template, which thereby is the newest one.
        renumbered = await world.update({**equal, "revision": following})
        others = [each for each in revisions if objects.uid(each) != objects.uid(equal)]
        return History(renumbered, [*others, renumbered], collisions)
    return History(equal, revisions, collisions)


def new_revision(owner: Object, following: int, hash_label: str, collisions: int) -> dict[str, Any]:
    """Return a revision of the owner's present template."""
    data = data_of(owner)
    suffix = hashing.short_hash(data, collisions)
    labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
    metadata = {
        "name": f"{objects.name(owner)}-{suffix}", "namespace": objects.namespace(owner),
        "labels": {**labels, hash_label: suffix}, "annotations": dict(objects.annotations(owner)),
        "ownerReferences": [ownership.reference_to(owner)],
    }
    return {
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata, "data": data,
        "revision": following,
    }


async def _create(
    world: World, owner: Object, following: int, hash_label: str, collisions: int
) -> tuple[Object, int]:
    last: StatusError | None = None
    for attempt in range(collisions, collisions + MAX_COLLISIONS):
        wanted = new_revision(owner, following, hash_label, attempt)
        try:
            return await world.create(wanted), attempt
        except StatusError as error:
            if error.code != 409 or error.reason != "AlreadyExists":
                raise
            last = error
        taken = await world.client.get(KIND, wanted["metadata"]["name"], objects.namespace(owner))
        if taken.get("data") == wanted["data"] and ownership.is_controlled_by(taken, owner):
            return taken, attempt
    assert last is not None
    raise last
