"""Tolerations and taints."""

import pytest

from kubewheel.api.validation import tolerations


@pytest.mark.parametrize(("toleration", "expected"), [
    pytest.param({"key": "a", "operator": "Equal", "value": "b", "effect": "NoSchedule"}, [], id="equal"),
    pytest.param({"key": "a", "value": "b"}, [], id="equal-by-default"),
    pytest.param({"operator": "Exists"}, [], id="everything"),
    pytest.param(
        {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}, [], id="for-a-while",
    ),
    pytest.param(
        {},
        [
            'p[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all '
            'values and all keys"'
        ],
        id="nothing",
    ),
    pytest.param(
        {"key": "a", "tolerationSeconds": 5},
        ['p[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set'], id="seconds",
    ),
    pytest.param(
        {"key": "a", "operator": "Exists", "value": "b"},
        ['p[0].operator: Invalid value: "b": value must be empty when `operator` is \'Exists\''], id="exists-value",
    ),
    pytest.param(
        {"key": "a", "operator": "In"}, ['p[0].operator: Unsupported value: "In": supported values: "Equal", "Exists"'],
        id="operator",
    ),
    pytest.param(
        {"key": "a", "effect": "NoRun"},
        [
            'p[0].effect: Unsupported value: "NoRun": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'
        ],
        id="effect",
    ),
])
def test_tolerations(toleration, expected):
    assert [str(fault) for fault in tolerations.validate_tolerations([toleration], "p")] == expected


def test_only_additions():
    old = [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}]
    longer = [{**old[0], "tolerationSeconds": 9}, {"operator": "Exists"}]
    assert tolerations.validate_only_added(longer, old, "p") == []
    [fault] = tolerations.validate_only_added([{"operator": "Exists"}], old, "p")
    assert str(fault) == "p: Forbidden: existing toleration can not be modified except its tolerationSeconds"


def test_taints():
    taint = {"key": "a", "value": "b", "effect": "NoSchedule"}
    assert tolerations.validate_taints([taint, {**taint, "effect": "NoExecute"}], "p") == []
    [fault] = tolerations.validate_taints([taint, {**taint, "value": "c"}], "p")
    assert fault.type == "Duplicate value"
    assert fault.detail == "taints must be unique by key and effect pair"
    assert [str(fault) for fault in tolerations.validate_taints([{"key": "a"}], "p")] == ["p[0].effect: Required value"]
