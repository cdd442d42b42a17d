"""What the reviews of authorization ask about: a resource or a path."""

from collections.abc import Sequence

from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, invalid, required, unsupported
from kubewheel.libs.wire import Object

GROUP = "authorization.k8s.io"
FIELD_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def validate_target(spec: Object) -> Faults:
    """Check that a review asks about one thing."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    faults: Faults = []
    if resource is not None and path is not None:
        detail = "cannot be specified in combination with resourceAttributes"
        faults.append(invalid("spec.nonResourceAttributes", path, detail))
    if resource is None and path is None:
        detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        faults.append(invalid("spec.resourceAttributes", path, detail))
    return faults


def validate_subject(spec: Object) -> Faults:
    """Check that a review asks about somebody."""
    if spec.get("user") or spec.get("groups"):
        return []
    return [invalid("spec.user", spec.get("user") or "", "at least one of user or group must be specified")]


def validate_selectors(spec: Object) -> Faults:
    """Check the selectors by which the wanted objects are narrowed."""
    resource = spec.get("resourceAttributes") or {}
    faults: Faults = []
    for name in ("fieldSelector", "labelSelector"):
        selector, path = resource.get(name), f"spec.resourceAttributes.{name}"
        if selector is None:
            continue
        raw, requirements = selector.get("rawSelector") or "", selector.get("requirements") or []
        if raw and requirements:
            detail = "may not specified at the same time as requirements"
            faults.append(invalid(f"{path}.rawSelector", raw, detail))
        if not raw and not requirements:
            detail = f"when {path} is specified, requirements or rawSelector is required"
            faults.append(required(f"{path}.requirements", detail))
        if name == "labelSelector":
            selected = {"matchExpressions": requirements}
            faults += [
                type(fault)(fault.field.replace(".matchExpressions", ".requirements"), fault.type, fault.value,
                            fault.detail)
                for fault in labels.validate_label_selector(selected, path)
            ]
        else:
            faults += _validate_fields(requirements, f"{path}.requirements")
    return faults


def _validate_fields(requirements: Sequence[Object], path: str) -> Faults:
    faults: Faults = []
    for index, requirement in enumerate(requirements):
        here, operator = f"{path}[{index}]", requirement.get("operator") or ""
        if not requirement.get("key"):
            faults.append(required(f"{here}.key", "must be specified"))
        if operator in ("In", "NotIn") and not requirement.get("values"):
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            faults.append(required(f"{here}.values", detail))
        elif operator in ("Exists", "DoesNotExist") and requirement.get("values"):
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            faults.append(invalid(f"{here}.values", requirement["values"], detail))
        elif operator not in FIELD_OPERATORS:
            faults.append(unsupported(f"{here}.operator", operator, FIELD_OPERATORS))
    return faults


def validate_metadata(review: Object, *, allowed: tuple[str, ...] = ()) -> Faults:
    """Check that a review, which is never kept, has no metadata."""
    metadata = review.get("metadata") or {}
    known = {*allowed, "managedFields", "creationTimestamp"}
    if not any(value for name, value in metadata.items() if name not in known):
        return []
    detail = "must be empty except for namespace" if allowed else "must be empty"
    return [invalid("metadata", dict(metadata), detail)]
