"""The reconcile of a StatefulSet: one step towards the wanted members, then the status."""

import functools
from collections.abc import Iterable

from kubewheel.api import pods as pod_questions
from kubewheel.api import selectors
from kubewheel.api.errors import StatusError
from kubewheel.api.selectors import LabelSelector
from kubewheel.client.events import NORMAL, WARNING
from kubewheel.controllers import history
from kubewheel.controllers.history import History
from kubewheel.controllers.stateful_set import claims, identity, plan
from kubewheel.controllers.stateful_set import status as statuses
from kubewheel.controllers.stateful_set.plan import Members
from kubewheel.libs.wire import Object
from kubewheel.reconcile import (
    Change,
    Controller,
    Done,
    Key,
    Later,
    Maps,
    Outcome,
    World,
    batches,
    changes,
    key_of,
    objects,
    ownership,
)

KIND, CLAIM = "StatefulSet.apps", "PersistentVolumeClaim"
HASH_LABEL = "controller.kubernetes.io/hash"
CREATED, FAILED_CREATE = "SuccessfulCreate", "FailedCreate"
DELETED, FAILED_DELETE = "SuccessfulDelete", "FailedDelete"


def selector_of(stateful_set: Object) -> LabelSelector:
    """Return which pods a StatefulSet is about."""
    return selectors.from_object(stateful_set["spec"].get("selector"))


async def reconcile(key: Key, world: World) -> Outcome:
    """Take the next step of one StatefulSet."""
    stateful_set = world.get(KIND, key)
    if stateful_set is None or objects.is_deleting(stateful_set):
        return Done()
    selector = selector_of(stateful_set)
    await ownership.claim(
        world, stateful_set, "Pod", selector, adoptable=functools.partial(identity.is_member, stateful_set)
    )
    found = await history.observe(world, stateful_set, selector, HASH_LABEL)
    name = (stateful_set.get("status") or {}).get("currentRevision", "")
    current = found.named(name) or found.update
    error = await _step(world, stateful_set, found, current)
    after = _members(world, stateful_set)
    stateful_set = await world.update_status(
        stateful_set, statuses.plan_status(after, found, objects.name(current))
    )
    await _truncate(world, stateful_set, found, after)
    if error is not None:
        raise error
    wait = after.seconds_to_next()
    return Done() if wait is None else Later(wait)


def _members(world: World, stateful_set: Object) -> Members:
    owned = [pod for pod in ownership.owned(world, stateful_set, "Pod") if identity.is_member(stateful_set, pod)]
    return plan.members(stateful_set, owned, world.clock.now())


async def _step(world: World, stateful_set: Object, found: History, current: Object) -> Exception | None:
    members = _members(world, stateful_set)
    await _keep_identities(world, members)
    step = plan.plan_step(members, objects.name(found.update))

    async def create(place: int) -> None:
        ordinal = step.create[place]
        revision = current if plan.needs_current(stateful_set, ordinal) else found.update
        await _create_member(world, stateful_set, revision, ordinal)

    error = (await batches.slow_start(len(step.create), create))[1]
    errors = await batches.each(step.delete, functools.partial(_delete_member, world, stateful_set))
    return error or (errors[0] if errors else None)


async def _keep_identities(world: World, members: Members) -> None:
    """Put right labels that somebody changed, claims that are missing, and the owners of claims."""
    stateful_set = members.stateful_set
    for ordinal, pod in members.wanted.items():
        if pod is None or objects.is_deleting(pod):
            continue
        wanted = identity.labels_of(objects.name(pod), ordinal)
        if not wanted.items() <= objects.labels(pod).items():
            await world.patch(pod, {"metadata": {"uid": objects.uid(pod), "labels": wanted}})
        if pod_questions.phase(pod) == "Pending":
            await _create_claims(world, stateful_set, ordinal)
        await _own_claims(world, stateful_set, pod, is_condemned=False)
    for pod in members.condemned:
        if not objects.is_deleting(pod):
            await _own_claims(world, stateful_set, pod, is_condemned=True)


