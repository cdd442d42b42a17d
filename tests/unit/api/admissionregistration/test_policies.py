"""What admission policies share."""

import pytest

from kubewheel.api.admissionregistration import policies


@pytest.mark.parametrize(("kind", "expected"), [
    pytest.param({"apiVersion": "v1", "kind": "ConfigMap"}, [], id="good"),
    pytest.param({}, ["p.apiVersion", "p.kind"], id="empty"),
    pytest.param({"apiVersion": "a/b/c", "kind": "My_Kind"}, ["p.apiVersion", "p.kind"], id="bad"),
    pytest.param({"apiVersion": "A.b/", "kind": "K"}, ["p.apiVersion", "p.apiVersion"], id="version"),
])
def test_parameters(kind, expected):
    assert [fault.field for fault in policies.validate_parameters(kind, "p")] == expected


def test_variables():
    found = policies.validate_variables([{"name": "a", "expression": "1"}, {"name": "a"}, {"name": "a-b"}, {}], "v")
    assert [str(fault) for fault in found] == [
        'v[1].name: Duplicate value: "a"', "v[1].expression: Required value: expression is not specified",
        'v[2].name: Invalid value: "a-b": name is not a valid CEL identifier',
        "v[2].expression: Required value: expression is not specified",
        "v[3].name: Required value: name is not specified",
        "v[3].expression: Required value: expression is not specified",
    ]


def test_common():
    assert [fault.field for fault in policies.validate_common({}, "s")] == ["s.matchConstraints"]
    assert [fault.field for fault in policies.validate_common({"matchConstraints": {}}, "s")] == [
        "s.matchConstraints.resourceRules"
    ]


@pytest.mark.parametrize(("spec", "fields"), [
    pytest.param({"policyName": "p"}, [], id="good"),
    pytest.param({}, ["spec.policyName"], id="no-policy"),
    pytest.param(
        {"policyName": "p", "paramRef": {"name": "a", "parameterNotFoundAction": "Deny"}}, [], id="parameter",
    ),
    pytest.param(
        {"policyName": "p", "paramRef": {"parameterNotFoundAction": "Deny"}}, ["spec.paramRef"], id="no-parameter",
    ),
    pytest.param(
        {"policyName": "p", "paramRef": {"name": "a", "selector": {}}},
        ["spec.paramRef.name", "spec.paramRef.selector", "spec.paramRef.parameterNotFoundAction"], id="both",
    ),
])
def test_binding(spec, fields):
    assert [fault.field for fault in policies.validate_binding({"spec": spec})] == fields


def test_rows():
    made = {"metadata": {"name": "b"}, "spec": {"policyName": "p", "paramRef": {"name": "n"}}}
    assert list(policies.binding_row(made, 0)) == ["b", "p", "*/n", "<unknown>"]
    policy = {"metadata": {"name": "p"}, "spec": {"validations": [{}], "paramKind": {"apiVersion": "v1", "kind": "X"}}}
    assert list(policies.policy_row(policy, 0, "validations")) == ["p", 1, "v1/X", "<unknown>"]
