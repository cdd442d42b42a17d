"""Which nodes a pod wants: node selector, required and preferred node affinity, tolerations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kubewheel.api import selectors
from kubewheel.api.selectors import Requirement
from kubewheel.libs.wire import Object

_OPERATORS = {
    "In": selectors.IN, "NotIn": selectors.NOT_IN, "Exists": selectors.EXISTS,
    "DoesNotExist": selectors.NOT_EXISTS, "Gt": selectors.GREATER, "Lt": selectors.LESS,
}
NODE_NAME_FIELD = "metadata.name"


class Taint(NamedTuple):
    """One taint of a node."""

    key: str
    value: str
    effect: str


class Toleration(NamedTuple):
    """One toleration of a pod; empty parts stand for any."""

    key: str
    operator: str
    value: str
    effect: str

    def tolerates(self, taint: Taint) -> bool:
        """Return whether the taint does not bother the pod."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        return self.operator == "Exists" or (bool(self.key) and self.value == taint.value)


def tolerations_of(spec: Object) -> tuple[Toleration, ...]:
    """Return the tolerations of a pod's spec."""
    return tuple(
        Toleration(each.get("key") or "", each.get("operator") or "Equal", each.get("value") or "",
                   each.get("effect") or "")
        for each in spec.get("tolerations") or ()
    )


def taints_of(node: Object) -> tuple[Taint, ...]:
    """Return the taints of a node."""
    return tuple(
        Taint(each.get("key") or "", each.get("value") or "", each.get("effect") or "")
        for each in (node.get("spec") or {}).get("taints") or ()
    )


def untolerated(taints: Sequence[Taint], tolerations: Sequence[Toleration], effects: Sequence[str]) -> list[Taint]:
    """Return the taints of these effects that no toleration covers."""
    return [
        taint for taint in taints
        if taint.effect in effects and not any(toleration.tolerates(taint) for toleration in tolerations)
    ]


@dataclass(frozen=True, slots=True)
class Term:
    """Conditions on a node that must all hold; a term without any matches no node."""

    labels: tuple[Requirement, ...]
    fields: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str], name: str) -> bool:
        """Return whether a node with these labels and this name fulfils the term."""
        if not self.labels and not self.fields:
            return False
        return all(each.matches(labels) for each in self.labels) and all(
            each.matches({NODE_NAME_FIELD: name}) for each in self.fields
        )

    @property
    def node_names(self) -> frozenset[str] | None:
        """The only nodes that can fulfil the term; None if it does not say."""
        found: frozenset[str] | None = None
        for each in self.fields:
            if each.key == NODE_NAME_FIELD and each.operator == selectors.IN:
                found = frozenset(each.values) if found is None else found & frozenset(each.values)
        return found


def term_of(term: Object) -> Term:
    """Return a NodeSelectorTerm as a value."""
    return Term(_requirements(term.get("matchExpressions")), _requirements(term.get("matchFields")))


def _requirements(listed: Sequence[Object] | None) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(each["key"], _OPERATORS[each["operator"]], tuple(each.get("values") or ()))
        for each in listed or ()
    )


@dataclass(frozen=True, slots=True)
class NodeSelection:
    """Hard rules: all labels of the selector, and one of the terms if there are any."""

    labels: tuple[tuple[str, str], ...] = ()
    terms: tuple[Term, ...] | None = None

    @property
    def selects_all(self) -> bool:
        """Whether any node will do."""
        return not self.labels and self.terms is None

    def matches(self, labels: Mapping[str, str], name: str) -> bool:
        """Return whether a node with these labels and this name may be used."""
        for key, value in self.labels:
            if labels.get(key) != value:
                return False
        return self.terms is None or any(term.matches(labels, name) for term in self.terms)

    @property
    def node_names(self) -> frozenset[str] | None:
        """The only nodes that can be used, if every term names some; None otherwise."""
        if not self.terms:
            return None
        found: frozenset[str] = frozenset()
        for term in self.terms:
            names = term.node_names
            if names is None:
                return None
            found |= names
        return found


def selection_of(selector: Object | None) -> tuple[Term, ...] | None:
    """Return the terms of a NodeSelector object; None if there is none."""
    if selector is None:
        return None
    return tuple(term_of(term) for term in selector.get("nodeSelectorTerms") or ())


def required_of(spec: Object) -> NodeSelection:
    """Return the hard rules of a pod's spec."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    return NodeSelection(
        tuple(sorted((spec.get("nodeSelector") or {}).items())),
        selection_of(affinity.get("requiredDuringSchedulingIgnoredDuringExecution")),
    )


def preferred_of(spec: Object) -> tuple[tuple[int, Term], ...]:
    """Return the soft rules of a pod's spec, with their weights."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    return tuple(
        (int(each.get("weight") or 0), term_of(each.get("preference") or {}))
        for each in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    )
