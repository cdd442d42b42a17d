"""Status conditions: lists of {type, status, reason, message, times}, changed as values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Condition = Mapping[str, Any]


def make(type: str, status: str, reason: str, message: str, now: str) -> dict[str, Any]:
    """Return a condition whose last transition was at `now`."""
    found = {
        "type": type, "status": status, "lastTransitionTime": now, "reason": reason, "message": message,
    }
    return {name: value for name, value in found.items() if value}


def find(conditions: Iterable[Condition], type: str) -> Condition | None:
    """Return the condition of that type."""
    for found in conditions:
        if found.get("type") == type:
            return found
    return None


def put(conditions: Sequence[Condition], new: Condition) -> list[Condition]:
    """Return the conditions with `new` in the place of its type; the time of transition stays if the status does."""
    result: list[Condition] = []
    placed = False
    for old in conditions:
        if old.get("type") != new["type"]:
            result.append(old)
            continue
        placed = True
        if old.get("status") == new["status"] and "lastTransitionTime" in old:
            new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
        result.append(new)
    return result if placed else [*result, new]


def put_if_new(conditions: Sequence[Condition], new: Condition) -> list[Condition]:
    """Return the conditions with `new`, or as they are if they have its type with the same status and reason."""
    old = find(conditions, new["type"])
    if old is not None and old.get("status") == new.get("status") and old.get("reason") == new.get("reason"):
        return list(conditions)
    return put(conditions, new)


def without(conditions: Sequence[Condition], type: str) -> list[Condition]:
    """Return the conditions without that type."""
    return [found for found in conditions if found.get("type") != type]


def present(**fields: Any) -> dict[str, Any]:
    """Return the fields that are set: no None, 0, empty text or empty list, as the API leaves them out."""
    return {name: value for name, value in fields.items() if value}
