"""DaemonSets with the real API server."""

from typing import Any

import pytest

LABELS = {"app": "agent"}


def daemon_set(image: str = "agent:1", pod: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    template = {"containers": [{"name": "agent", "image": image}], **(pod or {})}
    return {
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
        "spec": {
            "selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": template}, **spec,
        },
    }


def target(pod: Any) -> str:
    """Return the node that a pod asks for."""
    required = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    [field] = required["nodeSelectorTerms"][0]["matchFields"]
    assert (field["key"], field["operator"]) == ("metadata.name", "In")
    return str(field["values"][0])


async def run_pods(cluster: Any, ready: bool = True) -> None:
    """Bind every pod where it wants to be, start it, and finish deletions, until nothing changes."""
    while await step(cluster, ready):
        await cluster.settle()


async def step(cluster: Any, ready: bool = True) -> int:
    changed = 0
    for pod in await cluster.list("Pod"):
        name = pod["metadata"]["name"]
        if pod["metadata"].get("deletionTimestamp"):
            await cluster.client.delete("Pod", name, "default", grace_seconds=0)
        elif not pod["spec"].get("nodeName"):
            binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name},
                       "target": {"kind": "Node", "name": target(pod)}}
            await cluster.client.create_subresource("Pod", name, "default", "binding", binding)
        elif pod["status"]["phase"] == "Pending":
            await cluster.start(name, ready=ready)
        else:
            continue
        changed += 1
    return changed


async def nodes_of(cluster: Any) -> list[str]:
    return sorted(pod["spec"].get("nodeName") or target(pod) for pod in await cluster.list("Pod"))


async def images(cluster: Any) -> list[str]:
    return sorted(pod["spec"]["containers"][0]["image"] for pod in await cluster.list("Pod"))


async def status_of(cluster: Any) -> Any:
    return (await cluster.get("DaemonSet.apps", "agent"))["status"]


async def set_image(cluster: Any, image: str) -> None:
    change = {"spec": {"template": {"spec": {"containers": [{"name": "agent", "image": image}]}}}}
    await cluster.patch("DaemonSet.apps", "agent", change, type="strategic")


@pytest.fixture
async def nodes(cluster: Any) -> list[str]:
    names = ["n1", "n2", "n3"]
    for name in names:
        await cluster.add_node(name)
    await cluster.pass_time(1)
    return names


async def test_one_pod_on_every_node(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set())
    assert await nodes_of(cluster) == nodes
    await run_pods(cluster)
    status = await status_of(cluster)
    numbers = (
        "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable",
    )
    assert [status[name] for name in numbers] == [3] * 5
    assert (status["numberMisscheduled"], status.get("numberUnavailable", 0)) == (0, 0)
    [revision] = await cluster.list("ControllerRevision.apps")
    pod = (await cluster.list("Pod"))[0]
    suffix = pod["metadata"]["labels"]["controller-revision-hash"]
    assert revision["metadata"]["name"] == f"agent-{suffix}"
    assert pod["metadata"]["labels"]["pod-template-generation"] == "1"
    assert {each["key"] for each in pod["spec"]["tolerations"]} >= {
        "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/disk-pressure",
        "node.kubernetes.io/memory-pressure", "node.kubernetes.io/pid-pressure", "node.kubernetes.io/unschedulable",
    }
    await cluster.delete("Pod", pod["metadata"]["name"])
    await run_pods(cluster)
    assert (await status_of(cluster))["numberReady"] == 3


async def test_nodes_come_and_go(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set())
    await run_pods(cluster)
    await cluster.add_node("n4")
    await run_pods(cluster)
    assert await nodes_of(cluster) == [*nodes, "n4"]
    await cluster.delete("Node", "n2", "")
    assert (await status_of(cluster))["desiredNumberScheduled"] == 3
    await cluster.pass_time(41)
    await run_pods(cluster)
    assert await nodes_of(cluster) == ["n1", "n3", "n4"]


async def test_unbound_pods_of_lost_nodes_go(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set())
    await cluster.delete("Node", "n2", "")
    assert await nodes_of(cluster) == ["n1", "n3"]


async def test_selected_nodes(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set(pod={"nodeSelector": {"disk": "ssd"}}))
    assert await nodes_of(cluster) == []
    await cluster.patch("Node", "n2", {"metadata": {"labels": {"disk": "ssd"}}}, "")
    await run_pods(cluster)
    assert await nodes_of(cluster) == ["n2"]
    await cluster.patch("Node", "n2", {"metadata": {"labels": {"disk": None}}}, "")
    await run_pods(cluster)
    assert await nodes_of(cluster) == []
    assert (await status_of(cluster))["desiredNumberScheduled"] == 0


