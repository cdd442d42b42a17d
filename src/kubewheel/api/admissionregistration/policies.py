"""What admission policies share: what they are about, their parameters, variables and bindings."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import cells, names
from kubewheel.api.admissionregistration import match
from kubewheel.api.kinds import AGE, NAME, Column
from kubewheel.api.validation import labels
from kubewheel.api.validation.faults import Faults, duplicate, each, invalid, option, required, too_many
from kubewheel.libs.wire import Object

GROUP = "admissionregistration.k8s.io"
NOT_FOUND_ACTIONS = ("Allow", "Deny")
BINDING_COLUMNS = (NAME, Column("PolicyName"), Column("ParamRef"), AGE)
MAX_VARIABLES = 100


def validate_parameters(kind: Object | None, path: str) -> Faults:
    """Check the kind of a policy's parameters."""
    if kind is None:
        return []
    faults = _validate_api_version(kind.get("apiVersion") or "", f"{path}.apiVersion")
    name = kind.get("kind") or ""
    if not name:
        return [*faults, required(f"{path}.kind")]
    if messages := names.dns_1035_label(name.lower()):
        detail = f"may have mixed case, but should otherwise match: {','.join(messages)}"
        faults.append(invalid(f"{path}.kind", name, detail))
    return faults


def _validate_api_version(api_version: str, path: str) -> Faults:
    if not api_version:
        return [required(path)]
    if api_version.count("/") > 1:
        return [invalid(path, api_version, f"unexpected GroupVersion string: {api_version}")]
    group, _, version = api_version.rpartition("/")
    faults: Faults = []
    if group and (messages := names.dns_subdomain(group)):
        faults.append(invalid(path, group, ",".join(messages)))
    if not version:
        faults.append(invalid(path, api_version, "version must be specified"))
    elif messages := names.dns_1035_label(version):
        faults.append(invalid(path, version, ",".join(messages)))
    return faults


def validate_variables(variables: Sequence[Object] | None, path: str) -> Faults:
    """Check variables, but for their expressions."""
    listed = variables or ()
    faults = [too_many(path, len(listed), MAX_VARIABLES)] if len(listed) > MAX_VARIABLES else []
    seen: set[str] = set()
    for index, variable in enumerate(listed):
        here, name = f"{path}[{index}]", variable.get("name") or ""
        if not name:
            faults.append(required(f"{here}.name", "name is not specified"))
        elif names.c_identifier(name):
            faults.append(invalid(f"{here}.name", name, "name is not a valid CEL identifier"))
        if name in seen:
            faults.append(duplicate(f"{here}.name", name))
        seen.add(name)
        if not (variable.get("expression") or "").strip():
            faults.append(required(f"{here}.expression", "expression is not specified"))
    return faults


def validate_common(spec: Object, path: str) -> Faults:
    """Check what policies that refuse and policies that change have alike."""
    faults = option(f"{path}.failurePolicy", spec.get("failurePolicy"), match.FAILURE_POLICIES)
    faults += validate_parameters(spec.get("paramKind"), f"{path}.paramKind")
    constraints = spec.get("matchConstraints")
    if constraints is None:
        faults.append(required(f"{path}.matchConstraints"))
    else:
        faults += match.validate_constraints(constraints, f"{path}.matchConstraints")
        if not constraints.get("resourceRules"):
            faults.append(required(f"{path}.matchConstraints.resourceRules"))
    faults += match.validate_conditions(spec.get("matchConditions"), f"{path}.matchConditions")
    return faults + validate_variables(spec.get("variables"), f"{path}.variables")


def default_policy(policy: dict[str, Any]) -> None:
    """Complete a policy."""
    spec = policy.get("spec")
    if spec is None:
        return
    match.default_failure(spec)
    if spec.get("matchConstraints") is not None:
        match.default_constraints(spec["matchConstraints"])


def default_binding(binding: dict[str, Any]) -> None:
    """Complete a binding."""
    resources = (binding.get("spec") or {}).get("matchResources")
    if resources is not None:
        match.default_constraints(resources)


def validate_binding(binding: Object) -> Faults:
    """Check which policy a binding puts to use, with which parameters, on what."""
    spec = binding.get("spec") or {}
    policy, reference = spec.get("policyName") or "", spec.get("paramRef")
    path = "spec.policyName"
    faults = each(path, policy, names.dns_subdomain(policy)) if policy else [required(path)]
    if reference is not None:
        faults += _validate_reference(reference, "spec.paramRef")
    if spec.get("matchResources") is not None:
        faults += match.validate_constraints(spec["matchResources"], "spec.matchResources")
    return faults


def _validate_reference(reference: Object, path: str) -> Faults:
    name, selector = reference.get("name") or "", reference.get("selector")
    faults = each(f"{path}.name", name, names.path_segment(name)) if name else []
    if selector is not None:
        faults += labels.validate_label_selector(selector, f"{path}.selector")
    if name and selector is not None:
        detail = "name and selector are mutually exclusive"
        faults += [invalid(f"{path}.name", name, detail), invalid(f"{path}.selector", selector, detail)]
    if not name and selector is None:
        faults.append(required(path, "one of name or selector must be specified"))
    action = reference.get("parameterNotFoundAction")
    if action is None:
        faults.append(required(f"{path}.parameterNotFoundAction"))
    return faults + option(f"{path}.parameterNotFoundAction", action, NOT_FOUND_ACTIONS)


def binding_row(binding: Object, now: float) -> list[Any]:
    """Return the cells of a binding."""
    spec = binding.get("spec") or {}
    reference = spec.get("paramRef")
    shown = cells.UNSET
    if reference is not None:
        shown = f"{reference.get('namespace') or '*'}/{reference.get('name') or ''}"
    return [cells.name(binding), spec.get("policyName") or "", shown, cells.age(binding, now)]


def policy_row(policy: Object, now: float, field: str) -> list[Any]:
    """Return the cells of a policy; `field` holds what is counted."""
    spec = policy.get("spec") or {}
    kind = spec.get("paramKind")
    shown = cells.UNSET if kind is None else f"{kind.get('apiVersion') or ''}/{kind.get('kind') or ''}"
    return [cells.name(policy), len(spec.get(field) or []), shown, cells.age(policy, now)]
