"""Expressions in CEL with everything that Kubernetes adds to the language.

`compile` is for expressions about values of which nothing is known; `checked` for those whose variables have types:
`schemas` makes types of the schemas of custom resources, `kinds` of the definitions of built-in ones, `admission` says
what expressions about requests can refer to.

Reference: https://kubernetes.io/docs/reference/using-api/cel/
"""

from functools import lru_cache

from kubewheel.api.expressions import authorization, images, names, quantities
from kubewheel.libs.cel import (
    Budget,
    CostExceeded,
    Environment,
    Failure,
    Invalid,
    OutOfBudget,
    optional,
    signatures,
    standard,
)
from kubewheel.libs.cel import Program as Expression
from kubewheel.libs.cel.signatures import Functions
from kubewheel.libs.cel.types import DYN

__all__ = [
    "Budget", "CostExceeded", "Environment", "Expression", "Failure", "Invalid", "OutOfBudget", "checked", "compile",
    "functions", "optional",
]

KEPT = 4096
TOTAL_BUDGET = 10_000_000  # Of all expressions about one object.


@lru_cache(maxsize=1)
def functions() -> Functions:
    """Return the functions that every expression may use."""
    added = signatures.table(
        quantities.FUNCTIONS, names.FUNCTIONS, images.FUNCTIONS, authorization.FUNCTIONS,
    )
    known = standard()
    return {name: [*known.get(name, ()), *added.get(name, ())] for name in {**known, **added}}


def checked(text: str, environment: Environment) -> Expression:
    """Return the compiled expression; raise Invalid for one that does not fit its environment."""
    return Expression(text, environment)


@lru_cache(maxsize=KEPT)
def compile(text: str) -> Expression:
    """Return the compiled expression, whose variables can be anything; raise Invalid for unknown functions."""
    expression = Expression(text, Environment(functions()), checked=False)
    return Expression(text, Environment(functions(), dict.fromkeys(expression.variables, DYN)))
