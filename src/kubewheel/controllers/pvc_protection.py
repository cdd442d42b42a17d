"""Protection of claims: a deleted PersistentVolumeClaim stays until no scheduled pod uses it any more.

In: PersistentVolumeClaims, Pods.  Out: the finalizer kubernetes.io/pvc-protection, added and taken away.
"""

import functools
from collections.abc import Iterable

from kubewheel.api import ownership, pods
from kubewheel.controllers import protection
from kubewheel.libs.wire import Object
from kubewheel.reconcile import Change, Controller, Done, Key, Maps, Outcome, World, objects

KIND = "PersistentVolumeClaim"
FINALIZER = "kubernetes.io/pvc-protection"
BY_CLAIM = "claim"


def claim_names(pod: Object) -> set[str]:
    """Return the names of the claims that a pod's volumes name, or that are made for them."""
    names = set()
    for volume in pod["spec"].get("volumes") or ():
        if volume.get("persistentVolumeClaim") is not None:
            names.add(volume["persistentVolumeClaim"]["claimName"])
        elif volume.get("ephemeral") is not None:
            names.add(f"{objects.name(pod)}-{volume['name']}")
    return names


def uses(pod: Object, claim: Object) -> bool:
    """Tell whether a pod needs the claim: no node starts a pod whose claim is being deleted, so only bound ones do."""
    if not pods.node_name(pod):
        return False
    for volume in pod["spec"].get("volumes") or ():
        named = volume.get("persistentVolumeClaim")
        if named is not None and named["claimName"] == objects.name(claim):
            return True
        is_made = volume.get("ephemeral") is not None and f"{objects.name(pod)}-{volume['name']}" == objects.name(claim)
        if is_made and not _is_shut_down(pod) and ownership.is_controlled_by(claim, pod):
            return True
    return False


def _is_shut_down(pod: Object) -> bool:
    """Tell whether the node is done with the pod: it may wait for the claim that was made for it to go."""
    return objects.is_deleting(pod) and pod["metadata"].get("deletionGracePeriodSeconds") == 0


def lacks_nothing(change: Change) -> bool:
    """Tell whether the claim has the finalizer, and is to keep it."""
    return change.new is None or protection.is_settled(change.new, FINALIZER)


async def reconcile(key: Key, world: World) -> Outcome:
    """Give a claim its protection, or end it."""
    claim = world.get(KIND, key)
    if claim is not None:
        await protection.protect(world, claim, FINALIZER, functools.partial(_is_used, world, claim))
    return Done()


async def _is_used(world: World, claim: Object) -> bool:
    namespace = objects.namespace(claim)
    known = world.by_index("Pod", BY_CLAIM, f"{namespace}/{objects.name(claim)}")
    if any(uses(pod, claim) for pod in known):
        return True
    # The cache may not know the latest pods yet, and data that is gone is gone.
    return any(uses(pod, claim) for pod in (await world.client.list("Pod", namespace)).items)


def _by_claim(pod: Object) -> Iterable[str]:
    return (f"{objects.namespace(pod)}/{name}" for name in claim_names(pod))


def _claims_of(world: World, change: Change) -> Iterable[Key]:
    """Return the claims that wait for this change: a pod went, or will never need them."""
    if change.type == "ADDED":
        return
    for pod in (change.new, change.old):
        for name in claim_names(pod) if pod is not None else ():
            claim = world.get(KIND, (objects.namespace(change.object), name))
            if claim is not None and objects.is_deleting(claim):
                yield Key(objects.namespace(claim), name)


CONTROLLER = Controller(
    name="persistentvolumeclaim-protection-controller", watches=KIND, reconcile=reconcile, ignores=lacks_nothing,
    indexes={"Pod": {BY_CLAIM: _by_claim}}, maps=(Maps("Pod", _claims_of),), identity="pvc-protection-controller",
)
