"""Defaults: pods of one Service, ReplicaSet, StatefulSet or ReplicationController prefer to lie apart."""

from kubewheel.api import selectors
from kubewheel.api.selectors import LabelSelector
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.pod_terms import HOSTNAME, ZONE, SpreadConstraint
from kubewheel.scheduler.snapshot import Snapshot

_BY_LABELS = {"ReplicationController": "ReplicationController"}
_BY_SELECTOR = {"ReplicaSet": "ReplicaSet.apps", "StatefulSet": "StatefulSet.apps"}


def constraints(pod: PodInfo, snapshot: Snapshot) -> tuple[SpreadConstraint, ...]:
    """Return the constraints of a pod that brings none."""
    selector = siblings(pod, snapshot)
    if selector.is_empty:
        return ()
    return (
        SpreadConstraint(3, HOSTNAME, selector, hard=False), SpreadConstraint(5, ZONE, selector, hard=False),
    )


def siblings(pod: PodInfo, snapshot: Snapshot) -> LabelSelector:
    """Return the selector of the pods that serve or scale together with `pod`; an empty one if there are none."""
    if not pod.labels:
        return selectors.EVERYTHING
    wanted: dict[str, str] = {}
    for service in snapshot.objects.list("Service", pod.namespace):
        chosen = (service.get("spec") or {}).get("selector")
        if chosen and all(pod.labels.get(key) == value for key, value in chosen.items()):
            wanted.update(chosen)
    requirements = selectors.from_labels(wanted).requirements
    kind, name = pod.owner
    if kind in _BY_LABELS:
        owner = snapshot.objects.get(_BY_LABELS[kind], pod.namespace, name)
        chosen = (owner.get("spec") or {}).get("selector") if owner is not None else None
        requirements += selectors.from_labels(chosen).requirements
    elif kind in _BY_SELECTOR:
        owner = snapshot.objects.get(_BY_SELECTOR[kind], pod.namespace, name)
        if owner is not None:
            requirements += selectors.from_object(owner["spec"].get("selector")).requirements
    return LabelSelector(tuple(dict.fromkeys(requirements)))
