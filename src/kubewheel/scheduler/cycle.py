"""One decision: where a pod goes, or why it goes nowhere. Pure: it reads the snapshot and changes nothing but memory
of what it found out (`NodeInfo.judgements`).

Flow: prepare the wide plugins → look at nodes, from where the last search stopped, until enough of them fit → compare
those → choose the best, by chance between equals.
"""

import random as random_module
from collections.abc import Sequence
from dataclasses import dataclass

from kubewheel.scheduler import plugins
from kubewheel.scheduler.diagnosis import Diagnosis
from kubewheel.scheduler.judgement import Judgement
from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.plugins import image_locality, node_affinity, node_resources, taint_toleration
from kubewheel.scheduler.plugins.plugin import TOP_SCORE, Check
from kubewheel.scheduler.plugins.volumes import Choice, VolumeCheck
from kubewheel.scheduler.pod import PodInfo, Template
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.verdict import Verdict

ENOUGH_NODES = 100  # Feasible ones that are compared at least.
LEAST_PERCENTAGE = 5


@dataclass(frozen=True, slots=True)
class Placement:
    """The pod goes to `node`; waiting claims get their volumes as chosen."""

    node: str
    choices: Sequence[Choice] = ()


Decision = Placement | Diagnosis


class Cycle:
    """Makes decisions; remembers where the last search stopped, so that all nodes get their turn."""

    def __init__(self, random: random_module.Random, percentage: int = 0) -> None:
        self._random = random
        self._percentage = percentage
        self._next = 0

    def decide(self, pod: PodInfo, snapshot: Snapshot) -> Decision:
        """Return where `pod` goes, or why it fits nowhere."""
        total = len(snapshot.nodes)
        if not total:
            return Diagnosis(0)
        checks = prepare(pod, snapshot)
        if isinstance(checks, Verdict):
            return Diagnosis(total, at_once=checks)
        nominated = snapshot.nodes.get(pod.nominated_node)
        if nominated is not None and verdict_on(pod, nominated, checks, snapshot) is None:
            return _placement(nominated, checks)
        nodes: Sequence[NodeInfo] = snapshot.order
        elsewhere = None
        names = pod.template.node_names
        if names is not None:
            nodes = [snapshot.nodes[name] for name in sorted(names) if name in snapshot.nodes]
            elsewhere = node_affinity.ELSEWHERE
        feasible, refused = self._search(pod, nodes, checks, snapshot)
        if not feasible:
            return Diagnosis(total, refused, elsewhere)
        return _placement(self._best(pod, feasible, snapshot), checks)

    def _search(
        self, pod: PodInfo, nodes: Sequence[NodeInfo], checks: Sequence[Check], snapshot: Snapshot
    ) -> tuple[list[NodeInfo], dict[str, Verdict]]:
        """Return enough nodes that fit, and the verdicts on those that were met and do not."""
        template, count = pod.template, len(nodes)
        enough = nodes_to_find(count, self._percentage)
        turns = nodes is snapshot.order
        start = self._next % count if turns else 0
        feasible: list[NodeInfo] = []
        refused: dict[str, Verdict] = {}
        is_plain = not checks and not snapshot.nominated
        for node in (*nodes[start:], *nodes[:start]):
            known = node.judgements.get(template) or judge(template, node, snapshot)
            verdict = known.verdict
            if verdict is None and not is_plain:
                verdict = verdict_on(pod, node, checks, snapshot)
            if verdict is not None:
                refused[node.name] = verdict
                continue
            feasible.append(node)
            if len(feasible) >= enough:
                break
        if turns:
            self._next = start + len(feasible) + len(refused)
        return feasible, refused

    def _best(self, pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> NodeInfo:
        if len(nodes) == 1:
            return nodes[0]
        totals = scores(pod, nodes, snapshot)
        best = max(totals)
        return self._random.choice([node for node, total in zip(nodes, totals, strict=True) if total == best])


def _placement(node: NodeInfo, checks: Sequence[Check]) -> Placement:
    for check in checks:
        if isinstance(check, VolumeCheck):
            return Placement(node.name, check.choices(node) or ())
    return Placement(node.name)


def nodes_to_find(nodes: int, percentage: int = 0) -> int:
    """Return how many feasible nodes are enough: all of few, a falling share of many."""
    if nodes < ENOUGH_NODES:
        return nodes
    percentage = percentage or max(50 - nodes // 125, LEAST_PERCENTAGE)
    return max(nodes * percentage // 100, ENOUGH_NODES)


def prepare(pod: PodInfo, snapshot: Snapshot) -> list[Check] | Verdict:
    """Return the wide checks that have work with `pod`, or the verdict that spares looking at nodes."""
    contradiction = node_affinity.contradiction(pod.template)
    if contradiction is not None:
        return contradiction
    checks: list[Check] = []
    for plugin in plugins.WIDE_FILTERS:
        prepared = plugin.prepare(pod, snapshot)
        if isinstance(prepared, Verdict):
            return prepared
        if prepared is not None:
            checks.append(prepared)
    return checks


def judge(template: Template, node: NodeInfo, snapshot: Snapshot) -> Judgement:
    """Find out, and remember, what the local plugins say about pods of this shape on `node`."""
    verdict = local_verdict(template, node)
    if verdict is not None:
        judgement = Judgement(verdict)
    else:
        score = node_resources.score(template, node) + image_locality.score(
            template, node, snapshot.images, len(snapshot.nodes)
        )
        judgement = Judgement(
            None, score, node_affinity.preference(template, node), taint_toleration.dislikes(template, node)
        )
    node.remember(template, judgement)
    return judgement


def local_verdict(template: Template, node: NodeInfo) -> Verdict | None:
    """Return the first refusal of a local plugin."""
    if template.checks is None:
        template.checks = tuple(plugin.check for plugin in plugins.LOCAL_FILTERS if plugin.applies(template))
    for check in template.checks:
        verdict = check(template, node)
        if verdict is not None:
            return verdict
    return None


def verdict_on(pod: PodInfo, node: NodeInfo, checks: Sequence[Check], snapshot: Snapshot) -> Verdict | None:
    """Return the first refusal of any plugin.

    Pods that wait for this node and matter at least as much are counted as if they were there, and also as if not:
    affinity may depend on them, and they may end up elsewhere.
    """
    if node.name in snapshot.nominated:
        waiting = [
            other for uid, other in snapshot.nominated[node.name].items()
            if uid != pod.uid and other.priority >= pod.priority
        ]
        verdict = fit(pod, node.changed(add=waiting), [check.moved(node, (), waiting) for check in checks])
        if verdict is not None:
            return verdict
    known = node.judgements.get(pod.template) or judge(pod.template, node, snapshot)
    return known.verdict or wide_verdict(node, checks)


def fit(pod: PodInfo, node: NodeInfo, checks: Sequence[Check]) -> Verdict | None:
    """Return the first refusal, without remembering anything."""
    return local_verdict(pod.template, node) or wide_verdict(node, checks)


def wide_verdict(node: NodeInfo, checks: Sequence[Check]) -> Verdict | None:
    """Return the first refusal of a wide plugin."""
    for check in checks:
        verdict = check.verdict(node)
        if verdict is not None:
            return verdict
    return None


def scores(pod: PodInfo, nodes: Sequence[NodeInfo], snapshot: Snapshot) -> list[int]:
    """Return the weighted sums of all scores of feasible nodes."""
    template = pod.template
    known = [node.judgements.get(template) or judge(template, node, snapshot) for node in nodes]
    totals = [each.score for each in known]
    if template.preferred:
        most = max(each.preference for each in known)
        if most:
            weight = node_affinity.WEIGHT
            totals = [
                total + weight * (TOP_SCORE * each.preference // most)
                for total, each in zip(totals, known, strict=True)
            ]
    most = max(each.dislikes for each in known)
    if most:
        weight = taint_toleration.WEIGHT
        totals = [
            total - weight * (TOP_SCORE * each.dislikes // most) for total, each in zip(totals, known, strict=True)
        ]
    for plugin in plugins.WIDE_SCORES:
        found = plugin.scores(pod, snapshot, nodes)
        if found is not None:
            weight = plugin.weight
            totals = [total + weight * each for total, each in zip(totals, found, strict=True)]
    return totals
