"""On which node pods land, and who makes room for whom."""

from collections.abc import Iterator
from typing import Any

import pytest

from kubewheel.testing import SyncCluster
from tests.component.conformance.conftest import Space, connect, pod, workload
from tests.component.kinds.conftest import MERGE

conformance = pytest.mark.conformance
SMALL = {"capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"}}
nodes = pytest.mark.kubewheel(nodes=2, fleet=SMALL)


@pytest.fixture
def own(kubewheel: SyncCluster) -> Iterator[Space]:
    """The default namespace of a cluster of the test's own with two nodes of four cores each."""
    kubewheel.settle()
    api = connect(kubewheel)
    yield Space(kubewheel, api, "default")
    api.close()


def asking(name: str, cpu: str, **spec: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}
    return pod(name, container={"resources": resources}, **spec)


def node_of(space: Space, name: str) -> str:
    return str(space.get("Pod", name)["spec"].get("nodeName", ""))


def unschedulable(space: Space, name: str) -> str:
    [condition] = [each for each in space.get("Pod", name)["status"]["conditions"] if each["type"] == "PodScheduled"]
    return str(condition.get("message", "")) if condition["reason"] == "Unschedulable" else ""


@conformance("Scheduler, resource limits")
@nodes
def test_what_is_full_takes_no_more(own: Space) -> None:
    for name in ("one", "other"):
        own.create(asking(name, "2800m"))
    assert {node_of(own, "one"), node_of(own, "other")} == {"node-0", "node-1"}
    own.create(asking("more", "2"))
    assert node_of(own, "more") == ""
    assert "Insufficient cpu" in unschedulable(own, "more")
    own.delete("Pod", "one")
    own.wait(60)
    assert node_of(own, "more")


@conformance("Scheduler, node selector not matching")
@conformance("Scheduler, node selector matching")
@nodes
def test_node_selectors(own: Space) -> None:
    own.create(pod("nowhere", nodeSelector={"label": "nonempty"}))
    assert "didn't match Pod's node affinity/selector" in unschedulable(own, "nowhere")
    own.client.patch("Node", "node-1", {"metadata": {"labels": {"kubernetes.io/e2e": "42"}}})
    own.create(pod("chosen", nodeSelector={"kubernetes.io/e2e": "42"}))
    assert node_of(own, "chosen") == "node-1"


def listening(name: str, port: int, address: str = "", protocol: str = "TCP") -> dict[str, Any]:
    taken = {"containerPort": port, "hostPort": port, "protocol": protocol} | ({"hostIP": address} if address else {})
    return pod(name, container={"ports": [taken]}, nodeSelector={"kubernetes.io/hostname": "node-0"})


@conformance("Scheduling, HostPort and Protocol match, HostIPs different but one is default HostIP (0.0.0.0)")
@nodes
def test_host_ports(own: Space) -> None:
    own.create(listening("pod1", 54321, "127.0.0.1"))
    own.create(listening("pod2", 54321, "127.0.0.2"))
    own.create(listening("pod3", 54321, "127.0.0.2", "UDP"))
    assert [node_of(own, name) for name in ("pod1", "pod2", "pod3")] == ["node-0"] * 3
    own.create(listening("pod4", 54322, "0.0.0.0"))
    own.create(listening("pod5", 54322, "127.0.0.1"))
    assert (node_of(own, "pod4"), node_of(own, "pod5")) == ("node-0", "")
    assert "didn't have free ports" in unschedulable(own, "pod5")


def priority(space: Space, name: str, value: int) -> None:
    space.client.create({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
                         "value": value})


