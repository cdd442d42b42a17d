"""flowcontrol.apiserver.k8s.io/v1beta1 and v1beta2: shares of concurrency have another name."""

from typing import Any

from kubewheel.api.retired.definitions import Struct

OLD, NEW = "assuredConcurrencyShares", "nominalConcurrencyShares"


def to_stored(level: dict[str, Any]) -> None:
    """Give a priority level the form of v1."""
    _rename(level, OLD, NEW)


def from_stored(level: dict[str, Any]) -> None:
    """Give a priority level of v1 the older form."""
    _rename(level, NEW, OLD)


def _rename(level: dict[str, Any], old: str, new: str) -> None:
    limited = (level.get("spec") or {}).get("limited") or {}
    if old in limited:
        limited[new] = limited.pop(old)


CONVERSIONS = {"PriorityLevelConfiguration": (to_stored, from_stored)}
STRUCTS = {
    "LimitedPriorityLevelConfiguration": Struct(
        {OLD: ("i", "The level's share of what the server does at a time.")}, drop=(NEW,),
    ),
}
