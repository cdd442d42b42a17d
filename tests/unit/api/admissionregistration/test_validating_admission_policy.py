"""ValidatingAdmissionPolicy."""

import pytest

from kubewheel.api.admissionregistration.validating_admission_policy import KIND

RULE = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}


def created(**spec):
    made = {
        "metadata": {"name": "p"},
        "spec": {"matchConstraints": {"resourceRules": [dict(RULE)]}, "validations": [{"expression": "true"}], **spec},
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, [], id="good"),
    pytest.param(
        {"validations": []},
        [
            "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
            "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
        ],
        id="nothing",
    ),
    pytest.param(
        {"validations": [{"message": " ", "reason": "Mood"}]},
        [
            "spec.validations[0].expression: Required value: expression is not specified",
            'spec.validations[0].message: Invalid value: " ": message must be non-empty if specified',
            'spec.validations[0].reason: Unsupported value: "Mood": supported values: "Forbidden", "Invalid", '
            '"RequestEntityTooLarge", "Unauthorized"',
        ],
        id="rule",
    ),
    pytest.param(
        {"auditAnnotations": [{"key": "a", "valueExpression": "'x'"}, {"key": "a"}]},
        [
            "spec.auditAnnotations[1].valueExpression: Required value: valueExpression is not specified",
            'spec.auditAnnotations[1].key: Duplicate value: "a"',
        ],
        id="annotations",
    ),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


def test_row():
    assert list(KIND.row(created(), 0)) == ["p", 1, "<unset>", "<unknown>"]
