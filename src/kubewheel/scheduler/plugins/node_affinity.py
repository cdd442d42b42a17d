"""NodeAffinity: node selector and required node affinity refuse nodes, preferred node affinity ranks them."""

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import Change, LocalFilter
from kubewheel.scheduler.pod import Template
from kubewheel.scheduler.verdict import Verdict

NAME = "NodeAffinity"
WEIGHT = 2
REFUSAL = Verdict(NAME, ("node(s) didn't match Pod's node affinity/selector",))
CONTRADICTION = Verdict(NAME, ("pod affinity terms conflict",))
ELSEWHERE = Verdict(NAME, (f"node(s) didn't satisfy plugin(s) [{NAME}]",))


def check(template: Template, node: NodeInfo) -> Verdict | None:
    """Refuse a node that the pod's hard rules exclude."""
    return None if template.required.matches(node.labels, node.name) else REFUSAL


def preference(template: Template, node: NodeInfo) -> int:
    """Return the sum of the weights of the soft rules that the node fulfils."""
    if not template.preferred:
        return 0
    return sum(weight for weight, term in template.preferred if term.matches(node.labels, node.name))


def contradiction(template: Template) -> Verdict | None:
    """Refuse every node when the rules name nodes that exclude each other."""
    return CONTRADICTION if template.node_names is not None and not template.node_names else None


FILTER = LocalFilter(
    NAME, check, lambda template: not template.required.selects_all, frozenset({Change.NODE_ADDED, Change.NODE_LABELS})
)
