"""Taints of nodes, heartbeats, and how fast zones are evicted."""

from collections import Counter
from typing import Any

import pytest

from kubewheel.controllers.node_lifecycle import heartbeats, taints, zones
from kubewheel.controllers.settings import ControllersSettings
from kubewheel.reconcile import conditions


def node(ready: str = "True", *found: Any, unschedulable: bool = False, **more: str) -> Any:
    listed = [{"type": "Ready", "status": ready}, *({"type": key, "status": value} for key, value in more.items())]
    return {
        "metadata": {"name": "n1", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"taints": list(found), "unschedulable": unschedulable},
        "status": {"conditions": listed},
    }


def keys(planned: Any) -> list[tuple[str, str]]:
    return [(taint["key"].removeprefix("node.kubernetes.io/"), taint["effect"]) for taint in planned]


FOREIGN = {"key": "gpu", "effect": "NoSchedule"}
OLD = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "before"}


@pytest.mark.parametrize(("tested", "evicts", "expected"), [
    pytest.param(node(), True, [], id="well"),
    pytest.param(node("False"), True, [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")], id="not-ready"),
    pytest.param(node("Unknown"), False, [("unreachable", "NoSchedule")], id="no-eviction-yet"),
    pytest.param(node("True", FOREIGN, OLD), True, [("gpu", "NoSchedule")], id="recovered"),
    pytest.param(node("False", OLD), True, [("not-ready", "NoSchedule"), ("not-ready", "NoExecute")], id="changed"),
    pytest.param(node("True", MemoryPressure="True", DiskPressure="False"), True, [("memory-pressure", "NoSchedule")],
                 id="pressure"),
    pytest.param(node("True", unschedulable=True), True, [("unschedulable", "NoSchedule")], id="cordoned"),
])
def test_taints(tested: Any, evicts: bool, expected: list[tuple[str, str]]) -> None:
    assert keys(taints.plan_taints(tested, evicts=evicts, now="now")) == expected


def test_present_taints_keep_their_time() -> None:
    planned = taints.plan_taints(node("Unknown", OLD), evicts=True, now="now")
    assert [taint["timeAdded"] for taint in planned] == ["before", "now"]


def test_heartbeats_are_counted_by_this_clock() -> None:
    heard = heartbeats.Heartbeats()
    lease: Any = {"metadata": {"name": "n1"}, "spec": {"renewTime": "2020-01-01T00:00:00Z"}}
    assert heard.silence("n1", 100.0) == 0.0
    heard.hear_lease(lease, 110.0)
    assert heard.silence("n1", 130.0) == 20.0
    heard.hear_lease(lease, 120.0)
    assert heard.silence("n1", 130.0) == 20.0
    heard.hear_lease({**lease, "spec": {"renewTime": "2020-01-01T00:00:10Z"}}, 125.0)
    assert heard.silence("n1", 130.0) == 5.0
    heard.forget("n1")
    assert heard.silence("n1", 130.0) == 0.0


def test_conditions_of_a_silent_node() -> None:
    planned = heartbeats.plan_silent(node("True", MemoryPressure="False"), 1_800_000_000.0)
    ready, disk = conditions.find(planned, "Ready"), conditions.find(planned, "DiskPressure")
    assert ready is not None
    assert disk is not None
    assert (ready["status"], ready["reason"], ready["message"]) == (
        "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.",
    )
    assert (disk["reason"], disk["lastHeartbeatTime"]) == ("NodeStatusNeverUpdated", "2026-01-01T00:00:00Z")
    again = heartbeats.plan_silent({**node(), "status": {"conditions": planned}}, 1_900_000_000.0)
    assert again == planned


@pytest.mark.parametrize(("sizes", "lost", "expected"), [
    pytest.param({"a": 3}, {"a": 1}, 0.1, id="one-of-three"),
    pytest.param({"a": 3}, {"a": 3}, 0.0, id="all-nodes"),
    pytest.param({"a": 3, "b": 2}, {"a": 3}, 0.1, id="whole-zone-of-several"),
    pytest.param({"a": 5}, {"a": 3}, 0.0, id="most-of-a-small-zone"),
    pytest.param({"a": 60}, {"a": 40}, 0.01, id="most-of-a-large-zone"),
])
def test_eviction_rate(sizes: dict[str, int], lost: dict[str, int], expected: float) -> None:
    assert zones.plan_rate("a", Counter(sizes), Counter(lost), ControllersSettings()) == expected


def test_one_node_at_a_time() -> None:
    tested = zones.Zones(ControllersSettings())
    nodes = [node("Unknown"), node("Unknown"), *[node() for _ in range(8)]]
    assert tested.wait(nodes[0], nodes, 100.0) == 0.0
    assert tested.wait(nodes[1], nodes, 104.0) == pytest.approx(6.0)
    assert tested.wait(nodes[1], nodes, 110.0) == 0.0
