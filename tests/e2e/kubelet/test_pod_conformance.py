"""What the node agent tells of pods: their life, their generations, deadlines, containers that come later."""

import copy
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import pytest
import pytest_asyncio

from kubewheel.libs.wire import Request
from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import NAMESPACE, Cluster, container_status, phase, pod

pytestmark = [pytest.mark.containerd, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
conformance = pytest.mark.conformance
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    async with harness.new_cluster() as made:
        await made.start_agent()
        yield made


def labelled(pod_name: str, **labels: str) -> dict[str, Any]:
    made = pod(pod_name, *harness.sh("trap 'exit 0' TERM; while :; do sleep 0.05; done"))
    return made | {"metadata": made["metadata"] | {"labels": labels}}


async def names(cluster: Cluster, labels: str) -> list[str]:
    listed = await cluster.admin.list("Pod", NAMESPACE, labels=labels)
    return sorted(each["metadata"]["name"] for each in listed.items)


@conformance("Pods, lifecycle")
async def test_a_pod_is_submitted_and_removed(cluster: Cluster) -> None:
    start = (await cluster.admin.list("Pod", NAMESPACE, labels="time=1")).resource_version
    await cluster.run(labelled("submitted", time="1"))
    assert await names(cluster, "time=1") == ["submitted"]
    assert phase(await cluster.running("submitted")) == "Running"
    await cluster.delete("submitted", grace=30)
    events = []
    async for event in cluster.admin.watch("Pod", NAMESPACE, labels="time=1", resource_version=start):
        if event.type != "BOOKMARK":
            events.append((str(event.type), event.object))
        if event.type == "DELETED":
            break
    assert events[0][0] == "ADDED"
    ending = [found for kind, found in events if kind == "MODIFIED" and "deletionTimestamp" in found["metadata"]]
    assert ending[0]["metadata"]["deletionGracePeriodSeconds"] == 30
    assert await names(cluster, "time=1") == []


@conformance("Pods, assigned hostip")
@conformance("Pods, delete a collection")
async def test_pods_have_host_addresses_and_go_together(cluster: Cluster) -> None:
    for name in ("t1", "t2", "t3"):
        await cluster.run(labelled(name, type="Testing"))
    for name in ("t1", "t2", "t3"):
        assert ip_address((await cluster.running(name))["status"]["hostIP"])
    query = {"labelSelector": ["type=Testing"], "gracePeriodSeconds": ["1"]}
    assert (await cluster.admin.send(Request("DELETE", PODS, query))).status == 200
    for name in ("t1", "t2", "t3"):
        await cluster.gone(name)
    assert await names(cluster, "type=Testing") == []


@conformance("Pods, ActiveDeadlineSeconds")
async def test_a_deadline_can_be_given_later(cluster: Cluster) -> None:
    await cluster.run(labelled("late", name="foo"))
    await cluster.running("late")
    assert await names(cluster, "name=foo") == ["late"]
    await cluster.admin.patch("Pod", "late", {"spec": {"activeDeadlineSeconds": 1}}, NAMESPACE)
    found = await cluster.wait("late", lambda found: phase(found) == "Failed")
    assert found["status"]["reason"] == "DeadlineExceeded"


async def seen(cluster: Cluster, name: str, generation: int) -> None:
    """Wait until the agent has told that it acts on a generation."""
    found = await cluster.wait(name, lambda found: found["status"].get("observedGeneration", 0) >= generation)
    assert found["metadata"]["generation"] == found["status"]["observedGeneration"] == generation


TOLERATION = {"key": "foo", "operator": "Equal", "value": "bar", "effect": "NoSchedule"}


@conformance("Pods Generation, updates")
async def test_generations_count_updates(cluster: Cluster) -> None:
    first = {"name": "first", "image": harness.BUSYBOX, "command": ["true"]}
    await cluster.run(pod("counted", initContainers=[first]))
    made = await cluster.running("counted")
    await seen(cluster, "counted", 1)
    tolerations = [*made["spec"]["tolerations"], TOLERATION]
    steps: list[tuple[Any, int]] = [
        ({}, 1), ({"spec": {"tolerations": tolerations}}, 2), ({"spec": {"activeDeadlineSeconds": 5000}}, 3),
        ({"spec": {"containers": [{"name": "main", "image": harness.PAUSE}]}}, 4),
        ({"spec": {"initContainers": [{"name": "first", "image": harness.PAUSE}]}}, 5),
        ({"metadata": {"annotations": {"key": "value"}}}, 5), ({"metadata": {"generation": 1}}, 5),
    ]
    for patch, generation in steps:
        told = await cluster.admin.patch("Pod", "counted", patch, NAMESPACE, type="strategic")
        assert told["metadata"]["generation"] == generation
        await seen(cluster, "counted", generation)


@conformance("Pods Generation, 500 updates")
async def test_five_hundred_updates(cluster: Cluster) -> None:
    await cluster.run(pod("busy"))
    await cluster.running("busy")
    for number in range(499):
        await cluster.admin.patch("Pod", "busy", {"spec": {"activeDeadlineSeconds": 100000 - number}}, NAMESPACE)
    await seen(cluster, "busy", 500)


@conformance("Pods Generation, graceful delete")
async def test_a_graceful_deletion_is_a_generation(cluster: Cluster) -> None:
    body = pod("graceful", *harness.sh("trap '' TERM; sleep 1000"))
    body["metadata"]["generation"] = 100
    made = await cluster.run(body)
    assert made["metadata"]["generation"] == 1
    await cluster.running("graceful")
    await cluster.delete("graceful", grace=60)
    await seen(cluster, "graceful", 2)
    await cluster.delete("graceful", grace=0)
    await cluster.gone("graceful")


@conformance("Ephemeral Container Creation")
@conformance("Ephemeral Container, update ephemeral containers")
async def test_ephemeral_containers(cluster: Cluster) -> None:
    await cluster.run(pod("debugged"))
    await cluster.running("debugged")
    first = {"name": "debugger", "image": harness.BUSYBOX, "command": ["sleep", "10000"], "stdin": True, "tty": True}
    patch = {"spec": {"ephemeralContainers": [first]}}
    await cluster.admin.patch("Pod", "debugged", patch, NAMESPACE, type="strategic", subresource="ephemeralcontainers")
    found = await cluster.wait("debugged", lambda found: "running" in container_status(found, "debugger")["state"])
    assert await cluster.exec("debugged", "echo", "Hello", container="debugger") == "Hello\n"
    assert [each["name"] for each in found["spec"]["ephemeralContainers"]] == ["debugger"]
    changed = copy.deepcopy(found)
    changed["spec"]["ephemeralContainers"].append({**first, "name": "debugger2"})
    await cluster.admin.update(changed, subresource="ephemeralcontainers")
    found = await cluster.wait("debugged", lambda found: "running" in container_status(found, "debugger2")["state"])
    assert [each["name"] for each in found["spec"]["ephemeralContainers"]] == ["debugger", "debugger2"]
    assert "running" in container_status(found, "debugger")["state"]
