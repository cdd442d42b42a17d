"""Nodes and pods: which nodes a DaemonSet is for, what its pod on a node looks like, and whose node a pod is. Pure.

https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kubewheel.api import node_selection, pods
from kubewheel.controllers import history
from kubewheel.libs.wire import Object
from kubewheel.reconcile import objects, ownership, replicas

GENERATION = "deprecated.daemonset.template.generation"
GENERATION_LABEL = "pod-template-generation"
NO_EXECUTE, NO_SCHEDULE = "NoExecute", "NoSchedule"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
# What happens to nodes must not drive away the pods that look after them.
_TOLERATED = (
    ("node.kubernetes.io/not-ready", NO_EXECUTE), ("node.kubernetes.io/unreachable", NO_EXECUTE),
    ("node.kubernetes.io/disk-pressure", NO_SCHEDULE), ("node.kubernetes.io/memory-pressure", NO_SCHEDULE),
    ("node.kubernetes.io/pid-pressure", NO_SCHEDULE), ("node.kubernetes.io/unschedulable", NO_SCHEDULE),
)
_TOLERATED_ON_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", NO_SCHEDULE)


class Fit(NamedTuple):
    """Whether a pod shall run on a node, and whether one that runs there may stay."""

    runs: bool
    stays: bool


def tolerations_of(spec: Object) -> list[Any]:
    """Return the tolerations of a daemon's pod: its own, and those that all daemons have."""
    found = list(spec.get("tolerations") or ())
    extra = [*_TOLERATED, *([_TOLERATED_ON_HOST_NETWORK] if spec.get("hostNetwork") else [])]
    for key, effect in extra:
        wanted = {"key": key, "operator": "Exists", "effect": effect}
        if wanted not in found:
            found.append(wanted)
    return found


def fit(daemon_set: Object, node: Object) -> Fit:
    """Return whether a node is one of those that the DaemonSet is for."""
    spec: Mapping[str, Any] = daemon_set["spec"]["template"].get("spec") or {}
    name = objects.name(node)
    if spec.get("nodeName") not in (None, "", name):
        return Fit(False, False)
    if not node_selection.required_of(spec).matches(objects.labels(node), name):
        return Fit(False, False)
    taints = node_selection.taints_of(node)
    if not taints:
        return Fit(True, True)
    tolerations = node_selection.tolerations_of({"tolerations": tolerations_of(spec)})
    if not node_selection.untolerated(taints, tolerations, (NO_SCHEDULE, NO_EXECUTE)):
        return Fit(True, True)
    return Fit(False, not node_selection.untolerated(taints, tolerations, (NO_EXECUTE,)))


def template_generation(daemon_set: Object) -> str:
    """Return the number of the template, as old clients know it."""
    return objects.annotations(daemon_set).get(GENERATION, "")


def new_pod(daemon_set: Object, template: Object, suffix: str, node: str) -> dict[str, Any]:
    """Return the pod of a node; the scheduler binds it, to that node and no other."""
    pod = replicas.from_template(template, ownership.reference_to(daemon_set), f"{objects.name(daemon_set)}-")
    labels = {**objects.labels(pod), history.POD_LABEL: suffix}
    if generation := template_generation(daemon_set):
        labels[GENERATION_LABEL] = generation
    spec = {**pod["spec"], "affinity": _bound_to(pod["spec"].get("affinity") or {}, node)}
    return {**objects.with_metadata(pod, labels=labels), "spec": {**spec, "tolerations": tolerations_of(spec)}}


def _bound_to(affinity: Mapping[str, Any], node: str) -> dict[str, Any]:
    field = {"key": node_selection.NODE_NAME_FIELD, "operator": "In", "values": [node]}
    required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    return {**affinity, "nodeAffinity": {**(affinity.get("nodeAffinity") or {}), _REQUIRED: required}}


def node_of(pod: Object) -> str:
    """Return the node that a pod runs on, or is meant for; empty if that cannot be told."""
    bound = pods.node_name(pod)
    if bound:
        return bound
    names = node_selection.required_of(pod.get("spec") or {}).node_names
    return next(iter(names)) if names is not None and len(names) == 1 else ""


def is_updated(daemon_set: Object, pod: Object, suffix: str) -> bool:
    """Return whether the pod was made from the present template."""
    labels, generation = objects.labels(pod), template_generation(daemon_set)
    if labels.get(history.POD_LABEL) == suffix:
        return True
    return bool(generation) and labels.get(GENERATION_LABEL) == generation
