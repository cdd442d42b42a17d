"""Node selectors."""

import pytest

from kubewheel.api.validation import node_selectors


@pytest.mark.parametrize(("requirement", "expected"), [
    pytest.param({"key": "a", "operator": "In", "values": ["b"]}, [], id="in"),
    pytest.param({"key": "a", "operator": "Gt", "values": ["1"]}, [], id="gt"),
    pytest.param(
        {"key": "a", "operator": "Lt", "values": []},
        [".values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"], id="lt-nothing",
    ),
    pytest.param(
        {"key": "a", "operator": "in", "values": ["b"]},
        ['.operator: Invalid value: "in": not a valid selector operator'], id="operator",
    ),
    pytest.param(
        {"key": "a", "operator": "Exists", "values": ["b"]},
        [".values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"], id="exists",
    ),
    pytest.param(
        {"key": "a", "operator": "NotIn"},
        [".values: Required value: must be specified when `operator` is 'In' or 'NotIn'"], id="not-in-nothing",
    ),
])
def test_expressions(requirement, expected):
    found = node_selectors.validate_node_selector({"nodeSelectorTerms": [{"matchExpressions": [requirement]}]}, "p")
    assert [str(fault) for fault in found] == [f"p.nodeSelectorTerms[0].matchExpressions[0]{text}" for text in expected]


@pytest.mark.parametrize(("requirement", "expected"), [
    pytest.param({"key": "metadata.name", "operator": "In", "values": ["node-1"]}, [], id="name"),
    pytest.param(
        {"key": "metadata.uid", "operator": "In", "values": ["x"]},
        ['.key: Invalid value: "metadata.uid": not a valid field selector key'], id="key",
    ),
    pytest.param(
        {"key": "metadata.name", "operator": "Exists"},
        ['.operator: Invalid value: "Exists": not a valid selector operator'], id="operator",
    ),
    pytest.param(
        {"key": "metadata.name", "operator": "In", "values": ["a", "b"]},
        [
            ".values: Required value: must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        ],
        id="two",
    ),
])
def test_fields(requirement, expected):
    found = node_selectors.validate_term({"matchFields": [requirement]}, "p")
    assert [str(fault) for fault in found] == [f"p.matchFields[0]{text}" for text in expected]


def test_no_terms_and_values_that_no_label_has():
    [fault] = node_selectors.validate_node_selector({}, "p")
    assert str(fault) == "p.nodeSelectorTerms: Required value: must have at least one node selector term"
    term = {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b c"]}]}
    assert len(node_selectors.validate_term(term, "p")) == 1
    assert node_selectors.validate_term(term, "p", check_values=False) == []
