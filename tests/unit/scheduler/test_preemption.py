"""Whom to end."""

import random
from typing import Any

from kubewheel.scheduler.cycle import Cycle
from kubewheel.scheduler.diagnosis import Diagnosis
from kubewheel.scheduler.preemption import Helpless, Victims, plan_preemption
from tests.unit.scheduler.conftest import Things, anti_affinity, cluster, node, pod, term


def plan(incoming: Any, snapshot: Any) -> Victims | Helpless:
    found = Cycle(random.Random(1)).decide(incoming, snapshot)
    assert isinstance(found, Diagnosis)
    return plan_preemption(incoming, found, snapshot, random.Random(1))


def victims(incoming: Any, snapshot: Any) -> tuple[str, list[str]]:
    found = plan(incoming, snapshot)
    assert isinstance(found, Victims), found
    return found.node, [each.name for each in found.pods]


def boss(**options: Any) -> Any:
    return pod("boss", priority=100, **{"cpu": "1", **options})


def test_least_set_of_the_least_important() -> None:
    there = [pod("a", on="n", cpu="1", priority=5), pod("b", on="n", cpu="1", priority=1),
             pod("c", on="n", cpu="2", priority=7)]
    assert victims(boss(), cluster(node(), pods=there)) == ("n", ["b"])


def test_equals_are_never_ended() -> None:
    there = [pod("a", on="n", cpu="4", priority=100)]
    found = plan(boss(), cluster(node(), pods=there))
    assert isinstance(found, Helpless)
    assert found.message == (
        "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    )


def test_node_with_the_least_important_victims_is_chosen() -> None:
    there = [pod("a", on="n", cpu="4", priority=50), pod("b", on="m", cpu="4", priority=40),
             pod("c", on="o", cpu="2", priority=40), pod("d", on="o", cpu="2", priority=40)]
    assert victims(boss(cpu="4"), cluster(node("n"), node("m"), node("o"), pods=there)) == ("m", ["b"])


def test_among_equals_the_youngest_go() -> None:
    old, young = ({"startTime": f"2024-01-0{day}T00:00:00Z"} for day in (1, 2))
    there = [pod("a", on="n", cpu="4", status=old), pod("b", on="m", cpu="4", status=young)]
    assert victims(boss(), cluster(node("n"), node("m"), pods=there)) == ("m", ["b"])


def test_disruption_budgets_are_kept_if_possible() -> None:
    things = Things()
    things.add("PodDisruptionBudget.policy", {
        "metadata": {"name": "b", "namespace": "ns"}, "spec": {"selector": {"matchLabels": {"app": "kept"}}},
        "status": {"disruptionsAllowed": 0},
    })
    there = [pod("a", on="n", cpu="4", labels={"app": "kept"}), pod("b", on="m", cpu="4", priority=50)]
    assert victims(boss(), cluster(node("n"), node("m"), pods=there, things=things)) == ("m", ["b"])
    both = [pod("a", on="n", cpu="2", labels={"app": "kept"}), pod("b", on="n", cpu="2", priority=50)]
    assert victims(boss(), cluster(node("n"), pods=both, things=things)) == ("n", ["b"])


def test_anti_affinity_can_be_resolved() -> None:
    there = [pod("a", on="n", labels={"app": "x"}), pod("b", on="n")]
    incoming = boss(affinity=anti_affinity(term(app="x")))
    assert victims(incoming, cluster(node(), pods=there)) == ("n", ["a"])


def test_no_help_where_no_pod_is_at_fault() -> None:
    there = [pod("a", on="n", cpu="4")]
    found = plan(boss(nodeSelector={"x": "y"}), cluster(node(), pods=there))
    assert isinstance(found, Helpless)
    assert found.message == (
        "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )
    assert not found.keeps_nomination


def test_reasons_are_counted_per_node() -> None:
    there = [pod("a", on="n", cpu="4", priority=200), pod("b", on="m", cpu="3", priority=200),
             pod("c", on="m", cpu="1")]
    nodes = [node("n"), node("m"), node("o", unschedulable=True)]
    found = plan(boss(cpu="2"), cluster(*nodes, pods=there))
    assert isinstance(found, Helpless)
    assert found.message == (
        "preemption: 0/3 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod, "
        "1 Preemption is not helpful for scheduling."
    )


def test_pod_that_may_not_preempt() -> None:
    found = plan(boss(preemptionPolicy="Never"), cluster(node(), pods=[pod("a", on="n", cpu="4")]))
    assert isinstance(found, Helpless)
    assert found.message == "preemption: not eligible due to preemptionPolicy=Never."


def test_victims_that_still_end_are_waited_for() -> None:
    ending = {"conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}]}
    there = [pod("a", on="n", cpu="4", status=ending, metadata={"deletionTimestamp": "2024-01-01T00:00:00Z"}),
             pod("b", on="m", cpu="4")]
    found = plan(boss(status={"nominatedNodeName": "n"}), cluster(node("n"), node("m"), pods=there))
    assert found == Helpless("preemption: not eligible due to a terminating pod on the nominated node.", True)
