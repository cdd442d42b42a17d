"""NodeResourcesFit and NodeResourcesBalancedAllocation: what the pod requests must be free; emptier nodes and nodes
whose CPU and memory fill up evenly come first.
"""

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import TOP_SCORE, Change, LocalFilter
from kubewheel.scheduler.pod import Template
from kubewheel.scheduler.verdict import Verdict

NAME = "NodeResourcesFit"


def check(template: Template, node: NodeInfo) -> Verdict | None:
    """Refuse a node that lacks something; name everything that it lacks."""
    wanted = template.requests
    cpu, memory = wanted.cpu, wanted.memory
    if (  # The common case, without building anything.
        len(node.pods) < node.pod_limit and not wanted.others
        and (not cpu or cpu <= node.cpu - node.used_cpu) and (not memory or memory <= node.memory - node.used_memory)
    ):
        return None
    return _lacks(template, node)


def _lacks(template: Template, node: NodeInfo) -> Verdict | None:
    wanted = template.requests
    reasons = []
    is_hopeless = False
    if len(node.pods) + 1 > node.pod_limit:
        reasons.append("Too many pods")
    amounts = [
        ("cpu", wanted.cpu, node.cpu, node.used_cpu), ("memory", wanted.memory, node.memory, node.used_memory),
        *((name, amount, node.others.get(name, 0), node.used_others.get(name, 0))
          for name, amount in wanted.others.items()),
    ]
    for name, amount, offered, used in amounts:
        if amount and amount > offered - used:
            reasons.append(f"Insufficient {name}")
            is_hopeless = is_hopeless or amount > offered
    return Verdict(NAME, tuple(reasons), resolvable=not is_hopeless) if reasons else None


def score(template: Template, node: NodeInfo) -> int:
    """Return the sum of both scores, 0 to 200."""
    return least_allocated(template, node) + balanced(template, node)


def least_allocated(template: Template, node: NodeInfo) -> int:
    """Return how much of CPU and memory would stay free, 0 to 100."""
    wanted = template.requests
    total = parts = 0
    for offered, used in (
        (node.cpu, node.used_assumed_cpu + wanted.assumed_cpu),
        (node.memory, node.used_assumed_memory + wanted.assumed_memory),
    ):
        if offered:
            parts += 1
            if used <= offered:
                total += (offered - used) * TOP_SCORE // offered
    return total // parts if parts else 0


def balanced(template: Template, node: NodeInfo) -> int:
    """Return how far the pod evens out the use of CPU and memory, 0 to 100, 75 for no difference."""
    if template.is_best_effort:
        return 0
    wanted = template.requests
    after = _evenness(node, node.used_cpu + wanted.cpu, node.used_memory + wanted.memory)
    before = _evenness(node, node.used_cpu, node.used_memory)
    return TOP_SCORE // 2 + int((TOP_SCORE // 2 + after - before) / 2)


def _evenness(node: NodeInfo, cpu: int, memory: int) -> int:
    if not node.cpu or not node.memory:
        return TOP_SCORE
    difference = abs(min(1.0, cpu / node.cpu) - min(1.0, memory / node.memory))
    return int((1 - difference / 2) * TOP_SCORE)


FILTER = LocalFilter(
    NAME, check, lambda template: True, frozenset({Change.NODE_ADDED, Change.NODE_ALLOCATABLE, Change.POD_GONE})
)
