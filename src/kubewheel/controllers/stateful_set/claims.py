"""Owners of claims: who takes a member's volumes along when it goes. Pure.

https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
"""

from typing import Any

from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, ownership

DELETE = "Delete"


def is_kept(stateful_set: Object) -> bool:
    """Return whether claims always stay, which is the default."""
    return not (_deletes(stateful_set, "whenDeleted") or _deletes(stateful_set, "whenScaled"))


def _deletes(stateful_set: Object, when: str) -> bool:
    policy = stateful_set["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return bool(policy.get(when) == DELETE)


def plan_owner(stateful_set: Object, pod: Object | None, *, is_condemned: bool) -> dict[str, Any] | None:
    """Return the reference to the owner that a member's claims shall have; None is for claims that stay."""
    if is_condemned and _deletes(stateful_set, "whenScaled"):
        return ownership.reference_to(pod) if pod is not None else None
    return ownership.reference_to(stateful_set) if _deletes(stateful_set, "whenDeleted") else None


def with_owner(
    claim: Object, stateful_set: Object, pod: Object | None, wanted: Object | None
) -> dict[str, Any] | None:
    """Return the claim with the wanted owner in place of StatefulSet and pod; None if nothing changes."""
    ours = {objects.uid(owner) for owner in (stateful_set, pod) if owner is not None}
    present = claim["metadata"].get("ownerReferences") or []
    held = [each for each in present if each.get("uid") in ours]
    if [each.get("uid") for each in held] == ([wanted["uid"]] if wanted is not None else []):
        return None
    others = [each for each in present if each.get("uid") not in ours]
    if wanted is not None and any(each.get("controller") for each in others):
        return None  # Somebody else answers for this claim.
    return objects.with_metadata(claim, ownerReferences=[*others, *([wanted] if wanted is not None else [])])


def is_stale(claim: Object, pod_name: str) -> bool:
    """Return whether the claim is on its way out with an earlier member of that name."""
    references = claim["metadata"].get("ownerReferences") or ()
    belongs = any(each.get("kind") == "Pod" and each.get("name") == pod_name for each in references)
    return belongs or objects.is_deleting(claim)
