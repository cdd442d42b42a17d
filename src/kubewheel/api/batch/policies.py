"""What a Job makes of failed and succeeded pods: podFailurePolicy, successPolicy, podReplacementPolicy."""

from collections.abc import Sequence
from typing import Any

from kubewheel.api import names
from kubewheel.api.batch import indexes
from kubewheel.api.errors import OMITTED
from kubewheel.api.validation.faults import (
    Faults,
    duplicate,
    each,
    invalid,
    not_negative,
    required,
    too_long,
    too_many,
    unsupported,
)
from kubewheel.libs.wire import Object

ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
OPERATORS = ("In", "NotIn")
STATUSES = ("False", "True", "Unknown")
REPLACEMENTS = ("Failed", "TerminatingOrFailed")
MAX_RULES = 20
MAX_PATTERNS = 20
MAX_EXIT_CODES = 255
MAX_INDEXES_BYTES = 64 * 1024


def _needed(value: str, path: str, supported: Sequence[str]) -> Faults:
    if not value:
        return [required(path, f"valid values: [{' '.join(f'{chr(34)}{each_}{chr(34)}' for each_ in supported)}]")]
    return [] if value in supported else [unsupported(path, value, supported)]


def validate_failure(spec: Object, path: str) -> Faults:
    """Check the rules on failed pods."""
    policy = spec.get("podFailurePolicy")
    if policy is None:
        return []
    rules = policy.get("rules") or []
    faults = [too_many(f"{path}.rules", len(rules), MAX_RULES)] if len(rules) > MAX_RULES else []
    pod = (spec.get("template") or {}).get("spec") or {}
    known = {each_.get("name") for kind in ("containers", "initContainers") for each_ in pod.get(kind) or []}
    for index, rule in enumerate(rules):
        faults += _validate_rule(spec, rule, f"{path}.rules[{index}]", known)
    return faults


def _validate_rule(spec: Object, rule: Object, path: str, containers: set[Any]) -> Faults:
    action, codes, patterns = rule.get("action") or "", rule.get("onExitCodes"), rule.get("onPodConditions") or []
    if action == "FailIndex":
        has_limit = spec.get("backoffLimitPerIndex") is not None
        detail = "requires the backoffLimitPerIndex to be set"
        faults = [] if has_limit else [invalid(f"{path}.action", action, detail)]
    else:
        faults = _needed(action, f"{path}.action", ACTIONS)
    if codes is not None:
        faults += _validate_exit_codes(codes, f"{path}.onExitCodes", containers)
    if patterns:
        faults += _validate_patterns(patterns, f"{path}.onPodConditions")
    if codes is not None and patterns:
        detail = "specifying both OnExitCodes and OnPodConditions is not supported"
        faults.append(invalid(path, OMITTED, detail))
    if codes is None and not patterns:
        detail = "specifying one of OnExitCodes and OnPodConditions is required"
        faults.append(invalid(path, OMITTED, detail))
    return faults


def _validate_patterns(patterns: Sequence[Object], path: str) -> Faults:
    faults = [too_many(path, len(patterns), MAX_PATTERNS)] if len(patterns) > MAX_PATTERNS else []
    for index, pattern in enumerate(patterns):
        here, kind = f"{path}[{index}]", pattern.get("type") or ""
        faults += each(f"{here}.type", kind, names.qualified_name(kind))
        faults += _needed(pattern.get("status") or "", f"{here}.status", STATUSES)
    return faults


def _validate_exit_codes(codes: Object, path: str, containers: set[Any]) -> Faults:
    operator, values = codes.get("operator") or "", codes.get("values") or []
    faults = _needed(operator, f"{path}.operator", OPERATORS)
    container = codes.get("containerName")
    if container is not None and container not in containers:
        detail = "must be one of the container or initContainer names in the pod template"
        faults.append(invalid(f"{path}.containerName", container, detail))
    here = f"{path}.values"
    if not values:
        faults.append(invalid(here, values, "at least one value is required"))
    elif len(values) > MAX_EXIT_CODES:
        faults.append(too_many(here, len(values), MAX_EXIT_CODES))
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            faults.append(invalid(f"{here}[{index}]", value, "must not be 0 for the In operator"))
        if value in values[:index]:
            faults.append(duplicate(f"{here}[{index}]", value))
    if values != sorted(values):
        faults.append(invalid(here, values, "must be ordered"))
    return faults


def validate_success(spec: Object, path: str, *, indexed: bool) -> Faults:
    """Check the rules on when a Job has succeeded."""
    policy = spec.get("successPolicy")
    if policy is None:
        return []
    if not indexed:
        return [invalid(path, policy, "requires indexed completion mode")]
    rules = policy.get("rules") or []
    faults: Faults = []
    if not rules:
        detail = "at least one rules must be specified when the successPolicy is specified"
        faults.append(required(f"{path}.rules", detail))
    if len(rules) > MAX_RULES:
        faults.append(too_many(f"{path}.rules", len(rules), MAX_RULES))
    for index, rule in enumerate(rules):
        faults += _validate_success_rule(rule, f"{path}.rules[{index}]", spec.get("completions") or 0)
    return faults


def _validate_success_rule(rule: Object, path: str, completions: int) -> Faults:
    wanted, chosen = rule.get("succeededCount"), rule.get("succeededIndexes")
    faults: Faults = []
    if wanted is None and chosen is None:
        detail = "at least one of succeededCount or succeededIndexes must be specified"
        faults.append(required(path, detail))
    total = 0
    if chosen is not None:
        here = f"{path}.succeededIndexes"
        if len(chosen) > MAX_INDEXES_BYTES:
            faults.append(too_long(here, MAX_INDEXES_BYTES))
        try:
            total = indexes.count(indexes.parse(chosen, completions))
        except ValueError as error:
            faults.append(invalid(here, chosen, f"error parsing succeededIndexes: {error}"))
    if wanted is None:
        return faults
    here = f"{path}.succeededCount"
    faults += not_negative(rule, path, "succeededCount")
    if wanted > completions:
        detail = f"must be less than or equal to {completions} (the number of specified completions)"
        faults.append(invalid(here, wanted, detail))
    if chosen is not None and wanted > total:
        which = "the number of indexes in the specified succeededIndexes field"
        faults.append(invalid(here, wanted, f"must be less than or equal to {total} ({which})"))
    return faults


def validate_replacement(spec: Object, path: str) -> Faults:
    """Check when a pod that goes is replaced."""
    policy = spec.get("podReplacementPolicy")
    if policy is None:
        return []
    supported = REPLACEMENTS if spec.get("podFailurePolicy") is None else ("Failed",)
    return [] if policy in supported else [unsupported(path, policy, supported)]
