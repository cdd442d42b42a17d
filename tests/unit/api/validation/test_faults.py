"""Faults: their words."""

import pytest

from kubewheel.api.validation import faults


@pytest.mark.parametrize(("fault", "text"), [
    pytest.param(faults.required("a.b"), "a.b: Required value", id="required"),
    pytest.param(faults.required("a", "why"), "a: Required value: why", id="required-why"),
    pytest.param(faults.invalid("a", "x", "bad"), 'a: Invalid value: "x": bad', id="invalid-text"),
    pytest.param(faults.invalid("a", 7, "bad"), "a: Invalid value: 7: bad", id="invalid-number"),
    pytest.param(
        faults.unsupported("a", "x", ("y", "z")), 'a: Unsupported value: "x": supported values: "y", "z"',
        id="unsupported",
    ),
    pytest.param(faults.forbidden("a", "no"), "a: Forbidden: no", id="forbidden"),
    pytest.param(faults.duplicate("a", "x"), 'a: Duplicate value: "x"', id="duplicate"),
    pytest.param(faults.not_found("a", "x"), 'a: Not found: "x"', id="not-found"),
    pytest.param(faults.too_long("a", 5), "a: Too long: may not be more than 5 bytes", id="too-long"),
    pytest.param(faults.too_many("a", 7, 5), "a: Too many: 7: must have at most 5 items", id="too-many"),
])
def test_words(fault, text):
    assert str(fault) == text


def test_rules_for_parts():
    part = {"name": "", "count": -1, "other": 3}
    assert [fault.field for fault in faults.not_empty(part, "p", "name", "other")] == ["p.name"]
    assert [fault.field for fault in faults.not_negative(part, "p", "count", "other", "missing")] == ["p.count"]
    assert faults.choice("p", "", ("a",)) == [faults.required("p")]
    assert faults.choice("p", "a", ("a",)) == faults.option("p", None, ("a",)) == []
    assert faults.option("p", "b", ("a",)) == [faults.unsupported("p", "b", ("a",))]
    assert faults.immutable("p", 1, 1) == []
    assert str(faults.immutable("p", 1, 2)[0]) == "p: Invalid value: 1: field is immutable"
    assert (faults.child("", "x"), faults.child("p", "x")) == ("x", "p.x")
