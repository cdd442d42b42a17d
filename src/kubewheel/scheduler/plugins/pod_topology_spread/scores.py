"""Soft constraints: the fewer matching pods in a node's domains, the better."""

import math
from collections.abc import Sequence

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import TOP_SCORE, WideScore
from kubewheel.scheduler.plugins.pod_topology_spread import defaults, domains
from kubewheel.scheduler.plugins.pod_topology_spread.refusals import NAME
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.pod_terms import HOSTNAME, SpreadConstraint
from kubewheel.scheduler.snapshot import Snapshot

WEIGHT = 2


def scores(pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Sequence[int] | None:
    """Return 0 to 100 for each node."""
    if pod.spread:
        soft: Sequence[SpreadConstraint] = [constraint for constraint in pod.spread if not constraint.hard]
        required = soft
    else:
        # By default a node without a zone still takes part in spreading over nodes.
        soft, required = defaults.constraints(pod, snapshot), ()
    if not soft:
        return None
    counted = [node for node in nodes if domains.has_keys(node, required)] if required else nodes
    crowds = [0.0] * len(nodes)
    for constraint in soft:
        if constraint.topology_key == HOSTNAME:
            by_host = domains.tally_of(constraint, pod, snapshot).nodes
            _add(crowds, constraint, len(counted), [by_host.get(node.name, 0) for node in nodes])
        else:
            _add_domains(crowds, constraint, pod, snapshot, nodes, counted, required)
    ignored = {node.name for node in nodes if not domains.has_keys(node, required)} if required else set()
    return _normalised(
        [None if node.name in ignored else round(crowd) for node, crowd in zip(nodes, crowds, strict=True)]
        if ignored else [round(crowd) for crowd in crowds]
    )


def _add_domains(
    crowds: list[float], constraint: SpreadConstraint, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo],
    counted: Sequence[NodeInfo], required: Sequence[SpreadConstraint],
) -> None:
    key = constraint.topology_key
    values = {node.labels.get(key) for node in counted}
    if values <= {None}:
        return
    by_domain = domains.counts(constraint, pod, snapshot, required)
    found = [node.labels.get(key) for node in nodes]
    _add(crowds, constraint, len(values), [None if value is None else by_domain.get(value, 0) for value in found])


def _add(crowds: list[float], constraint: SpreadConstraint, size: int, counts: Sequence[int | None]) -> None:
    """Add a constraint's part; where there are more domains, each pod in one of them weighs more."""
    weight, offset = math.log(size + 2), constraint.max_skew - 1
    for index, count in enumerate(counts):
        if count is not None:
            crowds[index] += count * weight + offset


def _normalised(crowds: Sequence[int | None]) -> list[int]:
    present = [crowd for crowd in crowds if crowd is not None]
    if not present:
        return [0] * len(crowds)
    least, most = min(present), max(present)
    if most == 0:
        return [0 if crowd is None else TOP_SCORE for crowd in crowds]
    return [0 if crowd is None else TOP_SCORE * (most + least - crowd) // most for crowd in crowds]


SCORE = WideScore(NAME, WEIGHT, scores)
