"""Conditions of objects in the form that newer kinds share (metav1.Condition)."""

import re
from collections.abc import Sequence

from kubewheel.api import names
from kubewheel.api.validation.faults import (
    Faults,
    duplicate,
    each,
    invalid,
    not_negative,
    required,
    too_long,
    unsupported,
)
from kubewheel.libs.wire import Object

STATUSES = ("False", "True", "Unknown")
REASON_BYTES = 1024
MESSAGE_BYTES = 32768
REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"

_is_reason = re.compile(REASON).fullmatch


def validate_conditions(conditions: Sequence[Object] | None, path: str) -> Faults:
    """Check a list of conditions, each of another type."""
    faults: Faults = []
    seen: set[str] = set()
    for index, condition in enumerate(conditions or []):
        kind = condition.get("type") or ""
        if kind in seen:
            faults.append(duplicate(f"{path}[{index}].type", kind))
        seen.add(kind)
        faults += _validate_condition(condition, f"{path}[{index}]")
    return faults


def _validate_condition(condition: Object, path: str) -> Faults:
    kind, status, reason = (condition.get(name) or "" for name in ("type", "status", "reason"))
    here = f"{path}.type"
    faults = each(here, kind, names.qualified_name(kind)) if kind else [required(here, "must be set")]
    if status not in STATUSES:
        faults.append(unsupported(f"{path}.status", status, STATUSES))
    faults += not_negative(condition, path, "observedGeneration")
    if not condition.get("lastTransitionTime"):
        faults.append(required(f"{path}.lastTransitionTime", "must be set"))
    if not reason:
        faults.append(required(f"{path}.reason", "must be set"))
    elif not _is_reason(reason):
        text = (
            "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
            "characters or '_,:', and must end with an alphanumeric character or '_'"
        )
        message = names.not_matching(text, REASON, "my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB")
        faults.append(invalid(f"{path}.reason", reason, message))
    if len(reason) > REASON_BYTES:
        faults.append(too_long(f"{path}.reason", REASON_BYTES))
    if len(condition.get("message") or "") > MESSAGE_BYTES:
        faults.append(too_long(f"{path}.message", MESSAGE_BYTES))
    return faults
