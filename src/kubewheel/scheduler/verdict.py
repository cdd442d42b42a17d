"""A verdict: why a pod cannot run on a node. No verdict means that it can."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Refusal by `plugin`; `resolvable` says that removing pods from the node could turn it."""

    plugin: str
    reasons: tuple[str, ...]
    resolvable: bool = False
