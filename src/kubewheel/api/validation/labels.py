"""Labels, annotations and label selectors."""

from typing import Any

from kubewheel.api import names
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, required, too_long
from kubewheel.libs.wire import Object

ANNOTATIONS_BYTES = 256 * 1024
SET_OPERATORS = ("In", "NotIn")
PRESENCE_OPERATORS = ("Exists", "DoesNotExist")


def validate_label_name(key: str, path: str) -> Faults:
    """Check a label key."""
    return each(path, key, names.qualified_name(key))


def validate_labels(labels: Object | None, path: str) -> Faults:
    """Check keys and values of a set of labels."""
    faults: Faults = []
    for key, value in (labels or {}).items():
        faults += validate_label_name(key, path)
        faults += each(path, value, names.label_value(value or ""))
    return faults


def validate_annotations(annotations: Object | None, path: str) -> Faults:
    """Check the keys of annotations, and their size together."""
    faults: Faults = []
    size = 0
    for key, value in (annotations or {}).items():
        faults += each(path, key, names.qualified_name(key.lower()))
        size += len(key.encode()) + len((value or "").encode("utf-8", "surrogatepass"))
    if size > ANNOTATIONS_BYTES:
        faults.append(too_long(path, ANNOTATIONS_BYTES))
    return faults


def _validate_requirement(requirement: Object, path: str) -> Faults:
    operator = requirement.get("operator") or ""
    values: list[Any] = requirement.get("values") or []
    faults: Faults = []
    if operator in SET_OPERATORS:
        if not values:
            faults.append(required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in PRESENCE_OPERATORS:
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            faults.append(forbidden(f"{path}.values", detail))
    else:
        faults.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    faults += validate_label_name(requirement.get("key") or "", f"{path}.key")
    for index, value in enumerate(values):
        faults += each(f"{path}.values[{index}]", value, names.label_value(value))
    return faults


def validate_label_selector(selector: Object | None, path: str) -> Faults:
    """Check a LabelSelector; none at all is fine."""
    if not selector:
        return []
    faults = validate_labels(selector.get("matchLabels"), f"{path}.matchLabels")
    for index, requirement in enumerate(selector.get("matchExpressions") or []):
        faults += _validate_requirement(requirement, f"{path}.matchExpressions[{index}]")
    return faults


def selector_keys(selector: Object | None) -> list[str]:
    """Return the keys that a LabelSelector speaks of, as often as it does."""
    if not selector:
        return []
    keys = list(selector.get("matchLabels") or {})
    return keys + [requirement.get("key") or "" for requirement in selector.get("matchExpressions") or []]


def is_empty_selector(selector: Object | None) -> bool:
    """Return whether a LabelSelector has no requirements."""
    return not selector or not (selector.get("matchLabels") or selector.get("matchExpressions"))
