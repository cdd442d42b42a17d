"""Node selectors: terms over labels and names of nodes."""

from kubewheel.api import names
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, each, forbidden, invalid, required
from kubewheel.libs.wire import Object

UNKNOWN_OPERATOR = "not a valid selector operator"


def _validate_requirement(requirement: Object, path: str, *, check_values: bool) -> Faults:
    operator = requirement.get("operator") or ""
    values = requirement.get("values") or []
    faults: Faults = []
    if operator in labels.SET_OPERATORS:
        if not values:
            faults.append(required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in labels.PRESENCE_OPERATORS:
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            faults.append(forbidden(f"{path}.values", detail))
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            faults.append(required(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'"))
    else:
        faults.append(invalid(f"{path}.operator", operator, UNKNOWN_OPERATOR))
    faults += labels.validate_label_name(requirement.get("key") or "", f"{path}.key")
    if check_values:
        for index, value in enumerate(values):
            faults += each(f"{path}.values[{index}]", value, names.label_value(value))
    return faults


def _validate_field(requirement: Object, path: str) -> Faults:
    operator, key = requirement.get("operator") or "", requirement.get("key") or ""
    values = requirement.get("values") or []
    faults: Faults = []
    if operator not in labels.SET_OPERATORS:
        faults.append(invalid(f"{path}.operator", operator, UNKNOWN_OPERATOR))
    elif len(values) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        faults.append(required(f"{path}.values", detail))
    if key != "metadata.name":
        return [*faults, invalid(f"{path}.key", key, "not a valid field selector key")]
    for index, value in enumerate(values):
        faults += each(f"{path}.values[{index}]", value, names.dns_subdomain(value))
    return faults


def validate_term(term: Object, path: str, *, check_values: bool = True) -> Faults:
    """Check one term; what it prefers rather than demands may name values that no label can have."""
    faults: Faults = []
    for index, requirement in enumerate(term.get("matchExpressions") or []):
        faults += _validate_requirement(requirement, f"{path}.matchExpressions[{index}]", check_values=check_values)
    for index, requirement in enumerate(term.get("matchFields") or []):
        faults += _validate_field(requirement, f"{path}.matchFields[{index}]")
    return faults


def validate_node_selector(selector: Object, path: str) -> Faults:
    """Check a NodeSelector."""
    terms = selector.get("nodeSelectorTerms") or []
    if not terms:
        return [required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")]
    faults: Faults = []
    for index, term in enumerate(terms):
        faults += validate_term(term, f"{path}.nodeSelectorTerms[{index}]")
    return faults
