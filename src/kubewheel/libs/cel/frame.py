"""One evaluation: its variables, and how much work it may still do."""

from collections.abc import Callable
from typing import Any

from kubewheel.libs.cel.faults import CostExceeded
from kubewheel.libs.patience import Patience


class Frame:
    """What the steps of an evaluation share."""

    __slots__ = ("is_spent", "left", "names", "patience")

    def __init__(self, names: dict[str, Any], limit: int, patience: Patience) -> None:
        self.names = names
        self.left = limit
        self.patience = patience
        self.is_spent = False

    def spend(self, cost: int) -> None:
        """Pay for a step; raise CostExceeded when nothing is left."""
        self.left -= cost
        if self.left < 0:
            self.is_spent = True
            raise CostExceeded


Step = Callable[[Frame], Any]
