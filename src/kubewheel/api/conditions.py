"""Conditions in the status of objects: found by type, and set so that the time of a transition is right."""

from collections.abc import Mapping, Sequence
from typing import Any

from kubewheel.libs import clock
from kubewheel.libs.wire import Object

TRUE, FALSE, UNKNOWN = "True", "False", "Unknown"


def find(obj: Object, kind: str) -> Mapping[str, Any] | None:
    """Return the condition of type `kind`, or None."""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == kind:
            return condition  # type: ignore[no-any-return]
    return None


def is_true(obj: Object, kind: str) -> bool:
    """Return whether the condition of type `kind` holds."""
    found = find(obj, kind)
    return found is not None and found.get("status") == TRUE


def with_condition(
    conditions: Sequence[Object] | None, kind: str, status: str, *, now: float, reason: str = "", message: str = "",
) -> list[dict[str, Any]]:
    """Return `conditions` with one set; its lastTransitionTime changes only when its status does."""
    changed: dict[str, Any] = {"type": kind, "status": status, "lastTransitionTime": clock.rfc3339(now)}
    if reason:
        changed["reason"] = reason
    if message:
        changed["message"] = message
    result = [dict(condition) for condition in conditions or ()]
    for place, old in enumerate(result):
        if old.get("type") == kind:
            if old.get("status") == status and "lastTransitionTime" in old:
                changed["lastTransitionTime"] = old["lastTransitionTime"]
            kept = {name: value for name, value in old.items() if name not in ("reason", "message")}
            result[place] = kept | changed
            return result
    return [*result, changed]
