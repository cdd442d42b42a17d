"""The scheduler at work: what users and nodes see of it."""

from typing import Any

from kubewheel.api import errors
from kubewheel.libs.wire import Response
from tests.component.scheduler.conftest import Cluster

ANTI = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
    {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "x"}}},
]}}


async def test_pod_is_bound_and_users_are_told(cluster: Cluster) -> None:
    await cluster.node("n1")
    await cluster.pod("a")
    assert await cluster.where("a") == "n1"
    assert (await cluster.scheduled("a"))["status"] == "True"
    assert await cluster.events() == [("Scheduled", "Successfully assigned default/a to n1")]


async def test_pod_waits_for_the_first_node(cluster: Cluster) -> None:
    await cluster.pod("a")
    condition = await cluster.scheduled("a")
    assert (condition["status"], condition["reason"]) == ("False", "Unschedulable")
    assert condition["message"] == "no nodes available to schedule pods"
    await cluster.node("n1")
    await cluster.pass_time(1)
    assert await cluster.where("a") == "n1"


async def test_message_counts_nodes_by_reason(cluster: Cluster) -> None:
    await cluster.node("n1", labels={"disk": "ssd"}, cpu="1")
    await cluster.node("n2")
    await cluster.node("n3")
    await cluster.pod("a", cpu="2", nodeSelector={"disk": "ssd"})
    wanted = (
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector. "
        "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )
    condition = await cluster.scheduled("a")
    assert condition["message"] == wanted
    assert condition["observedGeneration"] == 1
    assert await cluster.events() == [("FailedScheduling", wanted)]


async def test_refused_pod_runs_once_there_is_room(cluster: Cluster) -> None:
    await cluster.node("n1", cpu="1")
    await cluster.pod("a", cpu="800m")
    await cluster.pod("b", cpu="800m")
    assert (await cluster.scheduled("b"))["message"] == (
        "0/1 nodes are available: 1 Insufficient cpu. "
        "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
    )
    await cluster.client.delete("Pod", "a", "default", grace_seconds=0)
    await cluster.pass_time(1)
    assert await cluster.where("b") == "n1"


async def test_label_on_a_node_lets_a_pod_in(cluster: Cluster) -> None:
    await cluster.node("n1")
    await cluster.pod("a", nodeSelector={"env": "dev"})
    assert not await cluster.where("a")
    await cluster.client.patch("Node", "n1", {"metadata": {"labels": {"env": "dev"}}})
    await cluster.pass_time(1)
    assert await cluster.where("a") == "n1"


async def test_taint_keeps_pods_off_until_it_goes(cluster: Cluster) -> None:
    await cluster.node("n1", taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])
    await cluster.pod("plain")
    await cluster.pod("tolerant", tolerations=[{"key": "gpu", "operator": "Exists"}, {"operator": "Exists"}])
    assert (await cluster.scheduled("plain"))["message"].startswith(
        "0/1 nodes are available: 1 node(s) had untolerated taint(s). preemption: 0/1"
    )
    assert await cluster.where("tolerant") == "n1"
    await cluster.client.patch("Node", "n1", {"spec": {"taints": None}})
    await cluster.pass_time(1)
    assert await cluster.where("plain") == "n1"


async def test_cordoned_node_gets_nothing(cluster: Cluster) -> None:
    await cluster.node("n1")
    await cluster.client.patch("Node", "n1", {"spec": {"unschedulable": True}})
    await cluster.pod("a")
    assert "1 node(s) were unschedulable" in (await cluster.scheduled("a"))["message"]


async def test_other_schedulers_pods_and_gated_pods_are_left_alone(cluster: Cluster) -> None:
    await cluster.node("n1")
    await cluster.pod("foreign", schedulerName="mine")
    await cluster.pod("gated", schedulingGates=[{"name": "wait"}])
    assert not await cluster.where("foreign")
    assert not await cluster.where("gated")
    await cluster.client.patch("Pod", "gated", {"spec": {"schedulingGates": []}}, "default")
    await cluster.settle()
    assert await cluster.where("gated") == "n1"


async def test_higher_priority_goes_first(cluster: Cluster) -> None:
    for name, value in (("low", 1), ("high", 10)):
        await cluster.add({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                           "metadata": {"name": name}, "value": value, "preemptionPolicy": "Never"})
    await cluster.pod("a", cpu="800m", priorityClassName="low")
    await cluster.pod("b", cpu="800m", priorityClassName="high")
    await cluster.pass_time(15)
    await cluster.node("n1", cpu="1")
    await cluster.pass_time(15)
    assert await cluster.where("b") == "n1"
    assert not await cluster.where("a")


