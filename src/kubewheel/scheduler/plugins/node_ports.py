"""NodePorts: two pods cannot have one host port on one node."""

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import Change, LocalFilter
from kubewheel.scheduler.pod import Template
from kubewheel.scheduler.verdict import Verdict

NAME = "NodePorts"
REFUSAL = Verdict(NAME, ("node(s) didn't have free ports for the requested pod ports",), resolvable=True)


def check(template: Template, node: NodeInfo) -> Verdict | None:
    """Refuse a node where a host port of the pod is taken."""
    if node.ports and any(node.has_port_conflict(port) for port in template.host_ports):
        return REFUSAL
    return None


FILTER = LocalFilter(
    NAME, check, lambda template: bool(template.host_ports), frozenset({Change.NODE_ADDED, Change.POD_GONE})
)
