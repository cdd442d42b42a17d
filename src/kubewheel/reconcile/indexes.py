"""Indexes of informers that several controllers share; the same name means the same index."""

from collections.abc import Iterable

from kubewheel.api import pods
from kubewheel.libs.wire import Object

BY_NODE = "node"


def by_node(pod: Object) -> Iterable[str]:
    """Index: the node of a bound pod."""
    name = pods.node_name(pod)
    return (name,) if name else ()
