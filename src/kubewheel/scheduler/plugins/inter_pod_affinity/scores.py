"""Preferred terms, the pod's own and those that placed pods hold: weights by domain."""

from collections.abc import Mapping, Sequence

from kubewheel.scheduler.held_terms import Stance
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.inter_pod_affinity import questions
from kubewheel.scheduler.plugins.inter_pod_affinity.refusals import NAME
from kubewheel.scheduler.plugins.plugin import TOP_SCORE, WideScore
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.snapshot import Snapshot

WEIGHT = 2
NEED_WEIGHT = 1  # What a placed pod's required affinity to the newcomer counts.
_SIGNS = {Stance.NEEDS: NEED_WEIGHT, Stance.LIKES: 1, Stance.DISLIKES: -1}

Sympathies = dict[str, dict[str, int]]
"""Sums of weights, by node label and its value."""


def scores(pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Sequence[int] | None:
    """Return 0 to 100 for each node."""
    sympathies = _sympathies(pod, snapshot)
    if not sympathies:
        return None
    sums = [
        sum(values.get(node.labels[key], 0) for key, values in sympathies.items() if key in node.labels)
        for node in nodes
    ]
    least, most = min(0, *sums), max(0, *sums)
    if least == most:
        return [0] * len(nodes)
    return [int(TOP_SCORE * ((each - least) / (most - least))) for each in sums]


def _sympathies(pod: PodInfo, snapshot: Snapshot) -> Sympathies:
    found: Sympathies = {}
    for terms, sign in ((pod.affinity.preferred, 1), (pod.affinity.preferred_anti, -1)):
        for weight, term in terms:
            tally = snapshot.matches.tally(questions.about((term,), snapshot))
            _add(found, term.topology_key, tally.by_domain(term.topology_key), sign * weight)
    labels = snapshot.namespace_labels(pod.namespace)
    for (stance, term, weight), holders in snapshot.held_terms.about(pod, labels, refusals=False):
        factor = _SIGNS[stance] * (weight if stance is not Stance.NEEDS else 1)
        for name, count in holders.items():
            node = snapshot.nodes.get(name)
            value = node.labels.get(term.topology_key) if node is not None else None
            if value is not None:
                _add(found, term.topology_key, {value: count}, factor)
    return found


def _add(sympathies: Sympathies, key: str, counts: Mapping[str, int], factor: int) -> None:
    values = sympathies.setdefault(key, {})
    for value, count in counts.items():
        values[value] = values.get(value, 0) + factor * count


SCORE = WideScore(NAME, WEIGHT, scores)
