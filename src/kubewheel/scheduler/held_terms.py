"""The affinity terms that placed pods hold against newcomers, each once, with the nodes of its holders."""

from collections.abc import Iterator, Mapping
from enum import Enum

from kubewheel.scheduler.pod import PodInfo
from kubewheel.scheduler.pod_terms import PodTerm


class Stance(Enum):
    """What a term says about a newcomer that it matches."""

    REFUSES = "refuses"  # required anti-affinity
    NEEDS = "needs"  # required affinity: its holder would like the company
    LIKES = "likes"
    DISLIKES = "dislikes"


Held = tuple[Stance, PodTerm, int]
"""Stance, term, weight."""


class HeldTerms:
    """Terms by holder's node."""

    def __init__(self) -> None:
        self._terms: dict[Held, dict[str, int]] = {}

    def add(self, pod: PodInfo, node: str) -> None:
        """Take over the terms of a pod that came onto `node`."""
        for held in held_by(pod):
            nodes = self._terms.setdefault(held, {})
            nodes[node] = nodes.get(node, 0) + 1

    def remove(self, pod: PodInfo, node: str) -> None:
        """Drop the terms of a pod that left `node`."""
        for held in held_by(pod):
            nodes = self._terms[held]
            nodes[node] -= 1
            if not nodes[node]:
                del nodes[node]
                if not nodes:
                    del self._terms[held]

    def about(
        self, pod: PodInfo, namespace_labels: Mapping[str, str], *, refusals: bool
    ) -> Iterator[tuple[Held, Mapping[str, int]]]:
        """Yield the terms that match `pod`, with the number of holders by node: refusals, or all others."""
        for held, nodes in self._terms.items():
            if (held[0] is Stance.REFUSES) == refusals and held[1].matches(
                pod.namespace, pod.labels, namespace_labels
            ):
                yield held, nodes


def held_by(pod: PodInfo) -> Iterator[Held]:
    """Yield the terms of one pod."""
    affinity = pod.affinity
    if affinity.is_empty:
        return
    for term in affinity.required_anti:
        yield Stance.REFUSES, term, 0
    for term in affinity.required:
        yield Stance.NEEDS, term, 0
    for weight, term in affinity.preferred:
        yield Stance.LIKES, term, weight
    for weight, term in affinity.preferred_anti:
        yield Stance.DISLIKES, term, weight
