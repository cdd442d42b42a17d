"""Conditions in the form that newer kinds share."""

from kubewheel.api.validation import conditions

GOOD = {"type": "Ready", "status": "True", "reason": "Fine", "lastTransitionTime": "2026-01-01T00:00:00Z"}


def test_good():
    assert conditions.validate_conditions([GOOD], "c") == []
    assert conditions.validate_conditions(None, "c") == []


def test_bad():
    listed = [GOOD, GOOD, {"observedGeneration": -1}, {**GOOD, "type": "A", "reason": "-"}]
    found = conditions.validate_conditions(listed, "c")
    assert [fault.field for fault in found] == [
        "c[1].type", "c[2].type", "c[2].status", "c[2].observedGeneration", "c[2].lastTransitionTime", "c[2].reason",
        "c[3].reason",
    ]
