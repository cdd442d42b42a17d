"""Hard constraints: no domain may get more than `maxSkew` pods ahead of the emptiest one."""

from collections.abc import Sequence
from dataclasses import dataclass

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins.plugin import Change, Check, WideFilter
from kubewheel.scheduler.plugins.pod_topology_spread import domains
from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.pod_terms import SpreadConstraint
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.verdict import Verdict

NAME = "PodTopologySpread"
SKEWED = Verdict(NAME, ("node(s) didn't match pod topology spread constraints",), resolvable=True)
UNLABELLED = Verdict(NAME, ("node(s) didn't match pod topology spread constraints (missing required label)",))


@dataclass(frozen=True, slots=True)
class Balance:
    """One constraint and how its pods lie."""

    constraint: SpreadConstraint
    counts: dict[str, int]
    least: int
    counts_itself: bool

    def admits(self, value: str) -> bool:
        """Return whether one more pod may come to the domain `value`."""
        return self.counts.get(value, 0) + self.counts_itself - self.least <= self.constraint.max_skew


def balance(constraint: SpreadConstraint, counts: dict[str, int], pod: PodInfo) -> Balance:
    """Return the state of a constraint; with fewer domains than it wants, the emptiest is one that does not exist."""
    least = min(counts.values(), default=0) if len(counts) >= constraint.min_domains else 0
    return Balance(constraint, counts, least, constraint.selector.matches(pod.labels))


@dataclass(frozen=True, slots=True)
class SpreadCheck:
    """All hard constraints of one pod."""

    pod: PodInfo
    balances: tuple[Balance, ...]

    def verdict(self, node: NodeInfo) -> Verdict | None:
        """Refuse a node whose domains are too far ahead, or which has none."""
        for each in self.balances:
            value = node.labels.get(each.constraint.topology_key)
            if value is None:
                return UNLABELLED
            if not each.admits(value):
                return SKEWED
        return None

    def moved(self, node: NodeInfo, gone: Sequence[PodInfo], come: Sequence[PodInfo]) -> Check:
        """Return the check as it were if pods left and came."""
        changed = []
        for each in self.balances:
            constraint, counts = each.constraint, dict(each.counts)
            value = node.labels.get(constraint.topology_key)
            if value in counts and domains.includes(constraint, self.pod, node):
                counts[value] += sum(map(self._counter(constraint), come)) - sum(map(self._counter(constraint), gone))
            changed.append(balance(constraint, counts, self.pod))
        return SpreadCheck(self.pod, tuple(changed))

    def _counter(self, constraint: SpreadConstraint) -> "_Counter":
        return _Counter(constraint, self.pod.namespace)


@dataclass(frozen=True, slots=True)
class _Counter:
    constraint: SpreadConstraint
    namespace: str

    def __call__(self, pod: PodInfo) -> bool:
        return (
            pod.namespace == self.namespace and not pod.is_terminating
            and self.constraint.selector.matches(pod.labels)
        )


def prepare(pod: PodInfo, snapshot: Snapshot) -> Check | None:
    """Return the check of the pod's hard constraints."""
    hard = [constraint for constraint in pod.spread if constraint.hard]
    if not hard:
        return None
    return SpreadCheck(pod, tuple(
        balance(constraint, domains.counts(constraint, pod, snapshot, hard), pod) for constraint in hard
    ))


FILTER = WideFilter(NAME, prepare, frozenset({
    Change.NODE_ADDED, Change.NODE_GONE, Change.NODE_LABELS, Change.NODE_TAINTS,
    Change.POD_PLACED, Change.POD_GONE, Change.POD_LABELS,
}))
