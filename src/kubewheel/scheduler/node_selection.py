"""Which nodes a pod wants: the rules of the API, by the name that the scheduler calls them."""

from kubewheel.api.node_selection import (
    NODE_NAME_FIELD,
    NodeSelection,
    Taint,
    Term,
    Toleration,
    preferred_of,
    required_of,
    selection_of,
    taints_of,
    term_of,
    tolerations_of,
    untolerated,
)

__all__ = [
    "NODE_NAME_FIELD", "NodeSelection", "Taint", "Term", "Toleration", "preferred_of", "required_of", "selection_of",
    "taints_of", "term_of", "tolerations_of", "untolerated",
]
