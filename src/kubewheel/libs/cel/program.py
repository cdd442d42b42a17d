"""Programs: expressions that were read, checked and built, and can be evaluated many times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kubewheel.libs.cel import checker, evaluator, parser
from kubewheel.libs.cel.checker import Environment
from kubewheel.libs.cel.faults import CostExceeded, Failure, Invalid, OutOfBudget
from kubewheel.libs.cel.frame import Frame
from kubewheel.libs.cel.nodes import references
from kubewheel.libs.cel.signatures import Overload, table
from kubewheel.libs.cel.types import DYN
from kubewheel.libs.cel.values import Optional
from kubewheel.libs.patience import Patience

MISSING = object()
CALL_LIMIT = 1_000_000


@dataclass(slots=True)
class Budget:
    """How much several evaluations may cost together."""

    left: int
    patience: Patience = field(default_factory=Patience)

    def spend(self, cost: int) -> None:
        """Pay; raise OutOfBudget, and Lengthy."""
        self.patience.turn()
        if cost > self.left:
            self.left = 0
            raise OutOfBudget
        self.left -= cost


class Program:
    """An expression.

    `type` is what its values are; `variables` are the free names in it, `chains` the paths of fields that begin at
    names: ("self", "spec", "x").
    """

    def __init__(self, text: str, environment: Environment, *, checked: bool = True) -> None:
        self.text = text
        node = parser.parse(text)
        self.type = checker.check(text, node, environment) if checked else DYN
        try:
            self.chains = tuple(references(node))
            self._step = evaluator.build(node, environment)
        except RecursionError as error:
            raise Invalid("ERROR: <input>:-1:0: expression recursion limit exceeded: 250") from error
        self.variables = frozenset(chain[0] for chain in self.chains if chain[0] not in checker.TYPE_NAMES)

    def evaluate(self, variables: Mapping[str, Any], budget: Budget | None = None) -> Any:
        """Return the value of the expression.

        Raise Failure, OutOfBudget when `budget` does not suffice, and Lengthy.
        """
        frame = Frame(dict(variables), CALL_LIMIT, Patience() if budget is None else budget.patience)
        failure: Failure | None = None
        value: Any = None
        try:
            value = self._step(frame)
        except Failure as error:
            failure = error
        except (RecursionError, MemoryError):
            failure = CostExceeded()
        if budget is not None:
            budget.spend(CALL_LIMIT - max(frame.left, 0))
        if failure is not None:
            raise failure
        return value


@lru_cache(maxsize=1)
def standard() -> dict[str, list[Overload]]:
    """Return the functions that every expression may use."""
    from kubewheel.libs.cel.library import (
        addresses,
        collections,
        conversions,
        operators,
        patterns,
        texts,
        times,
    )

    libraries = (operators, conversions, texts, collections, patterns, times, addresses)
    return table(*(library.FUNCTIONS for library in libraries))


def optional(value: Any = MISSING) -> Optional:
    """Return an optional value; without an argument, one that holds nothing."""
    return Optional() if value is MISSING else Optional(value)