@conformance("Scheduler, Basic Preemption")
@conformance("Scheduler, Preemption for critical pod")
@pytest.mark.parametrize("critical", [False, True], ids=["higher", "critical"])
@nodes
def test_the_more_important_pod_takes_the_place(own: Space, critical: bool) -> None:
    priority(own, "low", 1)
    priority(own, "middle", 100)
    priority(own, "high", 1000)
    own.create(asking("low", "3", priorityClassName="low", nodeSelector={"kubernetes.io/hostname": "node-0"}))
    own.create(asking("middle", "3", priorityClassName="middle", nodeSelector={"kubernetes.io/hostname": "node-1"}))
    namespace = "kube-system" if critical else "default"
    name = "system-cluster-critical" if critical else "high"
    own.client.create(asking("important", "3", priorityClassName=name), namespace=namespace)
    own.wait(60)
    assert own.client.get("Pod", "important", namespace)["spec"]["nodeName"] == "node-0"
    assert own.names("Pod") == (["middle"] if critical else ["important", "middle"])


@conformance("Verify the DisruptionTarget condition is added to the preempted pod")
@nodes
def test_a_preempted_pod_is_told(own: Space) -> None:
    priority(own, "low", 1)
    priority(own, "high", 1000)
    victim = asking("victim", "3", priorityClassName="low", nodeSelector={"kubernetes.io/hostname": "node-0"})
    victim["metadata"]["finalizers"] = ["example.com/hold"]
    own.create(victim)
    own.create(asking("preemptor", "3", priorityClassName="high", nodeSelector={"kubernetes.io/hostname": "node-0"}))
    own.wait(30)
    found = own.get("Pod", "victim")
    assert found["metadata"]["deletionTimestamp"]
    conditions = {each["type"]: each for each in found["status"]["conditions"]}
    assert (conditions["DisruptionTarget"]["status"], conditions["DisruptionTarget"]["reason"]) == (
        "True", "PreemptionByScheduler",
    )
    own.patch("Pod", "victim", {"metadata": {"finalizers": None}})
    own.wait(60)
    assert node_of(own, "preemptor") == "node-0"


@conformance("Pod preemption verification")
@nodes
def test_replica_sets_preempt_each_other(own: Space) -> None:
    for level in range(1, 5):
        priority(own, f"p{level}", level)
    sizes = {1: 5, 2: 4, 3: 4}
    for level, replicas in sizes.items():
        body = workload("ReplicaSet", replicas, f"rs{level}")
        spec = body["spec"]["template"]["spec"]
        spec |= {"priorityClassName": f"p{level}", "nodeSelector": {"kubernetes.io/hostname": "node-0"}}
        spec["containers"][0]["resources"] = {"requests": {"cpu": "300m"}, "limits": {"cpu": "300m"}}
        own.create(body)
    assert all(each["spec"].get("nodeName") for each in own.list("Pod"))
    own.create(asking("rs4", "1200m", priorityClassName="p4", nodeSelector={"kubernetes.io/hostname": "node-0"}))
    own.wait(60)
    assert node_of(own, "rs4") == "node-0"
    running = {level: sum(bool(each["spec"].get("nodeName")) for each in own.list("Pod", f"app=rs{level}"))
               for level in sizes}
    assert running == {1: 1, 2: 4, 3: 4}


@conformance("Scheduler, Verify PriorityClass endpoints")
@nodes
def test_priority_classes_through_all_methods(own: Space) -> None:
    priority(own, "p1", 1)
    priority(own, "p2", 2)
    target = "/apis/scheduling.k8s.io/v1/priorityclasses"
    for name in ("p1", "p2"):
        found = own.api.expect(200, "GET", f"{target}/{name}")
        assert own.api.expect(200, "PATCH", f"{target}/{name}", {"description": "d"}, kind=MERGE)["description"] == "d"
        own.api.expect(422, "PATCH", f"{target}/{name}", {"value": found["value"] * 10}, kind=MERGE)
        found = own.api.expect(200, "GET", f"{target}/{name}")
        assert own.api.expect(200, "PUT", f"{target}/{name}", found | {"description": "e"})["description"] == "e"
        found = own.api.expect(200, "GET", f"{target}/{name}")
        refused = own.api.expect(422, "PUT", f"{target}/{name}", found | {"value": found["value"] * 10})
        assert "value: Forbidden: may not be changed in an update." in refused["message"]
    assert {"p1", "p2"} <= {each["metadata"]["name"] for each in own.api.expect(200, "GET", target)["items"]}
    own.api.expect(200, "DELETE", f"{target}/p1")
