"""Affinity of pods to nodes and to other pods."""

from collections.abc import Sequence

from kubewheel.api import names
from kubewheel.api.validation import labels, node_selectors
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, required
from kubewheel.libs.wire import Object

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
UNSELECTED = "must not be specified when labelSelector is not set"
IN_BOTH = "exists in both matchLabelKeys and labelSelector"


def _validate_weight(term: Object, path: str) -> Faults:
    weight = term.get("weight") or 0
    return [] if 1 <= weight <= 100 else [invalid(f"{path}.weight", weight, "must be in the range 1-100")]


def _validate_node_affinity(affinity: Object, path: str) -> Faults:
    faults: Faults = []
    if (selector := affinity.get(REQUIRED)) is not None:
        faults += node_selectors.validate_node_selector(selector, f"{path}.{REQUIRED}")
    for index, term in enumerate(affinity.get(PREFERRED) or []):
        here = f"{path}.{PREFERRED}[{index}]"
        faults += _validate_weight(term, here)
        preference = term.get("preference") or {}
        faults += node_selectors.validate_term(preference, f"{here}.preference", check_values=False)
    return faults


def validate_label_keys(keys: Sequence[str], selector: Object | None, path: str) -> Faults:
    """Check keys whose values are taken from the pod's own labels."""
    if not keys:
        return []
    if selector is None:
        return [forbidden(path, UNSELECTED)]
    faults: Faults = []
    for index, key in enumerate(keys):
        faults += labels.validate_label_name(key, f"{path}[{index}]")
    return faults


def repeated_keys(keys: Sequence[str], selector: Object | None) -> list[int]:
    """Return the places of keys that the author also selects by.

    Before objects are checked, each key of `keys` was added to the selector once; a second time is the author's.
    """
    found = labels.selector_keys(selector)
    places = {key: index for index, key in enumerate(keys)}
    return [places[key] for key in dict.fromkeys(found) if key in places and found.count(key) > 1]


def _validate_keys(term: Object, path: str) -> Faults:
    selector = term.get("labelSelector")
    match, mismatch = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    faults = validate_label_keys(match, selector, f"{path}.matchLabelKeys")
    faults += validate_label_keys(mismatch, selector, f"{path}.mismatchLabelKeys")
    faults += [invalid(f"{path}[{index}]", match[index], IN_BOTH) for index in repeated_keys(match, selector)]
    faults += [
        invalid(f"{path}.matchLabelKeys[{index}]", key, "exists in both matchLabelKeys and mismatchLabelKeys")
        for index, key in enumerate(match) if key in mismatch
    ]
    return faults


def _validate_pod_term(term: Object, path: str) -> Faults:
    faults = labels.validate_label_selector(term.get("labelSelector"), f"{path}.labelSelector")
    faults += labels.validate_label_selector(term.get("namespaceSelector"), f"{path}.namespaceSelector")
    for name in term.get("namespaces") or []:
        faults += each(f"{path}.namespace", name, names.dns_label(name))
    faults += _validate_keys(term, path)
    key = term.get("topologyKey") or ""
    if not key:
        faults.append(required(f"{path}.topologyKey", "can not be empty"))
    return faults + labels.validate_label_name(key, f"{path}.topologyKey")


def _validate_pod_affinity(affinity: Object, path: str) -> Faults:
    faults: Faults = []
    for index, term in enumerate(affinity.get(REQUIRED) or []):
        faults += _validate_pod_term(term, f"{path}.{REQUIRED}[{index}]")
    for index, term in enumerate(affinity.get(PREFERRED) or []):
        here = f"{path}.{PREFERRED}[{index}]"
        faults += _validate_weight(term, here)
        faults += _validate_pod_term(term.get("podAffinityTerm") or {}, f"{here}.podAffinityTerm")
    return faults


def validate_affinity(affinity: Object | None, path: str) -> Faults:
    """Check the affinity of a pod."""
    faults: Faults = []
    for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity"):
        if affinity and (found := affinity.get(kind)) is not None:
            check = _validate_node_affinity if kind == "nodeAffinity" else _validate_pod_affinity
            faults += check(found, f"{path}.{kind}")
    return faults
