"""What can go wrong with an expression: at its definition, at its evaluation."""

from collections.abc import Sequence


class Invalid(ValueError):
    """The source is no expression, or one that can never work."""


class Failure(Exception):
    """The evaluation came to no value."""


class CostExceeded(Failure):
    """One expression was too much work."""

    def __init__(self) -> None:
        super().__init__("operation cancelled: actual cost limit exceeded")


class OutOfBudget(Failure):
    """Several expressions together were too much work."""

    def __init__(self) -> None:
        super().__init__("validation failed due to running out of cost budget, no further validation rules will be run")


Issue = tuple[int, str]
"""A place in the source and what is wrong there."""


def report(text: str, issues: Sequence[Issue]) -> str:
    """Return issues in the form in which CEL's reference implementation shows them."""
    return "\n".join(_shown(text, place, message) for place, message in sorted(set(issues)))


def _shown(text: str, place: int, message: str) -> str:
    before = text[:place]
    line = before.count("\n") + 1
    column = place - (before.rfind("\n") + 1)
    lines = text.split("\n")
    source = lines[line - 1] if line <= len(lines) else ""
    return f"ERROR: <input>:{line}:{column + 1}: {message}\n | {source}\n | {'.' * column}^"
