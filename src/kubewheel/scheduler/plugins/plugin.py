"""What plugins are. A plugin is a file: its name, its checks and scores, and the changes that may turn its verdicts.

*Local* plugins look at a pod's template and one node; what they find is remembered on the node. *Wide* plugins look at
the whole cluster: they `prepare` once for a pod and then check each node.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kubewheel.scheduler.node import NodeInfo
from kubewheel.scheduler.pod import PodInfo, Template
from kubewheel.scheduler.snapshot import Snapshot
from kubewheel.scheduler.verdict import Verdict

TOP_SCORE = 100


class Change(StrEnum):
    """Changes in the cluster that may let a pod in that was refused."""

    NODE_ADDED = "node added"
    NODE_GONE = "node gone"
    NODE_ALLOCATABLE = "node offers something else"
    NODE_LABELS = "node labels"
    NODE_TAINTS = "node taints"
    POD_PLACED = "pod placed"
    POD_GONE = "pod gone"
    POD_LABELS = "pod labels"
    CLAIM = "claim"
    VOLUME = "volume"
    STORAGE_CLASS = "storage class"
    STORAGE = "storage driver or capacity"


@dataclass(frozen=True, slots=True)
class LocalFilter:
    """Refuses nodes; `applies` says for which templates it has work at all."""

    name: str
    check: Callable[[Template, NodeInfo], Verdict | None]
    applies: Callable[[Template], bool]
    wakes: frozenset[Change]


class Check(Protocol):
    """A wide plugin, prepared for one pod."""

    def verdict(self, node: NodeInfo) -> Verdict | None:
        """Return why the pod cannot run on `node`, or None."""
        ...

    def moved(self, node: NodeInfo, gone: Sequence[PodInfo], come: Sequence[PodInfo]) -> "Check":
        """Return the check as it were if these pods left and came to `node`."""
        ...


@dataclass(frozen=True, slots=True)
class WideFilter:
    """Refuses nodes; `prepare` returns None when the pod gives it no work, a Verdict when no node can do."""

    name: str
    prepare: Callable[[PodInfo, Snapshot], Check | Verdict | None]
    wakes: frozenset[Change]


@dataclass(frozen=True, slots=True)
class WideScore:
    """Compares feasible nodes, 0 to 100 each; None when the pod gives it no work."""

    name: str
    weight: int
    scores: Callable[[PodInfo, Snapshot, Sequence[NodeInfo]], Sequence[int] | None]
