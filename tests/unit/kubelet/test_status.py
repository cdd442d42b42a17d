"""Statuses: what the API is told, as a table of phases and in detail where it matters."""

from typing import Any

import pytest

from kubewheel.kubelet.allocation import Allocation, Pending
from kubewheel.kubelet.observe import Observed
from kubewheel.kubelet.plan import Waiting
from kubewheel.kubelet.status import Verdict, View, pod_status
from kubewheel.libs.clock import rfc3339
from tests.unit.kubelet.build import EXITED, container, observed, pod, sandbox, status


def view(wanted: Any, found: Observed, **fields: Any) -> dict[str, Any]:
    return pod_status(View(pod=wanted, observed=found, now=100.0, host_ips=("10.0.0.1",), **fields))


def conditions(found: dict[str, Any]) -> dict[str, str]:
    return {each["type"]: each["status"] for each in found["conditions"]}


INIT, SIDE = container("setup"), container("side", restartPolicy="Always")
NOTHING = observed(sandboxes=())


@pytest.mark.parametrize(("wanted", "found", "fields", "phase"), [
    pytest.param(pod(), NOTHING, {}, "Pending", id="new"),
    pytest.param(pod(), observed(status()), {}, "Running", id="runs"),
    pytest.param(pod(container(), container("two")), observed(status()), {}, "Pending", id="one-of-two"),
    pytest.param(pod(), observed(status(state=EXITED, code=1)), {}, "Running", id="crashed-restarts"),
    pytest.param(pod(restartPolicy="Never"), observed(status(state=EXITED)), {}, "Succeeded", id="succeeded"),
    pytest.param(pod(restartPolicy="Never"), observed(status(state=EXITED, code=1)), {}, "Failed", id="failed"),
    pytest.param(pod(restartPolicy="OnFailure"), observed(status(state=EXITED, code=1)), {}, "Running", id="tried"),
    pytest.param(pod(initContainers=[INIT]), observed(status("setup")), {}, "Pending", id="initializing"),
    pytest.param(pod(initContainers=[INIT], restartPolicy="Never"), observed(status("setup", EXITED, code=1)), {},
                 "Failed", id="init-failed"),
    pytest.param(pod(initContainers=[INIT]), observed(status("setup", EXITED, code=1)), {}, "Pending",
                 id="init-failed-restarts"),
    pytest.param(pod(), observed(status(state=EXITED)), {"ended": True}, "Succeeded", id="stopped-well"),
    pytest.param(pod(), observed(status(state=EXITED, code=137)), {"ended": True}, "Failed", id="killed"),
    pytest.param(pod(), NOTHING, {"ended": True}, "Failed", id="deleted-before-it-ran"),
    pytest.param(pod(), NOTHING, {"verdict": Verdict("OutOfcpu", "no")}, "Failed", id="refused"),
    pytest.param(pod(status={"phase": "Succeeded"}), NOTHING, {}, "Succeeded", id="final-stays"),
])
def test_phase(wanted: Any, found: Observed, fields: dict[str, Any], phase: str) -> None:
    assert view(wanted, found, **fields)["phase"] == phase


def test_resources_and_how_far_a_resize_is() -> None:
    small, large = ({"requests": {"cpu": cpu}, "limits": {"cpu": "4"}} for cpu in ("1", "2"))
    subject = pod(container(resources=large), metadata={"generation": 5})
    told = Allocation({"main": small}, {"main": small}, 4, pending=Pending("Deferred", "no room"))
    found = view(subject, observed(status()), allocation=told)
    assert found["containerStatuses"][0]["resources"] == small
    assert found["containerStatuses"][0]["allocatedResources"] == {"cpu": "1"}
    pending = next(each for each in found["conditions"] if each["type"] == "PodResizePending")
    assert (pending["reason"], pending["message"], pending["observedGeneration"]) == ("Deferred", "no room", 5)
    told = Allocation({"main": large}, {"main": small}, 4, given={"main-0": small}, error="in use")
    found = view(subject, observed(status()), allocation=told)
    assert found["containerStatuses"][0]["resources"] == small
    assert found["containerStatuses"][0]["allocatedResources"] == {"cpu": "2"}
    going = next(each for each in found["conditions"] if each["type"] == "PodResizeInProgress")
    assert (going["reason"], going["message"], going["observedGeneration"]) == ("Error", "in use", 4)
    assert "PodResizePending" not in conditions(found)
    assert view(subject, NOTHING, allocation=told)["containerStatuses"][0]["resources"] == large
    assert "PodResizeInProgress" not in conditions(view(subject, NOTHING, allocation=told, ended=True))


def test_new_pod() -> None:
    found = view(pod(), NOTHING)
    assert found["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert conditions(found) == {
        "PodReadyToStartContainers": "False", "Initialized": "True", "Ready": "False", "ContainersReady": "False",
        "PodScheduled": "True",
    }
    ready = next(each for each in found["conditions"] if each["type"] == "Ready")
    assert (ready["reason"], ready["message"]) == ("ContainersNotReady", "containers with unready status: [main]")
    assert found["startTime"] == rfc3339(100.0)
    assert "podIP" not in found
    assert found["hostIPs"] == [{"ip": "10.0.0.1"}]


