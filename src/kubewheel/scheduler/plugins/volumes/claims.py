"""The claims of a pod: bound, to be bound where the pod goes, or a reason to wait."""

from collections.abc import Mapping
from dataclasses import dataclass

from kubewheel.libs.wire import Object
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.snapshot import Objects

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
ONE_POD = "ReadWriteOncePod"
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Claims:
    """A pod's claims, sorted by what remains to be done."""

    bound: tuple[Object, ...] = ()
    waiting: tuple[Object, ...] = ()  # for a node to be chosen


class Waiting(Exception):
    """No node can do before something happens to a claim; the text says what, as upstream does."""


def annotations(obj: Object) -> Mapping[str, str]:
    """Return an object's annotations."""
    return obj["metadata"].get("annotations") or _NONE


def of_pod(pod: PodInfo, objects: Objects) -> Claims:
    """Return the claims of `pod`; raise Waiting if one of them cannot be used."""
    found = [_claim(pod, name, objects, is_own=is_own) for name, is_own in pod.claims]
    bound, waiting, is_unbound = [], [], False
    for claim in found:
        if is_bound(claim):
            bound.append(claim)
        elif not claim["spec"].get("volumeName") and _waits_for_consumer(claim, objects):
            waiting.append(claim)
        else:
            is_unbound = True
    if is_unbound:
        raise Waiting(UNBOUND)
    return Claims(tuple(bound), tuple(waiting))


def _claim(pod: PodInfo, name: str, objects: Objects, *, is_own: bool) -> Object:
    claim = objects.get("PersistentVolumeClaim", pod.namespace, name)
    if claim is None and is_own:
        raise Waiting(f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"')
    if claim is None:
        raise Waiting(f'persistentvolumeclaim "{name}" not found')
    if (claim.get("status") or {}).get("phase") == "Lost":
        volume = claim["spec"].get("volumeName") or ""
        raise Waiting(f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"')
    if claim["metadata"].get("deletionTimestamp"):
        raise Waiting(f'persistentvolumeclaim "{name}" is being deleted')
    if is_own and not any(each["uid"] == pod.uid for each in claim["metadata"].get("ownerReferences") or ()):
        raise Waiting(
            f"PVC {pod.namespace}/{name} was not created for pod {pod.key} (pod is not owner)"
        )
    return claim


def is_bound(claim: Object) -> bool:
    """Return whether a claim has its volume for good."""
    if not claim["spec"].get("volumeName"):
        return False
    return BIND_COMPLETED in annotations(claim) or (claim.get("status") or {}).get("phase") == "Bound"


def class_of(claim: Object, objects: Objects) -> Object | None:
    """Return the storage class of a claim."""
    name = claim["spec"].get("storageClassName")
    return objects.get("StorageClass.storage.k8s.io", "", name) if name else None


def _waits_for_consumer(claim: Object, objects: Objects) -> bool:
    storage_class = class_of(claim, objects)
    if storage_class is None and claim["spec"].get("storageClassName"):
        raise Waiting(f'storageclass.storage.k8s.io "{claim["spec"]["storageClassName"]}" not found')
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
