"""Event of events.k8s.io."""

import copy

import pytest

from kubewheel.api.events.event import KIND, from_stored, to_stored

NEW = {
    "metadata": {"name": "e", "namespace": "default"}, "eventTime": "2026-01-01T00:00:00.000000Z",
    "reportingController": "example.com/c", "reportingInstance": "c-1", "action": "Bind", "reason": "Scheduled",
    "regarding": {"kind": "Pod", "namespace": "default", "name": "p"}, "note": "it is done", "type": "Normal",
}


def stored(**fields):
    made = copy.deepcopy(NEW)
    to_stored(made)
    return {**made, **fields}


def test_conversion():
    made = {**copy.deepcopy(NEW), "deprecatedCount": 2, "deprecatedSource": {"component": "c"}}
    wanted = copy.deepcopy(made)
    to_stored(made)
    assert (made["involvedObject"]["name"], made["message"], made["reportingComponent"]) == (
        "p", "it is done", "example.com/c",
    )
    assert (made["count"], made["source"]) == (2, {"component": "c"})
    from_stored(made)
    assert made == wanted


def test_events_of_the_core_group():
    made = {"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod"}, "firstTimestamp": "t", "message": "m"}
    from_stored(made)
    assert made == {
        "metadata": {"name": "e"}, "regarding": {"kind": "Pod"}, "deprecatedFirstTimestamp": "t", "note": "m",
        "eventTime": None,
    }


@pytest.mark.parametrize(("made", "expected"), [
    pytest.param(stored(), [], id="good"),
    pytest.param(stored(type="Info"), ['type: Invalid value: "": has invalid value: Info'], id="type"),
    pytest.param(
        stored(count=1, source={"host": "h"}),
        ['count: Invalid value: "": needs to be unset', 'source: Invalid value: "": needs to be unset'],
        id="old-fields",
    ),
    pytest.param(
        stored(series={"count": 1}),
        [
            'series.count: Invalid value: "": should be at least 2', "series.lastObservedTime: Required value",
        ],
        id="series",
    ),
    pytest.param(stored(eventTime=None), ["eventTime: Required value"], id="no-time"),
])
def test_validate(made, expected):
    assert [str(fault) for fault in KIND.validate(made)] == expected


def test_only_series_may_change():
    new = stored(series={"count": 2, "lastObservedTime": "t"}, message="other")
    assert [fault.field for fault in KIND.validate_update(new, stored())] == ["message"]


def test_row_of_either_form():
    now = 1767225660.0
    assert list(KIND.row(copy.deepcopy(NEW), now)) == list(KIND.row(stored(), now))
    assert list(KIND.row(stored(), now))[:4] == ["60s", "Normal", "Scheduled", "pod/p"]


def test_selectable():
    assert KIND.selectable["regarding.name"](NEW) == KIND.selectable["regarding.name"](stored()) == "p"
    assert KIND.selectable["reportingController"](NEW) == "example.com/c"
    assert "involvedObject.name" not in KIND.selectable
