"""ResourceQuota."""

import pytest

from kubewheel.api.core.resource_quota import EXISTS_ONLY, KIND


def validate(**spec):
    return [str(fault) for fault in KIND.validate({"spec": spec})]


def matching(**expression):
    return {"matchExpressions": [expression]}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"hard": {"pods": "5", "requests.cpu": "1", "count/jobs.batch": "1"}}, [], id="fine"),
    pytest.param(
        {"hard": {"x": "1"}},
        [
            'spec.hard[x]: Invalid value: "x": must be a standard resource type or fully qualified',
            'spec.hard[x]: Invalid value: "x": must be a standard resource for quota',
        ],
        id="name",
    ),
    pytest.param(
        {"hard": {"pods": "-1"}}, ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
        id="negative",
    ),
    pytest.param({"hard": {"pods": "1.5"}}, ['spec.hard[pods]: Invalid value: "1500m": must be an integer'], id="half"),
    pytest.param({"hard": {"pods": "1"}, "scopes": ["BestEffort"]}, [], id="scope"),
    pytest.param({"scopes": ["x"]}, ['spec.scopes: Invalid value: ["x"]: unsupported scope'], id="unknown-scope"),
    pytest.param(
        {"hard": {"cpu": "1"}, "scopes": ["BestEffort"]},
        ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'], id="scope-and-resource",
    ),
    pytest.param(
        {"scopes": ["Terminating", "NotTerminating"]},
        ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'], id="conflict",
    ),
    pytest.param(
        {"scopeSelector": matching(scopeName="PriorityClass", operator="In", values=["high"])}, [], id="selector",
    ),
    pytest.param(
        {"scopeSelector": matching(scopeName="PriorityClass", operator="In")},
        [
            "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is "
            "'In' or 'NotIn' for scope selector"
        ],
        id="selector-without-values",
    ),
    pytest.param(
        {"scopeSelector": matching(scopeName="BestEffort", operator="DoesNotExist")},
        [f'spec.scopeSelector.matchExpressions.operator: Invalid value: "DoesNotExist": {EXISTS_ONLY}'],
        id="exists-only",
    ),
    pytest.param(
        {"scopeSelector": matching(scopeName="PriorityClass", operator="Is")},
        [
            'spec.scopeSelector.matchExpressions.operator: Invalid value: "Is": not a valid selector operator'
        ],
        id="operator",
    ),
])
def test_spec(spec, expected):
    assert validate(**spec) == expected


def test_scopes_stay():
    old = {"spec": {"scopes": ["BestEffort"]}}
    assert KIND.validate_update({"spec": {"scopes": ["BestEffort"]}}, old) == []
    [fault] = KIND.validate_update({"spec": {}}, old)
    assert str(fault) == "spec.scopes: Invalid value: []: field is immutable"


def test_status_and_row():
    obj = {"metadata": {"name": "q"}, "status": {
        "hard": {"requests.cpu": "1", "limits.cpu": "2", "pods": "5"}, "used": {"requests.cpu": "0.5", "pods": "1"},
    }}
    assert KIND.validate_status(obj, {}) == []
    KIND.default(obj)
    assert obj["status"]["used"]["requests.cpu"] == "500m"
    assert KIND.row(obj, 0) == ("q", "pods: 1/5, requests.cpu: 500m/1", "limits.cpu: 0/2", "<unknown>")
