"""How fast an autoscaler acts: policies for each direction."""

from typing import Any

from kubewheel.api import quantity
from kubewheel.api.defaults.fields import fill, part_of
from kubewheel.api.validation.faults import Faults, invalid, option, required, unsupported
from kubewheel.libs.wire import Object

DIRECTIONS = ("scaleUp", "scaleDown")
SELECTIONS = ("Disabled", "Max", "Min")
POLICY_TYPES = ("Percent", "Pods")
LONGEST_WINDOW_SECONDS, LONGEST_PERIOD_SECONDS = 3600, 1800
NOT_POSITIVE = "must be greater than zero"
PERCENT_POLICY = {"type": "Percent", "value": 100, "periodSeconds": 15}
PODS_POLICY = {"type": "Pods", "value": 4, "periodSeconds": 15}


def default(behavior: dict[str, Any]) -> None:
    """Complete both directions."""
    up, down = (part_of(behavior, name) for name in DIRECTIONS)
    fill(up, "stabilizationWindowSeconds", 0)
    for rules, policies in ((up, (PODS_POLICY, PERCENT_POLICY)), (down, (PERCENT_POLICY,))):
        fill(rules, "selectPolicy", "Max")
        if rules.get("policies") is None:
            rules["policies"] = [dict(policy) for policy in policies]


def _validate_policy(policy: Object, path: str) -> Faults:
    faults: Faults = []
    if (kind := policy.get("type") or "") not in POLICY_TYPES:
        faults.append(unsupported(f"{path}.type", kind, POLICY_TYPES))
    for name in ("value", "periodSeconds"):
        if (policy.get(name) or 0) <= 0:
            faults.append(invalid(f"{path}.{name}", policy.get(name) or 0, NOT_POSITIVE))
    if (period := policy.get("periodSeconds") or 0) > LONGEST_PERIOD_SECONDS:
        detail = f"must be less than or equal to {LONGEST_PERIOD_SECONDS}"
        faults.append(invalid(f"{path}.periodSeconds", period, detail))
    return faults


def _validate_rules(rules: Object, path: str) -> Faults:
    window = rules.get("stabilizationWindowSeconds")
    here = f"{path}.stabilizationWindowSeconds"
    faults: Faults = []
    if window is not None and window < 0:
        faults.append(invalid(here, window, "must be greater than or equal to zero"))
    if window is not None and window > LONGEST_WINDOW_SECONDS:
        faults.append(invalid(here, window, f"must be less than or equal to {LONGEST_WINDOW_SECONDS}"))
    faults += option(f"{path}.selectPolicy", rules.get("selectPolicy"), SELECTIONS)
    policies, tolerance = rules.get("policies") or [], rules.get("tolerance")
    if not policies and tolerance is None:
        faults.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(policies):
        faults += _validate_policy(policy, f"{path}.policies[{index}]")
    if tolerance is not None and quantity.of(tolerance).nanos < 0:
        faults.append(invalid(f"{path}.tolerance", tolerance, "must be greater or equal to zero"))
    return faults


def validate(behavior: Object | None, path: str) -> Faults:
    """Check both directions."""
    return [
        fault for name in DIRECTIONS if behavior is not None and behavior.get(name) is not None
        for fault in _validate_rules(behavior[name], f"{path}.{name}")
    ]
