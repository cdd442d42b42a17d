"""Admission at the node, as a table of refusals."""

from typing import Any

import pytest

from kubewheel.kubelet.admission import Gate, Refusal, refusal
from kubewheel.kubelet.allocation import Pending
from tests.unit.kubelet.build import container, pod

NODE = {
    "metadata": {"name": "node-a", "labels": {"disk": "ssd", "cores": "8"}},
    "spec": {"taints": [{"key": "broken", "value": "yes", "effect": "NoExecute"},
                        {"key": "busy", "effect": "NoSchedule"}]},
    "status": {"allocatable": {"cpu": "2", "memory": "1Gi", "pods": "2"}},
}
TOLERATES = [{"key": "broken", "operator": "Exists"}]


def asking(cpu: str, uid: str = "a", **fields: Any) -> dict[str, Any]:
    subject = container(resources={"requests": {"cpu": cpu}}, **fields.pop("container", {}))
    return pod(subject, metadata={"uid": uid}, tolerations=TOLERATES, **fields)


def affinity(*expressions: dict[str, Any]) -> dict[str, Any]:
    required = {"nodeSelectorTerms": [{"matchExpressions": list(expressions)}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


PORT = {"ports": [{"containerPort": 80, "hostPort": 8080}]}
NO_AFFINITY = Refusal(
    "NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
)


@pytest.mark.parametrize(("subject", "others", "expected"), [
    pytest.param(asking("1"), (), None, id="fits"),
    pytest.param(asking("1500m"), (asking("600m", "b"),), Refusal(
        "OutOfcpu", "Node didn't have enough resource: cpu, requested: 1500, used: 600, capacity: 2000"), id="cpu"),
    pytest.param(asking("0"), (asking("0", "b"), asking("0", "c")), Refusal(
        "OutOfpods", "Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2"), id="pods"),
    pytest.param(pod(container(resources={"requests": {"example.com/gpu": "1"}}), tolerations=TOLERATES), (), None,
                 id="unknown-resource"),
    pytest.param(asking("1", nodeSelector={"disk": "hdd"}), (), NO_AFFINITY, id="selector"),
    pytest.param(asking("1", affinity=affinity(expression("disk", "In", "ssd", "nvme"))), (), None, id="in"),
    pytest.param(asking("1", affinity=affinity(expression("disk", "NotIn", "ssd"))), (), NO_AFFINITY, id="not-in"),
    pytest.param(asking("1", affinity=affinity(expression("disk", "DoesNotExist"))), (), NO_AFFINITY, id="exists"),
    pytest.param(asking("1", affinity=affinity(expression("cores", "Gt", "4"))), (), None, id="gt"),
    pytest.param(asking("1", affinity=affinity(expression("cores", "Lt", "4"))), (), NO_AFFINITY, id="lt"),
    pytest.param(asking("1", container=PORT), (asking("0", "b", container=PORT),), Refusal(
        "NodePorts", "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"),
        id="ports"),
    pytest.param(pod(), (), Refusal(
        "TaintToleration", "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"),
        id="taint"),
    pytest.param(asking("1", os={"name": "windows"}), (), Refusal(
        "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"), id="os"),
])
def test_refusal(subject: Any, others: Any, expected: Refusal | None) -> None:
    assert refusal(subject, NODE, others) == expected


def test_gate_counts_what_it_admitted() -> None:
    gate = Gate(lambda: NODE)
    assert gate.refusal(asking("1500m", "a")) is None
    assert gate.refusal(asking("1500m", "b")) is not None
    gate.release("a")
    assert gate.refusal(asking("1500m", "b")) is None
    gate.admit(asking("400m", "c"))
    assert gate.refusal(asking("400m", "d")) is not None


def test_room_for_those_that_grow() -> None:
    woken: list[str] = []
    gate = Gate(lambda: NODE, woken.append)
    gate.admit(asking("900m", "a"))
    gate.admit(asking("900m", "b"))
    assert gate.room(asking("1", "a")) is None
    assert gate.room(asking("3", "a")) == Pending(
        "Infeasible", "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000")
    assert gate.room(asking("1200m", "a")) == Pending(
        "Deferred", "Node didn't have enough resource: cpu, requested: 1200, used: 900, capacity: 2000")
    gate.admit(asking("800m", "b"))
    assert woken == ["a"]
    assert gate.room(asking("1200m", "a")) is None
    gate.release("b")
    assert woken == ["a"]


def test_gate_without_a_node_lets_everything_in() -> None:
    assert Gate(lambda: None).refusal(pod()) is None
