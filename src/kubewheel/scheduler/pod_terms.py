"""What a pod asks of its relation to other pods: affinity, anti-affinity and topology spread, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubewheel.api import selectors
from kubewheel.api.selectors import LabelSelector, Requirement
from kubewheel.libs.wire import Object

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


@dataclass(frozen=True, slots=True)
class PodTerm:
    """Pods that match `selector` in `namespaces` or in namespaces that `namespace_selector` selects."""

    topology_key: str
    selector: LabelSelector
    namespaces: frozenset[str]
    namespace_selector: LabelSelector = selectors.NOTHING

    def matches(self, namespace: str, labels: Mapping[str, str], namespace_labels: Mapping[str, str]) -> bool:
        """Return whether a pod is meant."""
        if namespace not in self.namespaces and not self.namespace_selector.matches(namespace_labels):
            return False
        return self.selector.matches(labels)


WeightedTerms = tuple[tuple[int, PodTerm], ...]


@dataclass(frozen=True, slots=True)
class PodAffinity:
    """All affinity and anti-affinity terms of a pod."""

    required: tuple[PodTerm, ...] = ()
    required_anti: tuple[PodTerm, ...] = ()
    preferred: WeightedTerms = ()
    preferred_anti: WeightedTerms = ()

    @property
    def is_empty(self) -> bool:
        """Whether the pod does not care."""
        return not (self.required or self.required_anti or self.preferred or self.preferred_anti)


NO_AFFINITY = PodAffinity()


@dataclass(frozen=True, slots=True)
class SpreadConstraint:
    """How evenly matching pods of the pod's namespace are to lie over the values of a node label."""

    max_skew: int
    topology_key: str
    selector: LabelSelector
    hard: bool
    min_domains: int = 1
    honor_affinity: bool = True
    honor_taints: bool = False


def affinity_of(spec: Object, namespace: str, labels: Mapping[str, str]) -> PodAffinity:
    """Return the terms of a pod's spec."""
    affinity = spec.get("affinity") or {}
    near, far = affinity.get("podAffinity") or {}, affinity.get("podAntiAffinity") or {}
    if not near and not far:
        return NO_AFFINITY
    return PodAffinity(
        _terms(near.get(REQUIRED), namespace, labels), _terms(far.get(REQUIRED), namespace, labels),
        _weighted(near.get(PREFERRED), namespace, labels), _weighted(far.get(PREFERRED), namespace, labels),
    )


def _terms(listed: Sequence[Object] | None, namespace: str, labels: Mapping[str, str]) -> tuple[PodTerm, ...]:
    return tuple(_term(each, namespace, labels) for each in listed or ())


def _weighted(listed: Sequence[Object] | None, namespace: str, labels: Mapping[str, str]) -> WeightedTerms:
    return tuple(
        (int(each.get("weight") or 0), _term(each.get("podAffinityTerm") or {}, namespace, labels))
        for each in listed or ()
    )


def _term(term: Object, namespace: str, labels: Mapping[str, str]) -> PodTerm:
    namespaces = frozenset(term.get("namespaces") or ())
    chosen = term.get("namespaceSelector")
    if not namespaces and chosen is None:
        namespaces = frozenset((namespace,))
    selector = _narrowed(selectors.from_object(term.get("labelSelector")), labels, term.get("matchLabelKeys"))
    for key in term.get("mismatchLabelKeys") or ():
        if key in labels:
            selector = _with(selector, Requirement(key, selectors.NOT_IN, (labels[key],)))
    return PodTerm(term.get("topologyKey") or "", selector, namespaces, selectors.from_object(chosen))


def _narrowed(selector: LabelSelector, labels: Mapping[str, str], keys: Sequence[str] | None) -> LabelSelector:
    """Return `selector`, narrowed to pods that share these labels of the pod; repeatable."""
    for key in keys or ():
        if key in labels:
            selector = _with(selector, Requirement(key, selectors.IN, (labels[key],)))
    return selector


def _with(selector: LabelSelector, requirement: Requirement) -> LabelSelector:
    if requirement in selector.requirements:
        return selector
    return LabelSelector((*selector.requirements, requirement), selector.nothing)


def spread_of(spec: Object, labels: Mapping[str, str]) -> tuple[SpreadConstraint, ...]:
    """Return the topology spread constraints of a pod's spec."""
    return tuple(
        SpreadConstraint(
            max_skew=int(each.get("maxSkew") or 1),
            topology_key=each.get("topologyKey") or "",
            selector=_narrowed(selectors.from_object(each.get("labelSelector")), labels, each.get("matchLabelKeys")),
            hard=each.get("whenUnsatisfiable") != "ScheduleAnyway",
            min_domains=int(each.get("minDomains") or 1),
            honor_affinity=each.get("nodeAffinityPolicy") != "Ignore",
            honor_taints=each.get("nodeTaintsPolicy") == "Honor",
        )
        for each in spec.get("topologySpreadConstraints") or ()
    )
