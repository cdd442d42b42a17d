"""Decisions."""

import random
from typing import Any

import pytest

from kubewheel.scheduler import cycle
from kubewheel.scheduler.cycle import Cycle, Placement
from kubewheel.scheduler.diagnosis import Diagnosis
from tests.unit.scheduler.conftest import HOSTNAME, ZONE, Things, affinity, anti_affinity, cluster, node, pod, term


def decide(incoming: Any, snapshot: Any, seed: int = 1) -> Any:
    return Cycle(random.Random(seed)).decide(incoming, snapshot)


def expect(incoming: Any, snapshot: Any) -> str:
    """The node that wins whatever the dice say."""
    nodes = {decide(incoming, snapshot, seed).node for seed in range(8)}
    assert len(nodes) == 1
    found: str = nodes.pop()
    return found


def only_on(name: str) -> Any:
    field = {"key": "metadata.name", "operator": "In", "values": [name]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [field]}]}}}


def test_no_nodes() -> None:
    assert decide(pod(), cluster()) == Diagnosis(0)


def test_emptier_node_wins() -> None:
    snapshot = cluster(node("a"), node("b"), pods=[pod("x", on="a", cpu="1", memory="2Gi")])
    assert expect(pod(cpu="1", memory="2Gi"), snapshot) == "b"


def test_preference_beats_room() -> None:
    wish = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "preference": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}]}}
    snapshot = cluster(node("a", labels={"team": "x"}), node("b"), pods=[pod("x", on="a", cpu="1", memory="2Gi")])
    assert expect(pod(cpu="1", affinity=wish), snapshot) == "a"


def test_soft_taint_is_avoided_but_not_forbidden() -> None:
    tainted = node("a", taints=[{"key": "k", "effect": "PreferNoSchedule"}])
    snapshot = cluster(tainted, node("b", cpu="1"), pods=[pod("x", on="b", cpu="500m")])
    assert expect(pod(cpu="400m"), snapshot) == "b"
    assert expect(pod(cpu="600m"), snapshot) == "a"


def test_siblings_go_to_different_nodes() -> None:
    things = Things()
    things.add("Service", {"metadata": {"name": "s", "namespace": "ns"}, "spec": {"selector": {"app": "w"}}})
    snapshot = cluster(node("a"), node("b"), node("c"), things=things)
    for name in "xyz":
        incoming = pod(name, labels={"app": "w"}, cpu="100m")
        snapshot.assume(incoming, decide(incoming, snapshot).node)
    assert sorted(each.node_name for each in snapshot.pods.values()) == ["a", "b", "c"]


def test_attraction_and_repulsion() -> None:
    snapshot = cluster(node("a"), node("b"), pods=[pod("db", on="a", labels={"app": "db"})])
    assert expect(pod(affinity=affinity(term(app="db"))), snapshot) == "a"
    assert expect(pod(affinity=anti_affinity(term(app="db"))), snapshot) == "b"
    assert expect(pod(affinity=affinity(preferred=[(100, term(app="db"))])), snapshot) == "a"


def test_equal_nodes_are_chosen_by_chance_that_can_be_repeated() -> None:
    names = [f"n{number}" for number in range(5)]

    def sequence(seed: int) -> list[str]:
        made = Cycle(random.Random(seed))
        return [made.decide(pod(), cluster(*map(node, names))).node for _ in range(20)]  # type: ignore[union-attr]

    assert sequence(1) == sequence(1)
    assert set(sequence(1)) == set(names)


def test_named_node_alone_is_looked_at() -> None:
    snapshot = cluster(node("a"), node("b", taints=[{"key": "k", "effect": "NoSchedule"}]), node("c"))
    assert decide(pod(affinity=only_on("a")), snapshot) == Placement("a")
    refused = decide(pod(affinity=only_on("b")), snapshot)
    assert refused.message() == (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        "2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )


def test_contradicting_names_fit_nowhere() -> None:
    both = only_on("a")
    rules = both["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"][0]
    rules["matchFields"].append({"key": "metadata.name", "operator": "In", "values": ["b"]})
    refused = decide(pod(affinity=both), cluster(node("a"), node("b")))
    assert refused.message() == "0/2 nodes are available: pod affinity terms conflict."


@pytest.mark.parametrize(("nodes", "percentage", "enough"), [
    (10, 0, 10), (100, 0, 100), (1000, 0, 420), (5000, 0, 500), (20000, 0, 1000), (1000, 70, 700), (150, 10, 100),
])
def test_nodes_to_find(nodes: int, percentage: int, enough: int) -> None:
    assert cycle.nodes_to_find(nodes, percentage) == enough


def test_searches_go_round() -> None:
    snapshot = cluster(*(node(f"n{number}") for number in range(300)))
    made = Cycle(random.Random(1))
    looked_at: set[str] = set()
    for number in range(60):
        incoming = pod(f"p{number}", cpu="1")
        decision = made.decide(incoming, snapshot)
        assert isinstance(decision, Placement)
        looked_at.add(decision.node)
        snapshot.assume(incoming, decision.node)
    # Always the next 144 of 300: without going round the last ones would never be used.
    assert any(int(name[1:]) >= 250 for name in looked_at)


def test_what_is_remembered_is_dropped_when_the_node_changes() -> None:
    snapshot = cluster(node("a", cpu="1"))
    assert decide(pod(cpu="1"), snapshot) == Placement("a")
    snapshot.set_pod(pod("x", on="a", cpu="500m"))
    assert isinstance(decide(pod(cpu="1"), snapshot), Diagnosis)
    snapshot.remove_pod("ns-x")
    assert decide(pod(cpu="1"), snapshot) == Placement("a")
    snapshot.set_node(node("a", cpu="1", unschedulable=True))
    assert isinstance(decide(pod(cpu="1"), snapshot), Diagnosis)


def test_replicas_share_what_is_known() -> None:
    snapshot = cluster(node("a"))
    decide(pod("one", cpu="1", volumes=[{"name": "token-abc"}]), snapshot)
    decide(pod("two", cpu="1", volumes=[{"name": "token-def"}]), snapshot)
    assert len(snapshot.nodes["a"].judgements) == 1


def test_room_kept_for_a_more_important_pod() -> None:
    snapshot = cluster(node("a", cpu="1"))
    snapshot.nominate(pod("boss", cpu="800m", priority=10), "a")
    assert isinstance(decide(pod(cpu="500m"), snapshot), Diagnosis)
    assert decide(pod(cpu="500m", priority=11), snapshot) == Placement("a")


def test_nominated_node_is_tried_first() -> None:
    snapshot = cluster(node("a"), node("b"), pods=[pod("x", on="a", cpu="3")])
    assert expect(pod(cpu="1", status={"nominatedNodeName": "a"}), snapshot) == "a"


def test_zone_and_host_rules_together() -> None:
    nodes = [node(f"{zone}{number}", labels={ZONE: zone}) for zone in "ab" for number in range(2)]
    rules = [{"topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
              "labelSelector": {"matchLabels": {"app": "w"}}} for key in (ZONE, HOSTNAME)]
    snapshot = cluster(*nodes)
    for number in range(4):
        incoming = pod(f"p{number}", labels={"app": "w"}, topologySpreadConstraints=rules)
        snapshot.assume(incoming, decide(incoming, snapshot).node)
    assert sorted(each.node_name for each in snapshot.pods.values()) == ["a0", "a1", "b0", "b1"]
