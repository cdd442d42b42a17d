"""Amounts given as a number or as a percentage of something."""

from typing import Any

from kubewheel.api import names
from kubewheel.api.validation.faults import NEGATIVE, Faults, each, invalid


def validate_int_or_percent(value: Any, path: str) -> Faults:
    """Check a number that is not negative, or a percentage."""
    if isinstance(value, str):
        return each(path, value, names.percent(value))
    return [invalid(path, value, NEGATIVE)] if (value or 0) < 0 else []


def percent_of(value: Any) -> int | None:
    """Return the number of percents of a percentage, None if `value` is something else."""
    return int(value[:-1]) if isinstance(value, str) and not names.percent(value) else None


def amount_of(value: Any) -> int:
    """Return the number in a number or percentage; 0 if there is none."""
    percents = percent_of(value)
    if percents is not None:
        return percents
    return int(value) if isinstance(value, int) else 0


def validate_at_most_all(value: Any, path: str) -> Faults:
    """Check that a percentage is at most 100%."""
    percents = percent_of(value)
    return [invalid(path, value, "must not be greater than 100%")] if percents is not None and percents > 100 else []
