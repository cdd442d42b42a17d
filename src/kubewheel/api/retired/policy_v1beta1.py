"""policy/v1beta1: a budget whose selector is empty is about no pod, where in v1 it is about all."""

from typing import Any

MARK = "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match"
NONE = {"matchExpressions": [{"key": MARK, "operator": "Exists"}]}
ALL = {"matchExpressions": [{"key": MARK, "operator": "DoesNotExist"}]}


def to_stored(budget: dict[str, Any]) -> None:
    """Write 'no pod' and 'all pods' as v1 does."""
    _replace(budget, {}, NONE)
    _replace(budget, ALL, {})


def from_stored(budget: dict[str, Any]) -> None:
    """Write 'no pod' and 'all pods' as v1beta1 does."""
    _replace(budget, {}, ALL)
    _replace(budget, NONE, {})


def _replace(budget: dict[str, Any], found: dict[str, Any], other: dict[str, Any]) -> None:
    spec = budget.get("spec") or {}
    selector = spec.get("selector")
    if selector is not None and {name: value for name, value in selector.items() if value} == found:
        spec["selector"] = dict(other)


CONVERSIONS = {"PodDisruptionBudget": (to_stored, from_stored)}
