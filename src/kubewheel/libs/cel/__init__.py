"""CEL, the expression language of Kubernetes: read, checked, evaluated within bounds.

In: source text, what it may refer to (`Environment`), values of variables.  Out: values, or `Invalid` and `Failure` in
the words of CEL's reference implementation.

Flow: `lexer` → `parser` (with `macros`) → `checker` (with `types`) → `evaluator` (with `loops`). Functions are rows of
tables in `library/`, written as `signatures` says.
"""

from kubewheel.libs.cel.checker import Environment
from kubewheel.libs.cel.faults import CostExceeded, Failure, Invalid, OutOfBudget
from kubewheel.libs.cel.program import Budget, Program, optional, standard

__all__ = [
    "Budget", "CostExceeded", "Environment", "Failure", "Invalid", "OutOfBudget", "Program", "optional", "standard",
]
