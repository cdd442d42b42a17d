"""Questions about other pods that affinity terms ask."""

from collections.abc import Iterable

from kubewheel.scheduler.matches import Condition, Question
from kubewheel.scheduler.pod_terms import PodTerm
from kubewheel.scheduler.snapshot import Snapshot


def about(terms: Iterable[PodTerm], snapshot: Snapshot) -> Question:
    """Return the question for pods that match all `terms`."""
    return Question(tuple(Condition(term.selector, namespaces(term, snapshot)) for term in terms), True)


def namespaces(term: PodTerm, snapshot: Snapshot) -> frozenset[str] | None:
    """Return the namespaces that a term is about; None for all of them."""
    chosen = term.namespace_selector
    if chosen.nothing:
        return term.namespaces
    if chosen.is_empty:
        return None
    return term.namespaces | {
        each["metadata"]["name"] for each in snapshot.objects.list("Namespace")
        if chosen.matches(each["metadata"].get("labels"))
    }
