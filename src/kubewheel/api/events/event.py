"""Event of events.k8s.io: the newer form of the Events that the core group has.

Both groups share their objects, which are stored in the form of the core group; `to_stored` and `from_stored`
translate.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubewheel.api.core import event
from kubewheel.api.kinds import Kind
from kubewheel.api.validation.faults import Faults, invalid, required
from kubewheel.libs.wire import Object

GROUP = "events.k8s.io"
TYPES = ("Normal", "Warning")
UNWANTED = "needs to be unset"
LASTING = (
    "involvedObject", "reason", "reportingComponent", "reportingInstance", "action", "related", "message", "type",
    "eventTime",
)

# The name of a field in this group -> its name in the stored form.
FIELDS = {
    "reportingController": "reportingComponent", "regarding": "involvedObject", "note": "message",
    "deprecatedSource": "source", "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp", "deprecatedCount": "count",
}


def to_stored(found: dict[str, Any]) -> None:
    """Give an Event of this group the form of the core group."""
    for mine, stored in FIELDS.items():
        if mine in found:
            found[stored] = found.pop(mine)
    found.setdefault("involvedObject", {})


def from_stored(found: dict[str, Any]) -> None:
    """Give an Event of the core group the form of this group."""
    for mine, stored in FIELDS.items():
        if stored in found:
            found[mine] = found.pop(stored)
    found.setdefault("eventTime", None)


def _stored(found: Object) -> Object:
    if not any(mine in found for mine in FIELDS):
        return found
    copied = dict(found)
    to_stored(copied)
    return copied


def validate(found: Object) -> Faults:
    """Return the faults of an Event in its stored form, by the rules of both groups."""
    faults = event.validate(found)
    series = found.get("series")
    if series is not None:
        if (series.get("count") or 0) < 2:
            faults.append(invalid("series.count", "", "should be at least 2"))
        if not series.get("lastObservedTime"):
            faults.append(required("series.lastObservedTime"))
    if not found.get("eventTime"):
        faults.append(required("eventTime"))
    if found.get("type") not in TYPES:
        faults.append(invalid("type", "", f"has invalid value: {found.get('type') or ''}"))
    faults += [
        invalid(name, "", UNWANTED)
        for name in ("firstTimestamp", "lastTimestamp", "count", "source") if _holds(found.get(name))
    ]
    return faults


def _holds(value: Any) -> bool:
    return any(value.values()) if isinstance(value, Mapping) else bool(value)


def validate_update(new: Object, old: Object) -> Faults:
    """Check that only the series of an Event goes on."""
    return [
        invalid(name, new.get(name), "field is immutable")
        for name in LASTING if (new.get(name) or None) != (old.get(name) or None)
    ]


def row(found: Object, now: float) -> Sequence[Any]:
    """Return the cells of an Event in either form."""
    return event.row(_stored(found), now)


def _reader(read: Callable[[Object], str]) -> Callable[[Object], str]:
    return lambda found: read(_stored(found))


SELECTABLE = {
    name.replace("involvedObject.", "regarding.").replace("reportingComponent", "reportingController"): _reader(read)
    for name, read in event.SELECTABLE.items() if name != "source"
}

KIND: Kind = dataclasses.replace(
    event.KIND, group=GROUP, validate=validate, validate_update=validate_update, row=row, selectable=SELECTABLE,
    conversions={"v1": (to_stored, from_stored)},
)
