"""Plans: what is done next for a pod, as a table."""

from typing import Any

import pytest

from kubewheel.kubelet.plan import Plan, Probes, Situation, plan_pod, should_restart
from tests.unit.kubelet.build import CREATED, EXITED, container, observed, pod, sandbox, status

MAIN, INIT, SIDE = container("main"), container("setup"), container("side", restartPolicy="Always")


def shown(plan: Plan) -> dict[str, Any]:
    """Return the plan's parts that say something."""
    parts = {
        "kill": [kill.container.container.id for kill in plan.kill],
        "sandbox": plan.make_sandbox, "start": [(each.spec["name"], each.restart_count) for each in plan.start],
        "waiting": {name: waiting.reason for name, waiting in plan.waiting.items()}, "finished": plan.finished,
    }
    return {name: value for name, value in parts.items() if value}


STARTED_SIDE = Probes(started=frozenset({"side"}))


@pytest.mark.parametrize(("wanted", "found", "probes", "expected"), [
    pytest.param(pod(), observed(sandboxes=()), Probes(), {"sandbox": True}, id="new-pod"),
    pytest.param(pod(), observed(), Probes(), {"start": [("main", 0)]}, id="sandbox-is-there"),
    pytest.param(pod(), observed(status()), Probes(), {}, id="runs"),
    pytest.param(pod(MAIN, container("two")), observed(status()), Probes(), {"start": [("two", 0)]}, id="second"),
    pytest.param(pod(), observed(status(state=CREATED)), Probes(), {"start": [("main", 0)]}, id="made-not-started"),
    pytest.param(pod(), observed(status(state=EXITED)), Probes(), {"start": [("main", 1)]}, id="ended-always"),
    pytest.param(pod(restartPolicy="Never"), observed(status(state=EXITED, code=1)), Probes(), {"finished": True},
                 id="ended-never"),
    pytest.param(pod(restartPolicy="OnFailure"), observed(status(state=EXITED)), Probes(), {"finished": True},
                 id="succeeded-on-failure"),
    pytest.param(pod(restartPolicy="OnFailure"), observed(status(state=EXITED, code=2)), Probes(),
                 {"start": [("main", 1)]}, id="failed-on-failure"),
    pytest.param(pod(restartPolicy="Never", initContainers=[INIT]), observed(status("setup", EXITED, code=1)),
                 Probes(), {"finished": True}, id="init-failed-never"),
    pytest.param(pod(initContainers=[INIT]), observed(), Probes(), {"start": [("setup", 0)]}, id="init-first"),
    pytest.param(pod(initContainers=[INIT]), observed(status("setup")), Probes(), {}, id="init-runs"),
    pytest.param(pod(initContainers=[INIT]), observed(status("setup", EXITED)), Probes(), {"start": [("main", 0)]},
                 id="init-done"),
    pytest.param(pod(initContainers=[INIT]), observed(status("setup", EXITED, code=1)), Probes(),
                 {"start": [("setup", 1)]}, id="init-again"),
    pytest.param(pod(initContainers=[SIDE, INIT]), observed(status("side", spec=SIDE)), Probes(), {},
                 id="sidecar-not-started"),
    pytest.param(pod(initContainers=[SIDE, INIT]), observed(status("side", spec=SIDE)), STARTED_SIDE,
                 {"start": [("setup", 0)]}, id="sidecar-started"),
    pytest.param(pod(initContainers=[SIDE]), observed(status(), status("side", EXITED, spec=SIDE)), STARTED_SIDE,
                 {"start": [("side", 1)]}, id="sidecar-again"),
    pytest.param(pod(restartPolicy="Never", initContainers=[SIDE]),
                 observed(status(state=EXITED), status("side", spec=SIDE)), STARTED_SIDE, {"finished": True},
                 id="only-a-sidecar-is-left"),
    pytest.param(pod(), observed(status(state=EXITED, code=255), sandboxes=(sandbox(ready=False),)), Probes(),
                 {"sandbox": True}, id="sandbox-died"),
    pytest.param(pod(restartPolicy="Never"),
                 observed(status(state=EXITED, code=255), sandboxes=(sandbox(ready=False),)), Probes(),
                 {"finished": True}, id="sandbox-died-never"),
    pytest.param(pod(), observed(status(state=EXITED, code=255), sandboxes=(sandbox(attempt=1), sandbox(ready=False))),
                 Probes(), {"start": [("main", 1)]}, id="new-sandbox"),
    pytest.param(pod(MAIN, container("two"), restartPolicy="OnFailure"),
                 observed(status(state=EXITED), status("two", EXITED, code=255),
                          sandboxes=(sandbox(attempt=1), sandbox(ready=False))),
                 Probes(), {"start": [("two", 1)]}, id="new-sandbox-spares-what-succeeded"),
    pytest.param(pod(container(image="busybox:2")), observed(status()), Probes(), {"kill": ["main-0"]},
                 id="image-changed"),
    pytest.param(pod(), observed(status()), Probes(liveness_failed=frozenset({"main-0"})), {"kill": ["main-0"]},
                 id="liveness-failed"),
    pytest.param(pod(ephemeralContainers=[container("debug")]), observed(status()), Probes(),
                 {"start": [("debug", 0)]}, id="ephemeral"),
    pytest.param(pod(ephemeralContainers=[container("debug")]), observed(status(), status("debug", EXITED)), Probes(),
                 {}, id="ephemeral-runs-once"),
    pytest.param(pod(status={"containerStatuses": [{"name": "main", "restartCount": 3, "containerID": "x://y"}]}),
                 observed(), Probes(), {"start": [("main", 4)]}, id="runtime-lost-it"),
])
def test_plan_pod(wanted: Any, found: Any, probes: Probes, expected: dict[str, Any]) -> None:
    assert shown(plan_pod(Situation(wanted, found, now=100.0, probes=probes))) == expected


def test_back_off_holds_a_crashed_container() -> None:
    situation = Situation(
        pod(), observed(status(state=EXITED, code=1, restarts=2)), now=100.0, held_until={"main": 120.0},
        hold_seconds={"main": 80.0},
    )
    plan = plan_pod(situation)
    assert shown(plan) == {"waiting": {"main": "CrashLoopBackOff"}}
    assert plan.wake_at == 120.0
    text = "back-off 1m20s restarting failed container=main pod=web_shop(0b1e-uid)"
    assert plan.waiting["main"].message == text


@pytest.mark.parametrize(("policy", "rules", "code", "expected"), [
    ("Always", (), 0, True), ("Never", (), 1, False), ("OnFailure", (), 0, False), ("OnFailure", (), 1, True),
    ("Never", [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}], 42, True),
    ("Never", [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}], 41, False),
    ("Never", [{"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [42]}}], 41, True),
])
def test_should_restart(policy: str, rules: Any, code: int, expected: bool) -> None:
    subject = container(restartPolicyRules=rules)
    assert should_restart(pod(subject, restartPolicy=policy), subject, code) is expected


def test_messages_of_kills() -> None:
    failed = Probes(liveness_failed=frozenset({"main-0"}))
    again = plan_pod(Situation(pod(), observed(status()), now=1.0, probes=failed))
    assert again.kill[0].message == "Container main failed liveness probe, will be restarted"
    never = plan_pod(Situation(pod(restartPolicy="Never"), observed(status()), now=1.0, probes=failed))
    assert never.kill[0].message == "Container main failed liveness probe"
