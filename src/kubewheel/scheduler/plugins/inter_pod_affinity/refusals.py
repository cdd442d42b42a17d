"""Required terms: the pod's own, and the anti-affinity that placed pods hold against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.inter_pod_affinity import questions
from kubewheel.scheduler.plugins.plugin import Change, Check, WideFilter
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.pod_terms import PodTerm
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.verdict import Verdict

NAME = "InterPodAffinity"
NO_COMPANY = Verdict(NAME, ("node(s) didn't match pod affinity rules",))
BAD_COMPANY = Verdict(NAME, ("node(s) didn't match pod anti-affinity rules",), resolvable=True)
UNWELCOME = Verdict(NAME, ("node(s) didn't satisfy existing pods anti-affinity rules",), resolvable=True)

Counts = dict[str, dict[str, int]]
"""Pods by node label and its value; no zeros."""


@dataclass(frozen=True, slots=True)
class AffinityCheck:
    """The required terms about one pod, as numbers of pods by domain."""

    pod: PodInfo
    snapshot: Snapshot
    company: Counts = field(default_factory=dict)  # pods that match all terms that the pod requires
    enemies: Counts = field(default_factory=dict)  # pods that it refuses
    refusers: Counts = field(default_factory=dict)  # pods that refuse it

    def verdict(self, node: NodeInfo) -> Verdict | None:
        """Refuse a node that is too far from company, or too near to enemies or refusers."""
        labels = node.labels
        if self.pod.affinity.required and not self._has_company(labels):
            return NO_COMPANY
        for key, values in self.enemies.items():
            if labels.get(key) in values:
                return BAD_COMPANY
        for key, values in self.refusers.items():
            if labels.get(key) in values:
                return UNWELCOME
        return None

    def _has_company(self, labels: Mapping[str, str]) -> bool:
        required = self.pod.affinity.required
        if not all(term.topology_key in labels for term in required):
            return False
        if all(labels[term.topology_key] in self.company.get(term.topology_key, ()) for term in required):
            return True
        # The first of a group of pods that want each other's company may go anywhere.
        return not self.company and _matches_all(self.pod, required, self.snapshot)

    def moved(self, node: NodeInfo, gone: Sequence[PodInfo], come: Sequence[PodInfo]) -> Check:
        """Return the check as it were if pods left and came."""
        changed = AffinityCheck(
            self.pod, self.snapshot, _copy(self.company), _copy(self.enemies), _copy(self.refusers)
        )
        for pods, sign in ((gone, -1), (come, 1)):
            for other in pods:
                changed.count(other, node, sign)
        return changed

    def count(self, other: PodInfo, node: NodeInfo, sign: int) -> None:
        """Count one pod on `node` in, or out."""
        affinity = self.pod.affinity
        if _matches_all(other, affinity.required, self.snapshot):
            for term in affinity.required:
                _change(self.company, term.topology_key, node.labels, sign)
        for term in affinity.required_anti:
            if _matches(other, term, self.snapshot):
                _change(self.enemies, term.topology_key, node.labels, sign)
        for term in other.affinity.required_anti:
            if _matches(self.pod, term, self.snapshot):
                _change(self.refusers, term.topology_key, node.labels, sign)


def _matches(pod: PodInfo, term: PodTerm, snapshot: Snapshot) -> bool:
    return term.matches(pod.namespace, pod.labels, snapshot.namespace_labels(pod.namespace))


def _matches_all(pod: PodInfo, terms: Sequence[PodTerm], snapshot: Snapshot) -> bool:
    return bool(terms) and all(_matches(pod, term, snapshot) for term in terms)


def _copy(counts: Counts) -> Counts:
    return {key: dict(values) for key, values in counts.items()}


def _change(counts: Counts, key: str, labels: Mapping[str, str], difference: int) -> None:
    value = labels.get(key)
    if value is None:
        return
    values = counts.setdefault(key, {})
    count = values.get(value, 0) + difference
    if count:
        values[value] = count
        return
    values.pop(value, None)
    if not values:
        del counts[key]


def prepare(pod: PodInfo, snapshot: Snapshot) -> Check | None:
    """Return the check of all required terms that concern the pod."""
    affinity = pod.affinity
    check = AffinityCheck(pod, snapshot)
    if affinity.required:
        tally = snapshot.matches.tally(questions.about(affinity.required, snapshot))
        for term in affinity.required:
            _merge(check.company, term.topology_key, tally.by_domain(term.topology_key))
    for term in affinity.required_anti:
        tally = snapshot.matches.tally(questions.about((term,), snapshot))
        _merge(check.enemies, term.topology_key, tally.by_domain(term.topology_key))
    labels = snapshot.namespace_labels(pod.namespace)
    for (_, term, _), nodes in snapshot.held_terms.about(pod, labels, refusals=True):
        for name, count in nodes.items():
            node = snapshot.nodes.get(name)
            if node is not None:
                _change(check.refusers, term.topology_key, node.labels, count)
    if not affinity.required and not check.enemies and not check.refusers:
        return None
    return check


def _merge(counts: Counts, key: str, more: Mapping[str, int]) -> None:
    if not more:
        return
    values = counts.setdefault(key, {})
    for value, count in more.items():
        values[value] = values.get(value, 0) + count


FILTER = WideFilter(NAME, prepare, frozenset({
    Change.NODE_ADDED, Change.NODE_LABELS, Change.POD_PLACED, Change.POD_GONE, Change.POD_LABELS,
}))