async def _own_claims(world: World, stateful_set: Object, pod: Object, *, is_condemned: bool) -> None:
    wanted = claims.plan_owner(stateful_set, pod, is_condemned=is_condemned)
    for template in stateful_set["spec"].get("volumeClaimTemplates") or ():
        name = identity.claim_name(template, objects.name(pod))
        claim = world.get(CLAIM, (objects.namespace(stateful_set), name))
        changed = claims.with_owner(claim, stateful_set, pod, wanted) if claim is not None else None
        if changed is not None:
            await world.update(changed)


async def _create_member(world: World, stateful_set: Object, revision: Object, ordinal: int) -> None:
    name = identity.pod_name(stateful_set, ordinal)
    if not await _create_claims(world, stateful_set, ordinal):
        return
    about = f"create Pod {name} in StatefulSet {objects.name(stateful_set)}"
    try:
        await world.create(identity.new_pod(stateful_set, revision, ordinal))
    except StatusError as error:
        if error.reason == "AlreadyExists" and await _is_own(world, stateful_set, name):
            return
        if not objects.is_namespace_terminating(error):
            world.event(stateful_set, WARNING, FAILED_CREATE, f"{about} failed error: {error}")
        raise
    world.event(stateful_set, NORMAL, CREATED, f"{about} successful")


async def _is_own(world: World, stateful_set: Object, name: str) -> bool:
    pod = await world.client.get("Pod", name, objects.namespace(stateful_set))
    return ownership.is_controlled_by(pod, stateful_set)


async def _create_claims(world: World, stateful_set: Object, ordinal: int) -> bool:
    """Create the claims of a member that are missing; return False if one still has to go first."""
    pod = identity.pod_name(stateful_set, ordinal)
    owner = claims.plan_owner(stateful_set, None, is_condemned=False)
    is_clear = True
    for claim in identity.claims_of(stateful_set, ordinal):
        present = world.get(CLAIM, key_of(claim))
        if present is not None:
            is_clear = is_clear and not claims.is_stale(present, pod)
            continue
        await _create_claim(world, stateful_set, pod, claims.with_owner(claim, stateful_set, None, owner) or claim)
    return is_clear


async def _create_claim(world: World, stateful_set: Object, pod: str, claim: Object) -> None:
    about = f"create Claim {objects.name(claim)} Pod {pod} in StatefulSet {objects.name(stateful_set)}"
    try:
        await world.create(claim)
    except StatusError as error:
        if error.reason == "AlreadyExists":
            return
        world.event(stateful_set, WARNING, FAILED_CREATE, f"{about} failed error: {error}")
        raise
    world.event(stateful_set, NORMAL, CREATED, f"{about} success")


async def _delete_member(world: World, stateful_set: Object, pod: Object) -> None:
    about = f"delete Pod {objects.name(pod)} in StatefulSet {objects.name(stateful_set)}"
    try:
        deleted = await world.delete(pod)
    except StatusError as error:
        world.event(stateful_set, WARNING, FAILED_DELETE, f"{about} failed error: {error}")
        raise
    if deleted:
        world.event(stateful_set, NORMAL, DELETED, f"{about} successful")


async def _truncate(world: World, stateful_set: Object, found: History, members: Members) -> None:
    status = stateful_set["status"]
    live = {identity.revision_of(pod) for pod in members.all}
    live |= {status["currentRevision"], status["updateRevision"]}
    for revision in history.plan_truncation(stateful_set, found.revisions, live):
        await world.delete(revision)


def _of_deleted_claim(world: World, change: Change) -> Iterable[Key]:
    """A member waits until the claim of its predecessor is gone, or gets back one that was deleted."""
    if change.new is not None:
        return ()
    sets = world.list(KIND, objects.namespace(change.object))
    return [key_of(each) for each in sets if each["spec"].get("volumeClaimTemplates")]


CONTROLLER = Controller(
    name="statefulset-controller", watches=KIND, reconcile=reconcile, owns=("Pod",), ignores=changes.only_status,
    maps=(ownership.orphans_of("Pod", KIND, selector_of), Maps(CLAIM, _of_deleted_claim)),
    indexes={history.KIND: ownership.INDEXES},
)
