"""Which nodes count for a constraint, and how many matching pods lie in each domain."""

from collections.abc import Sequence

from kubewheel.api import node_selection
from kubewheel.scheduler.matches import Condition, Question, Tally
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.pod_terms import SpreadConstraint
from kubewheel.scheduler.snapshot import Snapshot

HARD_TAINTS = ("NoSchedule", "NoExecute")


def tally_of(constraint: SpreadConstraint, pod: PodInfo, snapshot: Snapshot) -> Tally:
    """Return the pods that the constraint is about, by node."""
    return snapshot.matches.tally(Question((Condition(constraint.selector, frozenset((pod.namespace,))),)))


def includes(constraint: SpreadConstraint, pod: PodInfo, node: NodeInfo) -> bool:
    """Return whether the constraint counts what lies on `node`: nodes closed to the pod may be left out."""
    template = pod.template
    if constraint.honor_affinity and not template.required.matches(node.labels, node.name):
        return False
    if not constraint.honor_taints or not node.taints:
        return True
    return not node_selection.untolerated(node.taints, template.tolerations, HARD_TAINTS)


def includes_all(constraint: SpreadConstraint, pod: PodInfo) -> bool:
    """Return whether the constraint counts every node that has its label."""
    return (not constraint.honor_affinity or pod.template.required.selects_all) and not constraint.honor_taints


def has_keys(node: NodeInfo, constraints: Sequence[SpreadConstraint]) -> bool:
    """Return whether the node has the labels of all constraints."""
    return all(constraint.topology_key in node.labels for constraint in constraints)


def counts(
    constraint: SpreadConstraint, pod: PodInfo, snapshot: Snapshot, required: Sequence[SpreadConstraint]
) -> dict[str, int]:
    """Return matching pods by domain, empty domains included; nodes must have the labels of `required`."""
    tally = tally_of(constraint, pod, snapshot)
    key = constraint.topology_key
    if includes_all(constraint, pod) and all(
        other.topology_key == key or snapshot.is_everywhere(other.topology_key) for other in required
    ):
        by_domain = tally.by_domain(key)
        return {value: by_domain.get(value, 0) for value in snapshot.domains(key)}
    nodes = tally.nodes
    found: dict[str, int] = {}
    for node in snapshot.order:
        if has_keys(node, required) and key in node.labels and includes(constraint, pod, node):
            value = node.labels[key]
            found[value] = found.get(value, 0) + nodes.get(node.name, 0)
    return found
