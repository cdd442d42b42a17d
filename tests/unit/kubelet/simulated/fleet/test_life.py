"""Lives of simulated pods: what runs when, and how it is told."""

import itertools
from typing import Any

import pytest

from kubewheel.kubelet.simulated.fleet import life as lives
from kubewheel.kubelet.simulated.fleet import status as statuses
from kubewheel.kubelet.simulated.fleet.life import NEVER, Life
from kubewheel.libs.clock import rfc3339

T0 = 1_800_000_000.0


def pod(*, init: list[dict[str, Any]] | None = None, spec: dict[str, Any] | None = None,
        containers: tuple[str, ...] = ("main",), **annotations: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "web", "namespace": "default", "uid": "u", "generation": 1,
            "annotations": {f"simulated.kubewheel.dev/{name.replace('_', '-').replace('-of-', '.')}": value
                            for name, value in annotations.items()},
        },
        "spec": {
            "nodeName": "node-0", "initContainers": init or [],
            "containers": [{"name": name, "image": "app:1"} for name in containers], **(spec or {}),
        },
    }


def at(found: dict[str, Any], *seconds: float) -> tuple[Life, dict[str, Any], float]:
    """Return life, status and next change (seconds after the begin) after looks at these moments."""
    life = lives.begin(found, T0)
    wake = NEVER
    for each in seconds:
        wake = lives.advance(life, found, T0 + each)
    return life, statuses.build(statuses.View(found, life, T0 + seconds[-1], "10.0.0.1")), wake - T0


def condition(status: dict[str, Any], kind: str) -> str:
    return next(each["status"] for each in status["conditions"] if each["type"] == kind)


def states(status: dict[str, Any]) -> list[str]:
    return [next(iter(each["state"])) for each in status["initContainerStatuses"]]


def test_runs_at_once_and_for_ever():
    _, status, wake = at(pod(), 0)
    assert (status["phase"], condition(status, "Ready"), wake) == ("Running", "True", NEVER)
    assert status["containerStatuses"][0]["state"] == {"running": {"startedAt": rfc3339(T0)}}


def test_creation_and_readiness_take_their_time():
    found = pod(start_after="5", ready_after="3")
    _, status, wake = at(found, 0)
    assert (status["phase"], wake) == ("Pending", 5)
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    _, status, wake = at(found, 5)
    assert (status["phase"], condition(status, "Ready"), wake) == ("Running", "False", 8)
    _, status, _ = at(found, 8)
    assert condition(status, "Ready") == "True"


@pytest.mark.parametrize(
    ("policy", "code", "phase", "restarts"),
    [
        ("Never", "0", "Succeeded", 0), ("Never", "3", "Failed", 0), ("OnFailure", "0", "Succeeded", 0),
        ("OnFailure", "3", "Running", 1), ("Always", "0", "Running", 1),
    ],
)
def test_restart_policies(policy: str, code: str, phase: str, restarts: int):
    found = pod(spec={"restartPolicy": policy}, exit_after="5", exit_code=code)
    _, status, _ = at(found, 5)
    assert (status["phase"], status["containerStatuses"][0]["restartCount"]) == (phase, restarts)


def test_crash_loop_backs_off():
    found = pod(exit_after="1", exit_code="1")
    starts = []
    life = lives.begin(found, T0)
    now = T0
    for _ in range(20):
        wake = lives.advance(life, found, now)
        if life.runs["main"].starts_at not in starts:
            starts.append(life.runs["main"].starts_at)
        now = wake
    gaps = [later - earlier - 1 for earlier, later in itertools.pairwise(starts)]
    assert gaps[:8] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_crash_loop_is_told():
    _, status, wake = at(pod(exit_after="0", exit_code="1"), 0, 0)
    (container,) = status["containerStatuses"]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert container["state"]["waiting"]["message"] == (
        "back-off 10s restarting failed container=main pod=web_default(u)"
    )
    assert (container["restartCount"], container["lastState"]["terminated"]["exitCode"], wake) == (1, 1, 10)
    assert status["phase"] == "Running"


def test_catching_up_gives_the_same_as_watching():
    found = pod(exit_after="3", exit_code="1")
    watched, skipped = lives.begin(found, T0), lives.begin(found, T0)
    for second in range(1000):
        lives.advance(watched, found, T0 + second)
    lives.advance(skipped, found, T0 + 999)
    assert watched == skipped


