"""Counts of matching pods by node, kept current with every pod that comes or goes.

Spreading and pod affinity ask "how many pods that match this selector lie on each node". Pods with equal labels form a
group, so that a selector is tried once for a group, not for every pod; the counts of recently asked questions are then
kept current, and a question costs nothing but its answer.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kubewheel.api.selectors import LabelSelector
from kubewheel.scheduler.pod import PodInfo

TALLIES = 256  # Questions whose answers are kept current; the least recently asked goes.

LabelsOfNode = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Condition:
    """Pods that match `selector` in these namespaces; None stands for all of them."""

    selector: LabelSelector
    namespaces: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Question:
    """Pods that meet all conditions; terminating ones count only if asked for."""

    conditions: tuple[Condition, ...]
    with_terminating: bool = False

    def is_about(self, group: "Group") -> bool:
        """Return whether the pods of `group` are meant."""
        if group.is_terminating and not self.with_terminating:
            return False
        return all(
            (each.namespaces is None or group.namespace in each.namespaces) and each.selector.matches(group.labels)
            for each in self.conditions
        )


class Tally:
    """The answer to one question: pods by node, and by value of those node labels that were asked for."""

    __slots__ = ("_domains", "_labels_of", "nodes")

    def __init__(self, labels_of: LabelsOfNode) -> None:
        self.nodes: dict[str, int] = {}
        self._labels_of = labels_of
        self._domains: dict[str, dict[str, int]] = {}

    def by_domain(self, key: str) -> Mapping[str, int]:
        """Return the number of pods for each value of node label `key`."""
        found = self._domains.get(key)
        if found is None:
            found = self._domains[key] = {}
            for node, count in self.nodes.items():
                value = self._labels_of(node).get(key)
                if value is not None:
                    found[value] = found.get(value, 0) + count
        return found

    def add(self, node: str, count: int) -> None:
        """Count pods that come (or go, when negative)."""
        _change(self.nodes, node, count)
        for key, domain in self._domains.items():
            value = self._labels_of(node).get(key)
            if value is not None:
                _change(domain, value, count)

    def forget_domains(self) -> None:
        """Work the domains out anew when next asked: labels of nodes have changed."""
        self._domains.clear()


def _change(counts: dict[str, int], key: str, difference: int) -> None:
    count = counts.get(key, 0) + difference
    if count:
        counts[key] = count
    else:
        counts.pop(key, None)


class Group:
    """Pods of one namespace with equal labels."""

    __slots__ = ("is_terminating", "labels", "namespace", "nodes", "tallies")

    def __init__(self, pod: PodInfo) -> None:
        self.namespace = pod.namespace
        self.labels = pod.labels
        self.is_terminating = pod.is_terminating
        self.nodes: dict[str, int] = {}
        self.tallies: list[Tally] = []


GroupKey = tuple[str, tuple[tuple[str, str], ...], bool]


class Matches:
    """All placed pods by group, and the tallies of recent questions."""

    def __init__(self, labels_of: LabelsOfNode, limit: int = TALLIES) -> None:
        self._labels_of = labels_of
        self._limit = limit
        self._groups: dict[GroupKey, Group] = {}
        self._tallies: OrderedDict[Question, Tally] = OrderedDict()

    def add(self, pod: PodInfo, node: str) -> None:
        """Count a pod that came onto `node`."""
        key = _key(pod)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(pod)
            group.tallies = [tally for question, tally in self._tallies.items() if question.is_about(group)]
        self._count(group, node, 1)

    def remove(self, pod: PodInfo, node: str) -> None:
        """Stop counting a pod that left `node`; `pod` must be as it was when added."""
        key = _key(pod)
        group = self._groups[key]
        self._count(group, node, -1)
        if not group.nodes:
            del self._groups[key]

    @staticmethod
    def _count(group: Group, node: str, difference: int) -> None:
        _change(group.nodes, node, difference)
        for tally in group.tallies:
            tally.add(node, difference)

    def tally(self, question: Question) -> Tally:
        """Return the answer to `question`; it is kept current while it is in use, and must not be changed."""
        found = self._tallies.get(question)
        if found is not None:
            self._tallies.move_to_end(question)
            return found
        found = self._tallies[question] = Tally(self._labels_of)
        for group in self._groups.values():
            if question.is_about(group):
                group.tallies.append(found)
                for node, count in group.nodes.items():
                    found.add(node, count)
        if len(self._tallies) > self._limit:
            self._forget(self._tallies.popitem(last=False)[1])
        return found

    def _forget(self, tally: Tally) -> None:
        for group in self._groups.values():
            if tally in group.tallies:
                group.tallies.remove(tally)

    def forget_domains(self) -> None:
        """Take note that labels of nodes have changed."""
        for tally in self._tallies.values():
            tally.forget_domains()


def _key(pod: PodInfo) -> GroupKey:
    return pod.namespace, pod.labels_key, pod.is_terminating
