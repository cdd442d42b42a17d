"""ResourceQuota: how much a namespace may use altogether."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, kinds, quantity
from kubewheel.api.defaults import resources as defaults
from kubewheel.api.errors import FieldError
from kubewheel.api.validation import resource_names, resources
from kubewheel.api.validation.faults import IMMUTABLE, Faults, invalid, required
from kubewheel.libs.wire import Object

BEST_EFFORT, NOT_BEST_EFFORT = "BestEffort", "NotBestEffort"
TERMINATING, NOT_TERMINATING = "Terminating", "NotTerminating"
CROSS_NAMESPACE, VOLUME_CLASS = "CrossNamespacePodAffinity", "VolumeAttributesClass"
POD_SCOPES = (TERMINATING, NOT_TERMINATING, NOT_BEST_EFFORT, "PriorityClass", CROSS_NAMESPACE)
SCOPES = (*POD_SCOPES, BEST_EFFORT, VOLUME_CLASS)
CONFLICTS = ((BEST_EFFORT, NOT_BEST_EFFORT), (TERMINATING, NOT_TERMINATING))
POD_RESOURCES = frozenset((
    "pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
))
CLAIM_RESOURCES = frozenset(("persistentvolumeclaims", "requests.storage"))
EXISTS_ONLY = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def default(obj: dict[str, Any]) -> None:
    """Write amounts in their canonical notation."""
    defaults.default_amounts(obj.get("spec") or {}, "hard")
    defaults.default_amounts(obj.get("status") or {}, "hard", "used")


def _applies(scope: str, name: str) -> bool:
    if scope == BEST_EFFORT:
        return name == "pods"
    if scope == VOLUME_CLASS:
        return name in CLAIM_RESOURCES
    return scope not in POD_SCOPES or name in POD_RESOURCES


def _scope_faults(scope: str, hard: Object, path: str, shown: Any) -> Faults:
    standard = sorted(name for name in hard if resource_names.is_quota_resource(name))
    return [
        invalid(path, shown, "unsupported scope applied to resource") for name in standard if not _applies(scope, name)
    ]


def _conflicts(scopes: set[str], path: str, shown: Any) -> Faults:
    return [invalid(path, shown, "conflicting scopes") for pair in CONFLICTS if scopes.issuperset(pair)]


def _validate_scopes(spec: Object) -> Faults:
    scopes, path = list(spec.get("scopes") or []), "spec.scopes"
    faults: Faults = []
    for scope in scopes:
        if scope not in SCOPES:
            faults.append(invalid(path, scopes, "unsupported scope"))
        faults += _scope_faults(scope, spec.get("hard") or {}, path, scopes)
    return faults + _conflicts(set(scopes), path, scopes)


def _validate_expression(expression: Object, path: str) -> Faults:
    scope, operator = expression.get("scopeName") or "", expression.get("operator") or ""
    values = list(expression.get("values") or [])
    faults: Faults = []
    if scope not in SCOPES:
        faults.append(invalid(f"{path}.scopeName", scope, "unsupported scope"))
    if scope in (*POD_SCOPES, BEST_EFFORT) and scope != "PriorityClass" and operator != "Exists":
        faults.append(invalid(f"{path}.operator", operator, EXISTS_ONLY))
    if operator in ("In", "NotIn"):
        if not values:
            detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            faults.append(required(f"{path}.values", detail))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            faults.append(invalid(f"{path}.values", values, detail))
    else:
        faults.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    return faults


def _validate_selector(spec: Object) -> Faults:
    expressions = (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    path = "spec.scopeSelector.matchExpressions"
    faults: Faults = []
    for expression in expressions:
        faults += _validate_expression(expression, path)
        shown = dict(spec.get("scopeSelector") or {})
        faults += _scope_faults(expression.get("scopeName") or "", spec.get("hard") or {}, path, shown)
    return faults + _conflicts({each.get("scopeName") or "" for each in expressions}, path, spec.get("scopes") or [])


def _validate_amounts(part: Object, path: str, *fields: str) -> Faults:
    faults: Faults = []
    for name in fields:
        faults += resources.validate_amounts(part.get(name), f"{path}.{name}", resource_names.validate_quota_name)
    return faults


def validate(obj: Object) -> list[FieldError]:
    """Check amounts and scopes."""
    spec = obj.get("spec") or {}
    faults = _validate_amounts(spec, "spec", "hard") + _validate_scopes(spec) + _validate_selector(spec)
    return faults + _validate_amounts(obj.get("status") or {}, "status", "hard", "used")


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Check that the scopes stay what they are."""
    scopes = (new.get("spec") or {}).get("scopes") or []
    if set(scopes) == set((old.get("spec") or {}).get("scopes") or []):
        return []
    return [invalid("spec.scopes", list(scopes), IMMUTABLE)]


def validate_status(new: Object, _old: Object) -> list[FieldError]:
    """Check the amounts in the status."""
    return _validate_amounts(new.get("status") or {}, "status", "hard", "used")


def row(obj: Object, now: float) -> Sequence[Any]:
    """Return the cells of a quota."""
    status = obj.get("status") or {}
    used: Object = status.get("used") or {}
    columns: dict[bool, list[str]] = {False: [], True: []}
    for name, hard in sorted((status.get("hard") or {}).items()):
        columns[name.startswith("limits.")].append(f"{name}: {quantity.of(used.get(name))}/{quantity.of(hard)}")
    return obj["metadata"].get("name"), ", ".join(columns[False]), ", ".join(columns[True]), cells.age(obj, now)


KIND = kinds.Kind(
    group="", kind="ResourceQuota",
    default=default, prepare_create=kinds.drop_status, prepare_update=kinds.keep_status,
    validate=validate, validate_update=validate_update, validate_status=validate_status,
    columns=(
        kinds.NAME,
        kinds.Column("Request", description="What is requested of what may be."),
        kinds.Column("Limit", description="How far limits go of what they may."),
        kinds.AGE,
    ),
    row=row,
)
