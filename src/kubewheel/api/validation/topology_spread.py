"""How pods spread over zones, nodes and other domains."""

from collections.abc import Sequence

from kubewheel.api.validation import labels
from kubewheel.api.validation.affinity import IN_BOTH, UNSELECTED, repeated_keys
from kubewheel.api.validation.faults import (
    NOT_POSITIVE,
    Faults,
    duplicate,
    forbidden,
    invalid,
    option,
    required,
)
from kubewheel.libs.wire import Object

ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
POLICIES = ("Honor", "Ignore")


def _validate_min_domains(constraint: Object, path: str) -> Faults:
    wanted, action = constraint.get("minDomains"), constraint.get("whenUnsatisfiable") or ""
    if wanted is None:
        return []
    faults = [] if wanted > 0 else [invalid(path, wanted, NOT_POSITIVE)]
    if action != "DoNotSchedule":
        detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        faults.append(invalid(path, wanted, detail))
    return faults


def _validate_keys(constraint: Object, path: str) -> Faults:
    keys, selector = constraint.get("matchLabelKeys") or [], constraint.get("labelSelector")
    if not keys:
        return []
    faults = [forbidden(path, UNSELECTED)] if selector is None else []
    for index, key in enumerate(keys):
        faults += labels.validate_label_name(key, f"{path}[{index}]")
    return faults + [invalid(f"{path}[{index}]", keys[index], IN_BOTH) for index in repeated_keys(keys, selector)]


def validate_topology_spread(constraints: Sequence[Object], path: str) -> Faults:
    """Check the spread constraints of a pod."""
    faults: Faults = []
    pairs = [(each.get("topologyKey") or "", each.get("whenUnsatisfiable") or "") for each in constraints]
    for index, constraint in enumerate(constraints):
        here = f"{path}[{index}]"
        key, action = pairs[index]
        skew = constraint.get("maxSkew") or 0
        if skew <= 0:
            faults.append(invalid(f"{here}.maxSkew", skew, NOT_POSITIVE))
        if not key:
            faults.append(required(f"{here}.topologyKey", "can not be empty"))
        faults += option(f"{here}.whenUnsatisfiable", action, ACTIONS)
        if pairs[index] in pairs[index + 1 :]:
            faults.append(duplicate(f"{here}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}"))
        faults += _validate_min_domains(constraint, f"{here}.minDomains")
        faults += option(f"{here}.nodeAffinityPolicy", constraint.get("nodeAffinityPolicy"), POLICIES)
        faults += option(f"{here}.nodeTaintsPolicy", constraint.get("nodeTaintsPolicy"), POLICIES)
        faults += _validate_keys(constraint, f"{here}.matchLabelKeys")
        faults += labels.validate_label_selector(constraint.get("labelSelector"), f"{here}.labelSelector")
    return faults
