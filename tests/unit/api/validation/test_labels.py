"""Labels, annotations, selectors."""

import pytest

from kubewheel.api.validation import labels


def fields(faults):
    return [(fault.field, fault.type, fault.value) for fault in faults]


def test_labels():
    assert labels.validate_labels(None, "p") == labels.validate_labels({"a/b": "c"}, "p") == []
    assert fields(labels.validate_labels({"a b": "c", "d": "e f"}, "p")) == [
        ("p", "Invalid value", "a b"), ("p", "Invalid value", "e f"),
    ]


def test_annotations_have_keys_in_any_case_and_a_limit():
    assert labels.validate_annotations({"Example.com/A": "x" * 1000}, "p") == []
    [fault] = labels.validate_annotations({"a": "x" * 262144}, "p")
    assert str(fault) == "p: Too long: may not be more than 262144 bytes"
    assert fields(labels.validate_annotations({"a b": ""}, "p")) == [("p", "Invalid value", "a b")]


@pytest.mark.parametrize(("requirement", "expected"), [
    pytest.param({"key": "a", "operator": "In", "values": ["b"]}, [], id="in"),
    pytest.param({"key": "a", "operator": "Exists"}, [], id="exists"),
    pytest.param(
        {"key": "a", "operator": "In"},
        ["p.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
        id="in-nothing",
    ),
    pytest.param(
        {"key": "a", "operator": "Exists", "values": ["b"]},
        [
            "p.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or "
            "'DoesNotExist'"
        ],
        id="exists-something",
    ),
    pytest.param(
        {"key": "a", "operator": "Gt", "values": ["1"]},
        ['p.matchExpressions[0].operator: Invalid value: "Gt": not a valid selector operator'],
        id="operator",
    ),
])
def test_selector_requirements(requirement, expected):
    faults = labels.validate_label_selector({"matchExpressions": [requirement]}, "p")
    assert [str(fault) for fault in faults] == expected


def test_selector_values_and_keys():
    selector = {"matchLabels": {"a": "b c"}, "matchExpressions": [{"key": "", "operator": "In", "values": ["d e"]}]}
    assert [field for field, _, _ in fields(labels.validate_label_selector(selector, "p"))] == [
        "p.matchLabels", "p.matchExpressions[0].key", "p.matchExpressions[0].key", "p.matchExpressions[0].values[0]",
    ]
    assert labels.selector_keys(selector) == ["a", ""]
    assert labels.selector_keys(None) == []
    assert labels.is_empty_selector({})
    assert labels.is_empty_selector(None)
    assert not labels.is_empty_selector(selector)
