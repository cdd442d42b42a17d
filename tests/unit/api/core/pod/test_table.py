"""Rows of pods."""

import pytest

from kubewheel.api.core.pod import table
from kubewheel.libs import clock

NOW = clock.parse_rfc3339("2026-01-01T01:00:00Z")
READY = [{"type": "Ready", "status": "True"}]
INITIALIZED = [{"type": "Initialized", "status": "True"}]


def row(spec=None, deleting=False, **status):
    metadata = {"name": "p", "creationTimestamp": "2026-01-01T00:55:00Z"}
    if deleting:
        metadata["deletionTimestamp"] = "2026-01-01T00:59:00Z"
    spec = {"containers": [{"name": "a"}], **(spec or {})}
    return table.row({"metadata": metadata, "spec": spec, "status": {"phase": "Running", **status}}, NOW)


def running(name="a", restarts=0, ready=True, **more):
    return {"name": name, "state": {"running": {}}, "ready": ready, "restartCount": restarts, **more}


def waiting(reason, name="a"):
    return {"name": name, "state": {"waiting": {"reason": reason}}}


def ended(code=0, reason="", name="a", **more):
    return {"name": name, "state": {"terminated": {"exitCode": code, "reason": reason, **more}}}


INIT = {"initContainers": [{"name": "i"}, {"name": "j"}]}
SIDECAR = {"initContainers": [{"name": "s", "restartPolicy": "Always"}]}
GATED = [{"type": "PodScheduled", "reason": "SchedulingGated"}]


@pytest.mark.parametrize(("spec", "status", "expected"), [
    pytest.param({}, {"phase": "Pending"}, ("0/1", "Pending", "0"), id="pending"),
    pytest.param({}, {"phase": "Pending", "conditions": GATED}, ("0/1", "SchedulingGated", "0"), id="gated"),
    pytest.param(
        {}, {"phase": "Pending", "containerStatuses": [waiting("ContainerCreating")]},
        ("0/1", "ContainerCreating", "0"),
        id="creating",
    ),
    pytest.param({}, {"containerStatuses": [running()]}, ("1/1", "Running", "0"), id="running"),
    pytest.param({}, {"containerStatuses": [running(ready=False)]}, ("0/1", "Running", "0"), id="not-ready"),
    pytest.param(
        {}, {"containerStatuses": [waiting("ImagePullBackOff")]}, ("0/1", "ImagePullBackOff", "0"), id="no-image",
    ),
    pytest.param(
        {}, {"containerStatuses": [{
            **waiting("CrashLoopBackOff"), "restartCount": 3,
            "lastState": {"terminated": {"finishedAt": "2026-01-01T00:55:00Z"}},
        }]},
        ("0/1", "CrashLoopBackOff", "3 (5m ago)"), id="crash-loop",
    ),
    pytest.param({}, {"containerStatuses": [running(restarts=2)]}, ("1/1", "Running", "2"), id="restarts-of-old"),
    pytest.param(
        {}, {"phase": "Succeeded", "containerStatuses": [ended(0, "Completed")]}, ("0/1", "Completed", "0"), id="done",
    ),
    pytest.param({}, {"phase": "Failed", "containerStatuses": [ended(1, "Error")]}, ("0/1", "Error", "0"), id="error"),
    pytest.param({}, {"containerStatuses": [ended(3)]}, ("0/1", "ExitCode:3", "0"), id="exit-code"),
    pytest.param({}, {"containerStatuses": [ended(0, signal=9)]}, ("0/1", "Signal:9", "0"), id="signal"),
    pytest.param({}, {"phase": "Failed", "reason": "Evicted"}, ("0/1", "Evicted", "0"), id="evicted"),
    pytest.param(
        {}, {"conditions": READY, "containerStatuses": [ended(0, "Completed"), running("b")]}, ("1/1", "Running", "0"),
        id="one-done-one-runs",
    ),
    pytest.param(
        {}, {"containerStatuses": [ended(0, "Completed"), running("b")]}, ("1/1", "NotReady", "0"), id="half-done",
    ),
    pytest.param(
        {}, {"containerStatuses": [waiting("ErrImagePull"), waiting("CrashLoopBackOff", "b")]},
        ("0/1", "ErrImagePull", "0"), id="the-first-one-speaks",
    ),
    pytest.param(
        INIT,
        {"phase": "Pending", "initContainerStatuses": [running("i", ready=False), waiting("PodInitializing", "j")]},
        ("0/1", "Init:0/2", "0"), id="first-init",
    ),
    pytest.param(
        INIT,
        {"phase": "Pending", "initContainerStatuses": [ended(0, "Completed", "i"), waiting("PodInitializing", "j")]},
        ("0/1", "Init:1/2", "0"), id="second-init",
    ),
    pytest.param(
        INIT, {"phase": "Pending", "initContainerStatuses": [
            {**waiting("CrashLoopBackOff", "i"), "restartCount": 4}, waiting("PodInitializing", "j"),
        ]},
        ("0/1", "Init:CrashLoopBackOff", "4"), id="init-crash-loop",
    ),
    pytest.param(
        INIT, {"initContainerStatuses": [ended(1, "Error", "i")]}, ("0/1", "Init:Error", "0"), id="init-error",
    ),
    pytest.param(INIT, {"initContainerStatuses": [ended(2, "", "i")]}, ("0/1", "Init:ExitCode:2", "0"), id="init-code"),
    pytest.param(
        INIT, {"initContainerStatuses": [ended(1, "", "i", signal=9)]}, ("0/1", "Init:Signal:9", "0"), id="init-signal",
    ),
    pytest.param(
        INIT, {
            "initContainerStatuses": [ended(0, "Completed", "i"), ended(0, "Completed", "j")],
            "containerStatuses": [waiting("PodInitializing")],
        },
        ("0/1", "PodInitializing", "0"), id="initialized",
    ),
    pytest.param(
        INIT, {
            "conditions": INITIALIZED, "initContainerStatuses": [ended(1, "Error", "i")],
            "containerStatuses": [running()],
        },
        ("1/1", "Init:Error", "0"), id="initialized-before",
    ),
    pytest.param(
        SIDECAR, {
            "initContainerStatuses": [running("s", 1, started=True)], "containerStatuses": [running(restarts=2)],
        },
        ("2/2", "Running", "3"), id="sidecar",
    ),
    pytest.param(
        SIDECAR, {"phase": "Pending", "initContainerStatuses": [running("s", started=False, ready=False)]},
        ("0/2", "Init:0/1", "0"), id="sidecar-starts",
    ),
])
def test_summary(spec, status, expected):
    assert row(spec, **status)[1:4] == expected


@pytest.mark.parametrize(("status", "expected"), [
    ({"containerStatuses": [running()]}, "Terminating"), ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
    ({"reason": "NodeLost"}, "Unknown"),
])
def test_deleted(status, expected):
    assert row(deleting=True, **status)[2] == expected


def test_wide():
    assert row()[4:] == ("5m", "<none>", "<none>", "<none>", "<none>")
    cells = row(
        {"nodeName": "n", "readinessGates": [{"conditionType": "Ready"}, {"conditionType": "x"}]}, conditions=READY,
        podIPs=[{"ip": "10.0.0.1"}], nominatedNodeName="m",
    )
    assert cells[5:] == ("10.0.0.1", "n", "m", "1/2")
    wide = [column.name for column in table.COLUMNS if column.wide]
    assert wide == ["IP", "Node", "Nominated Node", "Readiness Gates"]


def test_word_alone():
    assert table.status_word({"metadata": {}, "status": {"phase": "Pending"}}) == "Pending"