def test_init_containers_run_one_after_the_other():
    side = {"name": "side", "image": "i", "restartPolicy": "Always"}
    init = [{"name": "a", "image": "i"}, side, {"name": "b", "image": "i"}]
    found = pod(init=init, exit_after_of_a="2", exit_after_of_b="3")
    _, status, wake = at(found, 0)
    assert (status["phase"], wake, condition(status, "Initialized")) == ("Pending", 2, "False")
    assert states(status) == ["running", "waiting", "waiting"]
    assert status["containerStatuses"][0]["state"]["waiting"]["reason"] == "PodInitializing"
    _, status, wake = at(found, 4)
    assert states(status) == ["terminated", "running", "running"]
    assert wake == 5
    _, status, _ = at(found, 5)
    assert status["phase"] == "Running"
    assert (condition(status, "Initialized"), condition(status, "Ready")) == ("True", "True")


def test_a_failed_init_container_fails_a_pod_that_is_never_restarted():
    found = pod(init=[{"name": "a", "image": "i"}], spec={"restartPolicy": "Never"}, exit_code_of_a="1")
    _, status, _ = at(found, 0)
    assert status["phase"] == "Failed"
    assert condition(status, "Initialized") == "False"


def test_sidecars_end_with_the_pod():
    init = [{"name": "side", "image": "i", "restartPolicy": "Always"}]
    found = pod(init=init, spec={"restartPolicy": "Never"}, exit_after_of_main="4")
    life, status, _ = at(found, 9)
    assert status["phase"] == "Succeeded"
    assert status["initContainerStatuses"][0]["state"]["terminated"]["finishedAt"] == rfc3339(T0 + 4)
    assert life.is_over()


def test_images_that_cannot_be_pulled():
    found = pod()
    found["spec"]["containers"][0]["image"] = "nonexistent:1"
    _, status, wake = at(found, 0)
    assert status["phase"] == "Pending"
    assert status["containerStatuses"][0]["state"]["waiting"]["reason"] == "ErrImagePull"
    _, status, _ = at(found, wake)
    assert status["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"


def test_deadline():
    found = pod(spec={"activeDeadlineSeconds": 30})
    _, status, wake = at(found, 0)
    assert wake == 30
    _, status, _ = at(found, 31)
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")


def test_readiness_gates():
    found = pod(spec={"readinessGates": [{"conditionType": "example.com/ok"}]})
    _, status, _ = at(found, 0)
    assert (condition(status, "ContainersReady"), condition(status, "Ready")) == ("True", "False")
    found["status"] = {"conditions": [{"type": "example.com/ok", "status": "True"}]}
    _, status, _ = at(found, 0)
    assert condition(status, "Ready") == "True"


def test_a_debugging_container_joins_a_running_pod():
    found = pod()
    life, _, _ = at(found, 0)
    found["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "busybox"}]
    lives.advance(life, found, T0 + 100)
    status = statuses.build(statuses.View(found, life, T0 + 100, "h"))
    assert status["ephemeralContainerStatuses"][0]["state"] == {"running": {"startedAt": rfc3339(T0 + 100)}}


def test_deletion_waits_for_the_slowest_container_but_at_most_its_grace():
    found = pod(stop_after="60")
    life, _, _ = at(found, 0)
    found["metadata"]["deletionGracePeriodSeconds"] = 10
    assert lives.terminate(life, found, T0 + 5) == T0 + 15
    assert lives.terminate(life, found, T0 + 9) == T0 + 15
    lives.end(life, T0 + 15)
    status = statuses.build(statuses.View(found, life, T0 + 15, "h"))
    assert status["phase"] == "Failed"
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 143


@pytest.mark.parametrize(
    "found",
    [
        pod(), pod(exit_after="3", exit_code="1"), pod(spec={"restartPolicy": "Never"}, exit_after="2"),
        pod(init=[{"name": "a", "image": "i"}]),
    ],
)
def test_a_restarted_fleet_goes_on_where_it_was(found: dict[str, Any]):
    _, status, wake = at(found, 5)
    stored = {**found, "status": status}
    life = lives.begin(stored, T0 + 500)
    assert lives.advance(life, stored, T0 + 5) - T0 == wake
    again = statuses.build(statuses.View(stored, life, T0 + 5, "10.0.0.1"))
    assert not statuses.differs(again, status)


def test_differences():
    found = pod()
    _, status, _ = at(found, 0)
    assert not statuses.differs(status, {**status, "qosClass": "BestEffort"})
    assert statuses.differs(status, {**status, "phase": "Pending"})
    assert statuses.differs(status, {})
    added = [{**each, "allocatedResources": {}} for each in status["containerStatuses"]]
    assert not statuses.differs(status, {**status, "containerStatuses": added})
