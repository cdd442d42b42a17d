"""TaintToleration: keeps pods off nodes whose taints they do not tolerate, and prefers nodes without soft ones."""

from kubewheel.api import node_selection
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import Change, LocalFilter
from kubewheel.scheduler.pod import Template
from kubewheel.scheduler.verdict import Verdict

NAME = "TaintToleration"
WEIGHT = 3
HARD = ("NoSchedule", "NoExecute")
SOFT = ("PreferNoSchedule",)
REFUSAL = Verdict(NAME, ("node(s) had untolerated taint(s)",))


def check(template: Template, node: NodeInfo) -> Verdict | None:
    """Refuse a node with a hard taint that the pod does not tolerate."""
    if node.taints and node_selection.untolerated(node.taints, template.tolerations, HARD):
        return REFUSAL
    return None


def dislikes(template: Template, node: NodeInfo) -> int:
    """Return the number of soft taints that the pod does not tolerate."""
    if not node.taints:
        return 0
    return len(node_selection.untolerated(node.taints, template.preferred_tolerations, SOFT))


FILTER = LocalFilter(NAME, check, lambda template: True, frozenset({Change.NODE_ADDED, Change.NODE_TAINTS}))
