"""Taints of nodes and the tolerations of pods."""

from collections.abc import Sequence

from kubewheel.api import names
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, choice, duplicate, forbidden, invalid, option
from kubewheel.libs.wire import Object

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
OPERATORS = ("Equal", "Exists")


def _validate_value(toleration: Object, path: str) -> Faults:
    operator, value = toleration.get("operator") or "", toleration.get("value") or ""
    if operator in ("", "Equal"):
        messages = names.label_value(value)
        return [invalid(f"{path}.operator", value, ";".join(messages))] if messages else []
    if operator == "Exists":
        detail = "value must be empty when `operator` is 'Exists'"
        return [invalid(f"{path}.operator", value, detail)] if value else []
    return option(f"{path}.operator", operator, OPERATORS)


def validate_tolerations(tolerations: Sequence[Object], path: str) -> Faults:
    """Check the tolerations of a pod."""
    faults: Faults = []
    for index, toleration in enumerate(tolerations):
        here = f"{path}[{index}]"
        key, operator, effect = (toleration.get(name) or "" for name in ("key", "operator", "effect"))
        if key:
            faults += labels.validate_label_name(key, f"{here}.key")
        elif operator != "Exists":
            detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            faults.append(invalid(f"{here}.operator", operator, detail))
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            faults.append(invalid(f"{here}.effect", effect, detail))
        faults += _validate_value(toleration, here)
        faults += option(f"{here}.effect", effect or None, EFFECTS)
    return faults


def validate_only_added(new: Sequence[Object], old: Sequence[Object], path: str) -> Faults:
    """Check that every old toleration is still there, if perhaps for another time."""
    kept = [_without_seconds(toleration) for toleration in new]
    if any(_without_seconds(toleration) not in kept for toleration in old):
        return [forbidden(path, "existing toleration can not be modified except its tolerationSeconds")]
    return validate_tolerations(new, path)


def _without_seconds(toleration: Object) -> dict[str, object]:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds" and value}


def validate_taints(taints: Sequence[Object], path: str) -> Faults:
    """Check the taints of a node."""
    faults: Faults = []
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        here = f"{path}[{index}]"
        key, value, effect = (taint.get(name) or "" for name in ("key", "value", "effect"))
        faults += labels.validate_label_name(key, f"{here}.key")
        if messages := names.label_value(value):
            faults.append(invalid(f"{here}.value", value, ";".join(messages)))
        faults += choice(f"{here}.effect", effect, EFFECTS)
        if (key, effect) in seen:
            faults.append(duplicate(here, dict(taint), "taints must be unique by key and effect pair"))
        seen.add((key, effect))
    return faults