async def test_at_most_one_per_node(cluster: Cluster) -> None:
    await cluster.node("n1")
    await cluster.node("n2")
    for name in ("a", "b", "c"):
        await cluster.pod(name, labels={"app": "x"}, affinity=ANTI)
    assert {await cluster.where("a"), await cluster.where("b")} == {"n1", "n2"}
    assert (await cluster.scheduled("c"))["message"] == (
        "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. "
        "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
    )


async def test_rejected_binding_is_tried_again(cluster: Cluster) -> None:
    error = errors.internal("boom")
    cluster.meddler.refuse.append(("/a/binding", Response(error.code, object=error.status())))
    await cluster.node("n1", cpu="1")
    await cluster.pod("a", cpu="800m")
    condition = await cluster.scheduled("a")
    assert (condition["reason"], condition["message"]) == (
        "SchedulerError", "binding rejected: Internal error occurred: boom",
    )
    await cluster.pass_time(1)
    assert await cluster.where("a") == "n1"


async def test_pod_deleted_while_refused_is_forgotten(cluster: Cluster) -> None:
    await cluster.pod("a")
    await cluster.client.delete("Pod", "a", "default", grace_seconds=0)
    await cluster.settle()
    assert len(cluster.scheduler.queue) == 0


async def test_repeated_refusals_back_off_and_count(cluster: Cluster) -> None:
    await cluster.node("n1", cpu="1")
    await cluster.pod("a", cpu="2")
    for number in range(4):
        await cluster.client.patch("Node", "n1", {"metadata": {"labels": {"turn": str(number)}}})
        status = {"allocatable": {"cpu": f"{900 + number}m", "memory": "8Gi", "pods": "110"}}
        await cluster.client.patch("Node", "n1", {"status": status}, subresource="status")
        await cluster.pass_time(20)
    events: Any = (await cluster.client.list("Event", "default")).items
    assert [event["reason"] for event in events] == ["FailedScheduling"]
    assert events[0]["count"] == 5


async def test_preemption_ends_the_weaker_and_waits_for_its_end(cluster: Cluster) -> None:
    await cluster.add({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"},
                       "value": 1000})
    await cluster.node("n1", cpu="1")
    await cluster.pod("weak", cpu="800m", finalizers=None)
    await cluster.pod("strong", cpu="800m", priorityClassName="high")
    weak: Any = await cluster.client.get("Pod", "weak", "default")
    assert weak["metadata"]["deletionTimestamp"]
    assert weak["metadata"]["deletionGracePeriodSeconds"] == 30
    disruption = {each["type"]: each for each in weak["status"]["conditions"]}["DisruptionTarget"]
    assert (disruption["reason"], disruption["message"]) == (
        "PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod",
    )
    strong: Any = await cluster.client.get("Pod", "strong", "default")
    assert strong["status"]["nominatedNodeName"] == "n1"
    assert (await cluster.scheduled("strong"))["message"] == "0/1 nodes are available: 1 Insufficient cpu."
    assert ("Preempted", f"Preempted by pod {strong['metadata']['uid']} on node n1") in await cluster.events()
    # A newcomer that matters less does not slip into the room that is being made.
    await cluster.client.delete("Pod", "weak", "default", grace_seconds=0)
    await cluster.pod("sneaky", cpu="800m")
    assert not await cluster.where("sneaky")
    await cluster.pass_time(1)
    assert await cluster.where("strong") == "n1"


async def test_missing_claim_is_named(cluster: Cluster) -> None:
    await cluster.node("n1")
    await cluster.pod("a", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}])
    assert (await cluster.scheduled("a"))["message"] == (
        '0/1 nodes are available: persistentvolumeclaim "data" not found. '
        "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )


async def test_waiting_claim_gets_a_volume_of_the_chosen_node(cluster: Cluster) -> None:
    await cluster.node("n1")
    await cluster.node("n2")
    await cluster.add({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "local"},
                       "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer"})
    await cluster.add({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"},
        "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "local",
            "local": {"path": "/data"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": ["n2"]}]}]}},
        },
    })
    await cluster.client.patch("PersistentVolume", "pv", {"status": {"phase": "Available"}}, subresource="status")
    await cluster.add({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "local",
                 "resources": {"requests": {"storage": "1Gi"}}},
    })
    await cluster.pod("a", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}])
    volume: Any = await cluster.client.get("PersistentVolume", "pv")
    assert volume["spec"]["claimRef"]["name"] == "data"
    assert not await cluster.where("a")
    # What the volume controller does.
    await cluster.client.patch("PersistentVolumeClaim", "data", {
        "metadata": {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}, "spec": {"volumeName": "pv"},
    }, "default")
    await cluster.pass_time(2)
    assert await cluster.where("a") == "n2"
