"""Where volumes of a class may be: labels of nodes and their values."""

from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, duplicate, required
from kubewheel.libs.wire import Object

Meaning = frozenset[tuple[str, frozenset[str]]]


def meaning(term: Object) -> Meaning:
    """Return what a term says, whatever the order in which it says it."""
    expressions = term.get("matchLabelExpressions") or []
    return frozenset((str(each.get("key")), frozenset(each.get("values") or ())) for each in expressions)


def validate_term(term: Object, path: str) -> Faults:
    """Check one place."""
    faults: Faults = []
    seen: set[str] = set()
    for index, requirement in enumerate(term.get("matchLabelExpressions") or []):
        here, key = f"{path}.matchLabelExpressions[{index}]", requirement.get("key") or ""
        values = requirement.get("values") or []
        faults += labels.validate_label_name(key, f"{here}.key")
        if not values:
            faults.append(required(f"{here}.values"))
        faults += [
            duplicate(f"{here}.values[{place}]", value)
            for place, value in enumerate(values) if value in values[:place]
        ]
        if key in seen:
            faults.append(duplicate(f"{here}.key", key))
        seen.add(key)
    return faults