async def test_taints(cluster: Any, nodes: list[str]) -> None:
    taint = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}
    await cluster.patch("Node", "n1", {"spec": {"taints": [taint], "unschedulable": True}}, "")
    await cluster.create(daemon_set())
    await run_pods(cluster)
    assert await nodes_of(cluster) == ["n2", "n3"]
    # A pod that is there stays, but does not count any more.
    await cluster.patch("Node", "n2", {"spec": {"taints": [taint]}}, "")
    await run_pods(cluster)
    assert await nodes_of(cluster) == ["n2", "n3"]
    status = await status_of(cluster)
    assert (status["desiredNumberScheduled"], status["numberMisscheduled"]) == (1, 1)
    tolerations = [{"key": "dedicated", "operator": "Exists"}]
    change = {"spec": {"template": {"spec": {"tolerations": tolerations}}}}
    await cluster.patch("DaemonSet.apps", "agent", change)
    await run_pods(cluster)
    assert await nodes_of(cluster) == nodes


async def test_failed_pods_are_replaced_more_and_more_slowly(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set(pod={"nodeSelector": {"only": "one"}}))
    await cluster.patch("Node", "n1", {"metadata": {"labels": {"only": "one"}}}, "")

    async def fail() -> str:
        await run_pods(cluster)
        [pod] = await cluster.list("Pod")
        await cluster.start(pod["metadata"]["name"], phase="Failed")
        await cluster.settle()
        return str(pod["metadata"]["uid"])

    async def uid() -> str:
        return str((await cluster.list("Pod"))[0]["metadata"]["uid"])

    first = await fail()
    assert await uid() != first
    second = await fail()
    assert await uid() == second
    await cluster.pass_time(1)
    third = await fail()
    assert third != second
    await cluster.pass_time(1.5)
    assert await uid() == third
    await cluster.pass_time(0.5)
    assert await uid() != third
    assert "FailedDaemonPod" in {reason for reason, _ in await cluster.events()}


async def test_rolling_update(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set())
    await run_pods(cluster)
    await set_image(cluster, "agent:2")
    for _ in range(30):
        pods = await cluster.list("Pod")
        assert sum(pod["metadata"].get("deletionTimestamp") is None for pod in pods) >= 2
        if not await step(cluster):
            break
        await cluster.settle()
    assert await images(cluster) == ["agent:2"] * 3
    status = await status_of(cluster)
    assert status["updatedNumberScheduled"] == status["numberAvailable"] == 3
    assert sorted(each["revision"] for each in await cluster.list("ControllerRevision.apps")) == [1, 2]
    await set_image(cluster, "agent:1")
    await run_pods(cluster)
    assert await images(cluster) == ["agent:1"] * 3
    assert sorted(each["revision"] for each in await cluster.list("ControllerRevision.apps")) == [2, 3]


async def test_surge(cluster: Any, nodes: list[str]) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    await cluster.create(daemon_set(updateStrategy=strategy))
    await run_pods(cluster)
    await set_image(cluster, "agent:2")
    for _ in range(40):
        pods = await cluster.list("Pod")
        live = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        ready = [pod for pod in live if pod["status"]["phase"] == "Running"]
        assert len(live) <= 4
        assert len(ready) >= 3
        if not await step(cluster):
            break
        await cluster.settle()
    assert await images(cluster) == ["agent:2"] * 3


async def test_on_delete(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set(updateStrategy={"type": "OnDelete"}))
    await run_pods(cluster)
    await set_image(cluster, "agent:2")
    await run_pods(cluster)
    assert await images(cluster) == ["agent:1"] * 3
    await cluster.delete("Pod", (await cluster.names("Pod"))[0])
    await run_pods(cluster)
    assert await images(cluster) == ["agent:1", "agent:1", "agent:2"]


async def test_ready_for_long_enough(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set(minReadySeconds=20))
    await run_pods(cluster)
    status = await status_of(cluster)
    assert (status["numberReady"], status.get("numberAvailable", 0), status["numberUnavailable"]) == (3, 0, 3)
    await cluster.pass_time(20)
    assert (await status_of(cluster))["numberAvailable"] == 3


async def test_history_is_limited(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set(revisionHistoryLimit=1))
    await run_pods(cluster)
    for number in (2, 3, 4):
        await set_image(cluster, f"agent:{number}")
        await run_pods(cluster)
    assert sorted(each["revision"] for each in await cluster.list("ControllerRevision.apps")) == [3, 4]


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
async def test_deleted_set_takes_everything_along(cluster: Any, nodes: list[str], propagation: str) -> None:
    await cluster.create(daemon_set())
    await run_pods(cluster)
    await cluster.delete("DaemonSet.apps", "agent", propagation=propagation)
    await run_pods(cluster)
    await cluster.pass_time(1)
    for kind in ("DaemonSet.apps", "Pod", "ControllerRevision.apps"):
        assert await cluster.names(kind) == []


async def test_nothing_is_written_at_rest(cluster: Any, nodes: list[str]) -> None:
    await cluster.create(daemon_set())
    await run_pods(cluster)
    await cluster.pass_time(1)
    before = cluster.server.backend.store.revision
    await cluster.pass_time(20)
    assert cluster.server.backend.store.revision == before
    assert cluster.engine.retrying == 0
