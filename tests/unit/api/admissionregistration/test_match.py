"""Conditions on requests."""

from kubewheel.api.admissionregistration import match


def test_constraints():
    made = {"resourceRules": [{"resourceNames": ["a", "a", "b/c"]}]}
    match.default_constraints(made)
    assert made["matchPolicy"] == "Equivalent"
    assert made["namespaceSelector"] == made["objectSelector"] == {}
    assert made["resourceRules"][0]["scope"] == "*"
    fields = [fault.field for fault in match.validate_constraints(made, "m")]
    assert fields[:2] == ["m.resourceRules[0].resourceNames[1]", "m.resourceRules[0].resourceNames[2]"]


def test_conditions():
    good = {"name": "a", "expression": "true"}
    assert match.validate_conditions([good], "c") == []
    assert [fault.field for fault in match.validate_conditions([good, good, {}], "c")] == [
        "c[1].name", "c[2].expression", "c[2].name",
    ]
    many = [{"name": f"a{index}", "expression": "true"} for index in range(65)]
    assert [str(fault) for fault in match.validate_conditions(many, "c")] == [
        "c: Too many: 65: must have at most 64 items"
    ]


def test_failure():
    made = {}
    match.default_failure(made)
    assert made == {"failurePolicy": "Fail"}
