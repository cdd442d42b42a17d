"""Why a pod fits nowhere, in upstream's words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kubewheel.scheduler.verdict import Verdict

NO_NODES = "no nodes available to schedule pods"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Verdicts by node. `elsewhere` is that of all nodes that were not looked at; `at_once` came before any node."""

    nodes: int
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    elsewhere: Verdict | None = None
    at_once: Verdict | None = None

    @property
    def plugins(self) -> frozenset[str]:
        """The plugins that refused."""
        found = {verdict.plugin for verdict in self.verdicts.values()}
        found |= {verdict.plugin for verdict in (self.elsewhere, self.at_once) if verdict is not None}
        return frozenset(found)

    def resolvable(self) -> list[str]:
        """Return the nodes whose refusal could be turned by removing pods from them."""
        if self.at_once is not None:
            return []
        return [name for name, verdict in self.verdicts.items() if verdict.resolvable]

    def verdict_on(self, node: str) -> Verdict | None:
        """Return the verdict on one node."""
        return self.at_once or self.verdicts.get(node, self.elsewhere)

    def message(self) -> str:
        """Return the text for users."""
        if not self.nodes:
            return NO_NODES
        if self.at_once is not None:
            return f"{_unavailable(self.nodes)} {', '.join(self.at_once.reasons)}."
        return counted(self.nodes, self.verdicts.values(), self.elsewhere, len(self.verdicts))


def counted(nodes: int, verdicts: Iterable[Verdict], elsewhere: Verdict | None, looked_at: int) -> str:
    """Return how many nodes were refused for each reason."""
    reasons = Counter(reason for verdict in verdicts for reason in verdict.reasons)
    if elsewhere is not None and looked_at < nodes:
        for reason in elsewhere.reasons:
            reasons[reason] += nodes - looked_at
    listed = sorted(f"{count} {reason}" for reason, count in reasons.items())
    return f"{_unavailable(nodes)} {', '.join(listed)}." if listed else _unavailable(nodes)


def _unavailable(nodes: int) -> str:
    return f"0/{nodes} nodes are available:"
