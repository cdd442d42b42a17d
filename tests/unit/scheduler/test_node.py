"""Nodes: what they offer, what is taken, copies with other pods."""

from kubewheel.scheduler.judgement import Judgement
from kubewheel.scheduler.node import JUDGEMENTS, NodeInfo
from tests.unit.scheduler.conftest import container, node, pod


def info() -> NodeInfo:
    return NodeInfo("n", node(cpu="1500m", memory="1Gi", pods="9", offers={"example.com/gpu": "2"}))


def test_offers() -> None:
    found = info()
    assert (found.cpu, found.memory, found.pod_limit, dict(found.others)) == (1500, 2**30, 9, {"example.com/gpu": 2})


def test_pods_take_and_give_back() -> None:
    found = info()
    user = pod(containers=[{
        **container("1", "1Mi", ports=[{"hostPort": 80}]),
        "resources": {"requests": {"cpu": "1", "memory": "1Mi", "example.com/gpu": "1"}},
    }])
    found.add(user)
    assert (found.used_cpu, found.used_memory, found.used_others) == (1000, 2**20, {"example.com/gpu": 1})
    assert found.has_port_conflict(("10.0.0.1", "TCP", 80))
    found.remove(user)
    assert (found.used_cpu, found.used_memory, found.used_others["example.com/gpu"], found.ports) == (0, 0, 0, {})


def test_copy_leaves_the_original_alone() -> None:
    found = info()
    there = pod("a", cpu="1")
    found.add(there)
    copy = found.changed(remove=[there], add=[pod("b", cpu="200m")])
    assert (found.used_cpu, copy.used_cpu) == (1000, 200)
    assert set(found.pods) == {"ns-a"}


def test_memory_is_bounded_and_dropped_with_every_change() -> None:
    found = info()
    for number in range(JUDGEMENTS * 2):
        found.remember(pod(cpu=f"{number}m").template, Judgement(None))
        assert len(found.judgements) <= JUDGEMENTS
    found.add(pod())
    assert found.judgements == {}
