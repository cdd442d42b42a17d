"""The status of a Job."""

import pytest

from kubewheel.api.batch import job_status

START, END = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"


def job(*conditions, spec=None, **status):
    listed = [{"type": kind, "status": "True"} for kind in conditions]
    return {"spec": spec or {}, "status": {"conditions": listed, **status}}


DONE = {"startTime": START, "completionTime": END, "succeeded": 1}


@pytest.mark.parametrize(("new", "expected"), [
    pytest.param(job(active=1, ready=1, startTime=START), [], id="running"),
    pytest.param(job("SuccessCriteriaMet", "Complete", **DONE), [], id="complete"),
    pytest.param(job("FailureTarget", "Failed", startTime=START), [], id="failed"),
    pytest.param(
        job("Complete", **DONE),
        ["status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true "
         "condition"],
        id="without-criteria",
    ),
    pytest.param(
        job("Failed", startTime=START),
        ["status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition"],
        id="without-target",
    ),
    pytest.param(
        job(completionTime=END),
        [
            f'status.completionTime: Invalid value: "{END}": cannot set completionTime when there is no Complete=True '
            "condition"
        ],
        id="too-early",
    ),
    pytest.param(
        job("SuccessCriteriaMet", "Complete", startTime=END, completionTime=START, active=1, terminating=1),
        [
            f'status.completionTime: Invalid value: "{START}": completionTime cannot be set before startTime',
            "status.active: Invalid value: 1: active>0 is invalid for finished job",
            "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
        ],
        id="finished",
    ),
    pytest.param(
        job(ready=2, active=1), ["status.ready: Invalid value: 2: cannot set more ready pods than active"], id="ready",
    ),
    pytest.param(
        job(uncountedTerminatedPods={"succeeded": ["a", ""], "failed": ["a"]}),
        [
            'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
            'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
        ],
        id="uncounted",
    ),
    pytest.param(
        job(
            spec={"completions": 5, "completionMode": "Indexed", "backoffLimitPerIndex": 1}, completedIndexes="0-2",
            failedIndexes="2",
        ),
        ['status.failedIndexes: Invalid value: "2": failedIndexes and completedIndexes overlap at index: 2'],
        id="overlap",
    ),
    pytest.param(
        job(spec={"completions": 1}, completedIndexes="0", failedIndexes=""),
        [
            'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed '
            "completion mode",
            'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is '
            'null',
        ],
        id="no-indexes",
    ),
])
def test_validate(new, expected):
    assert [str(fault) for fault in job_status.validate(new, {})] == expected


@pytest.mark.parametrize(("new", "old", "expected"), [
    pytest.param(
        job(startTime=START), job("FailureTarget", startTime=START),
        ["status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition"], id="taken-back",
    ),
    pytest.param(
        job(failed=1), job(failed=2), ["status.failed: Invalid value: 1: cannot decrease the failed counter"],
        id="falls",
    ),
    pytest.param(
        job(), job(startTime=START),
        ["status.startTime: Required value: startTime cannot be removed for unsuspended job"], id="start",
    ),
    pytest.param(job(spec={"suspend": True}), job(startTime=START), [], id="suspended"),
])
def test_change(new, old, expected):
    assert [str(fault) for fault in job_status.validate(new, old)] == expected
