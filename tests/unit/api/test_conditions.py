"""Conditions."""

from kubewheel.api import conditions

OLD = [{"type": "Ready", "status": "True", "lastTransitionTime": "1970-01-01T00:00:01Z", "reason": "R",
"observedGeneration": 3}]


def test_find():
    obj = {"status": {"conditions": OLD}}
    assert conditions.find(obj, "Ready") is OLD[0]
    assert conditions.is_true(obj, "Ready")
    assert conditions.find({}, "Ready") is None
    assert not conditions.is_true(obj, "Available")


def test_transition_time_changes_with_the_status_only():
    same = conditions.with_condition(OLD, "Ready", "True", now=9.0, message="fine")
    assert same == [{
        "type": "Ready", "status": "True", "lastTransitionTime": "1970-01-01T00:00:01Z", "message": "fine",
        "observedGeneration": 3,
    }]
    other = conditions.with_condition(OLD, "Ready", "False", now=9.0, reason="X")
    assert other[0]["lastTransitionTime"] == "1970-01-01T00:00:09Z"
    assert OLD[0]["status"] == "True"


def test_new_conditions_are_appended():
    added = conditions.with_condition(OLD, "Available", "Unknown", now=0.0)
    assert [each["type"] for each in added] == ["Ready", "Available"]
    assert conditions.with_condition(None, "A", "True", now=0.0)[0]["type"] == "A"