def test_running_pod() -> None:
    found = view(pod(), observed(status()), ready=frozenset({"main"}), started=frozenset({"main"}))
    assert (found["podIP"], found["podIPs"]) == ("10.0.0.9", [{"ip": "10.0.0.9"}])
    main = found["containerStatuses"][0]
    assert main["state"] == {"running": {"startedAt": rfc3339(25.0)}}
    assert (main["ready"], main["started"], main["containerID"]) == (True, True, "containerd://main-0")
    assert set(conditions(found).values()) == {"True"}


def test_host_network_has_the_nodes_address() -> None:
    found = view(pod(hostNetwork=True), observed(status(), sandboxes=(sandbox(ips=()),)))
    assert found["podIP"] == "10.0.0.1"


def test_crashed_container_shows_both_states() -> None:
    waiting = {"main": Waiting("CrashLoopBackOff", "back-off")}
    found = view(pod(), observed(status(state=EXITED, code=3, restarts=1), status(state=EXITED, code=2)),
                 waiting=waiting)
    main = found["containerStatuses"][0]
    assert main["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    assert main["lastState"]["terminated"]["exitCode"] == 3
    assert main["restartCount"] == 1


def test_restarted_container_remembers_its_last_life() -> None:
    found = view(pod(), observed(status(restarts=1), status(state=EXITED, code=2)))
    terminated = found["containerStatuses"][0]["lastState"]["terminated"]
    assert terminated == {
        "exitCode": 2, "reason": "Error", "startedAt": rfc3339(25.0), "finishedAt": rfc3339(30.0),
        "containerID": "containerd://main-0",
    }


def test_container_that_the_runtime_lost() -> None:
    told = {"name": "main", "restartCount": 2, "containerID": "containerd://old",
            "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
    found = view(pod(status={"containerStatuses": [told]}), NOTHING)["containerStatuses"][0]
    assert found["restartCount"] == 2
    assert found["lastState"]["terminated"]["reason"] == "ContainerStatusUnknown"
    assert found["lastState"]["terminated"]["exitCode"] == 137


def test_container_of_a_finished_pod_that_the_runtime_lost() -> None:
    state = {"terminated": {"exitCode": 3, "reason": "Error", "containerID": "containerd://old"}}
    told = {"name": "main", "restartCount": 1, "imageID": "image", "lastState": {}, "state": state}
    found = view(pod(status={"phase": "Failed", "containerStatuses": [told]}), NOTHING)["containerStatuses"][0]
    assert found["state"] == state
    assert (found["restartCount"], found["imageID"]) == (1, "image")


def test_condition_keeps_the_moment_of_its_change() -> None:
    before = {"type": "Initialized", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    found = view(pod(status={"conditions": [before]}), observed(status()))
    moments = {each["type"]: each["lastTransitionTime"] for each in found["conditions"]}
    assert moments["Initialized"] == "2026-01-01T00:00:00Z"
    assert moments["Ready"] == rfc3339(100.0)


@pytest.mark.parametrize(("told", "ready", "message"), [
    pytest.param([], "False", 'corresponding condition of pod readiness gate "x/y" does not exist.', id="missing"),
    pytest.param([{"type": "x/y", "status": "False"}], "False",
                 'the status of pod readiness gate "x/y" is not "True", but False', id="false"),
    pytest.param([{"type": "x/y", "status": "True"}], "True", None, id="true"),
])
def test_readiness_gates(told: Any, ready: str, message: str | None) -> None:
    wanted = pod(readinessGates=[{"conditionType": "x/y"}], status={"conditions": told})
    found = view(wanted, observed(status()), ready=frozenset({"main"}), started=frozenset({"main"}))
    condition = next(each for each in found["conditions"] if each["type"] == "Ready")
    assert (condition["status"], condition.get("message")) == (ready, message)


def test_initialization_names_what_is_missing() -> None:
    found = view(pod(initContainers=[SIDE, INIT]), observed(status("side", spec=SIDE)))
    condition = next(each for each in found["conditions"] if each["type"] == "Initialized")
    assert condition["message"] == "containers with incomplete status: [side setup]"
    assert found["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}


def test_observed_generation() -> None:
    found = view(pod(metadata={"generation": 3}), observed(status()))
    assert found["observedGeneration"] == 3
    assert {each["observedGeneration"] for each in found["conditions"]} == {3}


def test_verdict_is_told() -> None:
    found = view(pod(), NOTHING, verdict=Verdict("NodeAffinity", "Pod was rejected: no"))
    assert (found["phase"], found["reason"], found["message"]) == ("Failed", "NodeAffinity", "Pod was rejected: no")
