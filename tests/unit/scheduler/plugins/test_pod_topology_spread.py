"""Spreading: hard constraints refuse, soft ones and defaults rank."""

from typing import Any

import pytest

from kubewheel.scheduler.plugins import pod_topology_spread
from kubewheel.scheduler.plugins.pod_topology_spread import defaults
from kubewheel.scheduler.plugins.pod_topology_spread.refusals import SKEWED, UNLABELLED
from tests.unit.scheduler.conftest import HOSTNAME, ZONE, Things, cluster, node, pod

WEB = {"app": "web"}


def constraint(key: str = ZONE, *, skew: int = 1, soft: bool = False, **more: Any) -> Any:
    return {"topologyKey": key, "maxSkew": skew, "whenUnsatisfiable": "ScheduleAnyway" if soft else "DoNotSchedule",
            "labelSelector": {"matchLabels": WEB}, **more}


ZONES = [node("a1", labels={ZONE: "a"}), node("a2", labels={ZONE: "a"}), node("b1", labels={ZONE: "b"})]


def placed(*nodes: str, **options: Any) -> Any:
    return [pod(f"p{index}", on=name, labels=WEB, **options) for index, name in enumerate(nodes)]


def verdicts(snapshot: Any, **spec: Any) -> dict[str, Any]:
    check = pod_topology_spread.FILTER.prepare(pod("new", labels=WEB, **spec), snapshot)
    assert check is not None
    return {name: check.verdict(info) for name, info in snapshot.nodes.items()}  # type: ignore[union-attr]


@pytest.mark.parametrize(("there", "rules", "refused"), [
    pytest.param(["a1"], [constraint()], {"a1", "a2"}, id="next-zone"),
    pytest.param(["a1", "b1"], [constraint()], set(), id="even"),
    pytest.param(["a1"], [constraint(skew=2)], set(), id="skew-allowed"),
    pytest.param(["a1"], [constraint(HOSTNAME)], {"a1"}, id="by-host"),
    pytest.param(["a1", "b1"], [constraint(minDomains=3)], {"a1", "a2", "b1"}, id="too-few-domains"),
    pytest.param(["a1", "b1"], [constraint(), constraint(HOSTNAME)], {"a1", "b1"}, id="two-rules"),
    pytest.param(["a1", "a1"], [constraint(labelSelector={"matchLabels": {"app": "other"}})], set(), id="others"),
])
def test_hard_constraints(there: list[str], rules: Any, refused: set[str]) -> None:
    found = verdicts(cluster(*ZONES, pods=placed(*there)), topologySpreadConstraints=rules)
    assert {name for name, verdict in found.items() if verdict is SKEWED} == refused


def test_node_without_the_label_is_refused() -> None:
    found = verdicts(cluster(*ZONES, node("x")), topologySpreadConstraints=[constraint()])
    assert found["x"] is UNLABELLED


def test_closed_nodes_do_not_count_as_empty_domains() -> None:
    snapshot = cluster(*ZONES, node("c1", labels={ZONE: "c", "pool": "other"}), pods=placed("a1", "b1"))
    open_nodes = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "pool", "operator": "DoesNotExist"}]}]}}}
    assert not any(verdicts(snapshot, topologySpreadConstraints=[constraint()], affinity=open_nodes)[name]
                   for name in ("a1", "b1"))
    ignoring = constraint(nodeAffinityPolicy="Ignore")
    assert verdicts(snapshot, topologySpreadConstraints=[ignoring], affinity=open_nodes)["a1"] is SKEWED


def test_tainted_nodes_count_unless_told_otherwise() -> None:
    tainted = node("c1", labels={ZONE: "c"}, taints=[{"key": "x", "effect": "NoSchedule"}])
    snapshot = cluster(*ZONES, tainted, pods=placed("a1", "b1"))
    assert verdicts(snapshot, topologySpreadConstraints=[constraint()])["a1"] is SKEWED
    assert verdicts(snapshot, topologySpreadConstraints=[constraint(nodeTaintsPolicy="Honor")])["a1"] is None


def test_terminating_pods_do_not_count() -> None:
    there = placed("a1", metadata={"deletionTimestamp": "2024-01-01T00:00:00Z"})
    assert verdicts(cluster(*ZONES, pods=there), topologySpreadConstraints=[constraint()])["a1"] is None


def test_match_label_keys_narrow_to_the_revision() -> None:
    there = [pod("old", on="a1", labels={**WEB, "hash": "1"})]
    snapshot = cluster(*ZONES, pods=there)
    spec: Any = {"topologySpreadConstraints": [constraint(matchLabelKeys=["hash"])]}
    check = pod_topology_spread.FILTER.prepare(pod("new", labels={**WEB, "hash": "2"}, **spec), snapshot)
    assert check.verdict(snapshot.nodes["a1"]) is None  # type: ignore[union-attr]


def test_check_follows_pods_that_leave() -> None:
    there = placed("a1")
    snapshot = cluster(*ZONES, pods=there)
    check: Any = pod_topology_spread.FILTER.prepare(
        pod("new", labels=WEB, topologySpreadConstraints=[constraint()]), snapshot
    )
    assert check.moved(snapshot.nodes["a1"], there, ()).verdict(snapshot.nodes["a1"]) is None
    assert check.verdict(snapshot.nodes["a1"]) is SKEWED


def test_soft_constraints_rank_by_crowd() -> None:
    snapshot = cluster(*ZONES, pods=placed("a1", "a1", "a2"))
    wanted = pod("new", labels=WEB, topologySpreadConstraints=[constraint(soft=True)])
    scores = pod_topology_spread.SCORE.scores(wanted, snapshot, list(snapshot.nodes.values()))
    assert scores is not None
    assert scores[0] == scores[1] < scores[2] == 100


def test_nodes_without_the_label_get_nothing_from_soft_constraints() -> None:
    snapshot = cluster(*ZONES, node("x"))
    wanted = pod("new", labels=WEB, topologySpreadConstraints=[constraint(soft=True)])
    assert pod_topology_spread.SCORE.scores(wanted, snapshot, list(snapshot.nodes.values())) == [100, 100, 100, 0]


def test_siblings_spread_by_default() -> None:
    things = Things()
    things.add("ReplicaSet.apps", {"metadata": {"name": "rs", "namespace": "ns"},
                                   "spec": {"selector": {"matchLabels": WEB}}})
    owner: Any = {"ownerReferences": [{"kind": "ReplicaSet", "name": "rs", "uid": "u", "controller": True}]}
    snapshot = cluster(node("x"), node("y"), pods=[pod("p", on="x", labels=WEB)], things=things)
    scores = pod_topology_spread.SCORE.scores(
        pod("new", labels=WEB, metadata=owner), snapshot, list(snapshot.nodes.values())
    )
    assert scores is not None
    assert scores[0] < scores[1]


def test_services_name_siblings_too() -> None:
    things = Things()
    things.add("Service", {"metadata": {"name": "s", "namespace": "ns"}, "spec": {"selector": WEB}})
    things.add("Service", {"metadata": {"name": "t", "namespace": "ns"}, "spec": {"selector": {"app": "db"}}})
    assert str(defaults.siblings(pod(labels={**WEB, "x": "y"}), cluster(things=things))) == "app=web"
    assert defaults.constraints(pod(labels={"app": "lonely"}), cluster(things=things)) == ()
