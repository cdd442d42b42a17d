"""Event."""

import pytest

from kubewheel.api.core.event import KIND
from kubewheel.libs import clock

NOW = clock.parse_rfc3339("2026-01-01T01:00:00Z")


def event(namespace="default", about="default", **fields):
    return {
        "metadata": {"name": "e", "namespace": namespace},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": about}, **fields,
    }


NEW = {
    "eventTime": "2026-01-01T00:50:00.000000Z", "reportingComponent": "kubelet", "reportingInstance": "node-1",
    "action": "Binding", "reason": "Scheduled",
}


@pytest.mark.parametrize(("obj", "fields"), [
    pytest.param(event(), [], id="fine"),
    pytest.param(event("default", ""), [], id="cluster-scoped"),
    pytest.param(event("a", "b"), ["involvedObject.namespace"], id="elsewhere"),
    pytest.param(event("a", ""), ["involvedObject.namespace"], id="not-in-default"),
    pytest.param(event(**NEW), [], id="new-form"),
    pytest.param(event("kube-system", "", **NEW), [], id="new-form-in-kube-system"),
    pytest.param(
        event(**{**NEW, "reportingComponent": "", "action": "", "message": "x" * 1025}),
        ["reportingController", "reportingController", "reportingController", "action", "message"], id="new-form-gaps",
    ),
])
def test_validation(obj, fields):
    assert [fault.field for fault in KIND.validate(obj)] == fields


def test_row():
    obj = event(
        type="Warning", reason="BackOff", message=" back-off \n", count=4, source={"component": "kubelet", "host": "n"},
        firstTimestamp="2026-01-01T00:00:00Z", lastTimestamp="2026-01-01T00:59:00Z",
    )
    obj["involvedObject"]["fieldPath"] = "spec.containers{a}"
    assert KIND.row(obj, NOW) == (
        "60s", "Warning", "BackOff", "pod/p", "spec.containers{a}", "kubelet, n", "back-off", "60m", 4, "e",
    )


def test_row_of_new_form():
    row = KIND.row(event(**NEW, series={"count": 7, "lastObservedTime": "2026-01-01T00:58:00.000000Z"}), NOW)
    assert (row[0], row[5], row[7], row[8]) == ("2m", "kubelet, node-1", "10m", 7)
    row = KIND.row(event(**NEW), NOW)
    assert (row[0], row[8]) == ("10m", 1)


def test_selectable_fields():
    obj = event(reason="r", type="Normal", reportingComponent="c")
    found = {name: read(obj) for name, read in KIND.selectable.items()}
    assert found["involvedObject.name"] == "p"
    assert found["involvedObject.uid"] == ""
    assert (found["reason"], found["type"], found["source"], found["reportingComponent"]) == ("r", "Normal", "c", "c")
    assert len(found) == 11
