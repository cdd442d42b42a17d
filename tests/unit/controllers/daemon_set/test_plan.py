"""What is missing or too much on a node."""

from typing import Any

import pytest

from kubewheel.controllers.daemon_set import plan
from kubewheel.controllers.daemon_set.placement import Fit
from kubewheel.controllers.daemon_set.plan import Backoff, Step

from .build import NOW, YES, daemon_set, daemons, pod

SURGE = {"maxSurge": 1, "maxUnavailable": 0}


def run(owner: Any, pods: list[Any], fit: Fit = YES, backoff: Backoff | None = None) -> Step:
    return plan.plan_nodes(daemons(owner, pods, n1=fit), lambda _: backoff)


def names(step: Step) -> tuple[list[str], list[str]]:
    return step.create, [each["metadata"]["name"] for each in step.delete]


@pytest.mark.parametrize(("pods", "fit", "create", "delete"), [
    pytest.param([], YES, ["n1"], [], id="missing"),
    pytest.param([pod("a", "n1")], YES, [], [], id="there"),
    pytest.param([pod("a", "n1", "Pending", bound=False)], YES, [], [], id="on-its-way"),
    pytest.param([pod("a", "n1", "going")], YES, [], [], id="going"),
    pytest.param([pod("a", "n1"), pod("b", "n1", age=200)], YES, [], ["a"], id="oldest-stays"),
    pytest.param([pod("a", "n1", "Succeeded")], YES, [], ["a"], id="ended"),
    pytest.param([pod("a", "n1")], Fit(False, True), [], [], id="may-stay"),
    pytest.param([], Fit(False, True), [], [], id="may-not-come"),
    pytest.param([pod("a", "n1"), pod("b", "n1", "going")], Fit(False, False), [], ["a"], id="must-go"),
    pytest.param([pod("a", "n9", bound=False), pod("b", "n8")], Fit(False, False), [], ["a"], id="no-such-node"),
])
def test_nodes(pods: list[Any], fit: Fit, create: list[str], delete: list[str]) -> None:
    assert names(run(daemon_set(), pods, fit)) == (create, delete)


@pytest.mark.parametrize(("pods", "create", "delete"), [
    pytest.param([pod("a", "n1", "going")], ["n1"], [], id="replaced-at-once"),
    pytest.param([pod("o", "n1", new=False), pod("n", "n1", "Pending")], [], [], id="both-for-a-while"),
    pytest.param([pod("o", "n1", new=False), pod("n", "n1")], [], ["o"], id="new-one-took-over"),
    pytest.param([pod("o", "n1", "broken", new=False), pod("n", "n1", "Pending")], [], ["o"], id="old-one-broke"),
    pytest.param([pod("n", "n1"), pod("m", "n1", age=5)], [], ["m"], id="one-of-each"),
])
def test_nodes_with_surge(pods: list[Any], create: list[str], delete: list[str]) -> None:
    assert names(run(daemon_set(**SURGE), pods)) == (create, delete)


def test_failed_pods_wait() -> None:
    failed = [pod("a", "n1", "Failed")]
    first = run(daemon_set(), failed)
    assert (names(first), first.failed, first.wait) == (([], ["a"]), ["n1"], 0)
    assert [reason for _, reason, _ in first.events] == ["FailedDaemonPod"]
    again = run(daemon_set(), failed, backoff=Backoff(4, NOW - 1))
    assert (names(again), again.wait) == (([], []), 3)
    assert names(run(daemon_set(), failed, backoff=Backoff(4, NOW - 4))) == ([], ["a"])


def test_back_off_grows_and_is_forgotten() -> None:
    assert Backoff(1, NOW).next(NOW + 5) == Backoff(2, NOW + 5)
    assert Backoff(800, NOW).next(NOW + 5).delay == 900
    assert Backoff(800, NOW).next(NOW + 5000).delay == 1
