"""What a Job makes of failed and succeeded pods."""

import pytest

from kubewheel.api.batch import policies

TEMPLATE = {"spec": {"containers": [{"name": "main"}]}}


def failure(*rules, **fields):
    found = policies.validate_failure({"template": TEMPLATE, "podFailurePolicy": {"rules": list(rules)}, **fields}, "p")
    return [str(fault) for fault in found]


@pytest.mark.parametrize(("rule", "expected"), [
    pytest.param({"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 2]}}, [], id="good"),
    pytest.param(
        {"onExitCodes": {"operator": "NotIn", "values": [0]}},
        ['p.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'], id="no-action",
    ),
    pytest.param(
        {"action": "FailIndex", "onPodConditions": [{"type": "A", "status": "True"}]},
        ['p.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set'], id="fail-index",
    ),
    pytest.param(
        {"action": "Ignore"},
        ["p.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"], id="neither",
    ),
    pytest.param(
        {
            "action": "Ignore", "onPodConditions": [{"type": "A", "status": "Maybe"}],
            "onExitCodes": {"operator": "In", "values": [3, 0, 3], "containerName": "other"},
        },
        [
            'p.rules[0].onExitCodes.containerName: Invalid value: "other": must be one of the container or '
            'initContainer '
            "names in the pod template",
            "p.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
            "p.rules[0].onExitCodes.values[2]: Duplicate value: 3",
            "p.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered",
            'p.rules[0].onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", '
            '"Unknown"',
            "p.rules[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported",
        ],
        id="everything",
    ),
    pytest.param(
        {"action": "Ignore", "onExitCodes": {"operator": "In"}},
        ["p.rules[0].onExitCodes.values: Invalid value: []: at least one value is required"], id="no-values",
    ),
])
def test_failure(rule, expected):
    assert failure(rule) == expected


def test_number_of_rules():
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1]}}
    assert failure(*[rule] * 21) == ["p.rules: Too many: 21: must have at most 20 items"]


@pytest.mark.parametrize(("rule", "expected"), [
    pytest.param({"succeededIndexes": "0-2", "succeededCount": 3}, [], id="good"),
    pytest.param(
        {}, ["p.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified"],
        id="nothing",
    ),
    pytest.param(
        {"succeededIndexes": "0-9"},
        ['p.rules[0].succeededIndexes: Invalid value: "0-9": error parsing succeededIndexes: too large index: "9"'],
        id="too-large",
    ),
    pytest.param(
        {"succeededIndexes": "1,3", "succeededCount": 6},
        [
            "p.rules[0].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified "
            "completions)",
            "p.rules[0].succeededCount: Invalid value: 6: must be less than or equal to 2 (the number of indexes in "
            "the "
            "specified succeededIndexes field)",
        ],
        id="count",
    ),
])
def test_success(rule, expected):
    spec = {"completions": 5, "successPolicy": {"rules": [rule]}}
    assert [str(fault) for fault in policies.validate_success(spec, "p", indexed=True)] == expected


def test_success_needs_indexes():
    [fault] = policies.validate_success({"successPolicy": {}}, "p", indexed=False)
    assert str(fault) == "p: Invalid value: {}: requires indexed completion mode"
    [fault] = policies.validate_success({"successPolicy": {}}, "p", indexed=True)
    assert fault.detail == "at least one rules must be specified when the successPolicy is specified"


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"podReplacementPolicy": "Failed", "podFailurePolicy": {}}, 0, id="failed"),
    pytest.param({"podReplacementPolicy": "TerminatingOrFailed", "podFailurePolicy": {}}, 1, id="too-early"),
    pytest.param({"podReplacementPolicy": "Always"}, 1, id="unknown"),
])
def test_replacement(spec, expected):
    assert len(policies.validate_replacement(spec, "p")) == expected
