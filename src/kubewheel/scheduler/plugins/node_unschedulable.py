"""NodeUnschedulable: keeps pods off cordoned nodes."""

from kubewheel.api.node_selection import Taint
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import Change, LocalFilter
from kubewheel.scheduler.pod import Template
from kubewheel.scheduler.verdict import Verdict

NAME = "NodeUnschedulable"
TAINT = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
REFUSAL = Verdict(NAME, ("node(s) were unschedulable",))


def check(template: Template, node: NodeInfo) -> Verdict | None:
    """Refuse a cordoned node unless the pod tolerates that."""
    if not node.is_unschedulable or any(each.tolerates(TAINT) for each in template.tolerations):
        return None
    return REFUSAL


FILTER = LocalFilter(NAME, check, lambda template: True, frozenset({Change.NODE_ADDED, Change.NODE_TAINTS}))
