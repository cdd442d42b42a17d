"""Nodes that come, fall silent, return and go, with the real API server."""

from typing import Any

PREFIX = "node.kubernetes.io/"


async def taints(cluster: Any, name: str) -> set[tuple[str, str]]:
    spec = (await cluster.get("Node", name, ""))["spec"]
    return {(taint["key"].removeprefix(PREFIX), taint["effect"]) for taint in spec.get("taints") or ()}


async def condition(cluster: Any, name: str, type: str = "Ready") -> tuple[str, str]:
    for found in (await cluster.get("Node", name, ""))["status"]["conditions"]:
        if found["type"] == type:
            return found["status"], found["reason"]
    raise AssertionError(type)


def pod(name: str, node: str, seconds: int | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": "c", "image": "i"}], "nodeName": node}
    spec["tolerations"] = [{"operator": "Exists"}]
    if seconds is not None:
        spec["tolerations"] = [
            {"key": f"{PREFIX}{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}
            for key in ("not-ready", "unreachable")
        ]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


async def keep_alive(cluster: Any, seconds: int, *names: str) -> None:
    """Let time pass while some nodes go on reporting."""
    for _ in range(seconds // 10):
        await cluster.pass_time(10)
        for name in names:
            await cluster.beat(name)


async def test_each_node_has_its_own_range(cluster: Any) -> None:
    for name in ("n1", "n2", "n3"):
        await cluster.add_node(name)
    found = [(await cluster.get("Node", name, ""))["spec"] for name in ("n1", "n2", "n3")]
    assert len({spec["podCIDR"] for spec in found}) == 3
    assert all(spec["podCIDRs"] == [spec["podCIDR"]] for spec in found)
    assert found[0]["podCIDR"] == "10.244.0.0/24"


async def test_node_that_is_not_ready_is_tainted(cluster: Any) -> None:
    await cluster.add_node("n1")
    await cluster.add_node("n2")
    assert await taints(cluster, "n1") == set()
    await cluster.beat("n1", ready="False")
    assert await taints(cluster, "n1") == {("not-ready", "NoSchedule"), ("not-ready", "NoExecute")}
    await cluster.beat("n1")
    assert await taints(cluster, "n1") == set()
    await cluster.patch("Node", "n1", {"spec": {"unschedulable": True}}, "")
    assert await taints(cluster, "n1") == {("unschedulable", "NoSchedule")}


async def test_silent_node_is_given_up_and_its_pods_leave(cluster: Any) -> None:
    for name in ("n1", "n2", "n3"):
        await cluster.add_node(name)
    await cluster.create(pod("stays", "n1", 300))
    await cluster.create(pod("forever", "n1"))
    for name in ("stays", "forever"):
        await cluster.start(name)
    await keep_alive(cluster, 30, "n2", "n3")
    assert await condition(cluster, "n1") == ("True", "KubeletReady")
    await keep_alive(cluster, 20, "n2", "n3")
    assert await condition(cluster, "n1") == ("Unknown", "NodeStatusUnknown")
    assert await taints(cluster, "n1") == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}
    found = (await cluster.get("Pod", "stays"))["status"]["conditions"]
    ready = next(each for each in found if each["type"] == "Ready")
    assert ready["status"] == "False"
    assert "deletionTimestamp" not in (await cluster.get("Pod", "stays"))["metadata"]
    await keep_alive(cluster, 310, "n2", "n3")
    found = await cluster.get("Pod", "stays")
    assert found["metadata"]["deletionTimestamp"]
    target = next(each for each in found["status"]["conditions"] if each["type"] == "DisruptionTarget")
    assert target["reason"] == "DeletionByTaintManager"
    assert "deletionTimestamp" not in (await cluster.get("Pod", "forever"))["metadata"]
    await cluster.beat("n1")
    assert await taints(cluster, "n1") == set()


async def test_leases_alone_keep_a_node_alive(cluster: Any) -> None:
    await cluster.add_node("n1")
    await cluster.add_node("n2")
    lease = {
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "n1"},
        "spec": {"holderIdentity": "n1", "renewTime": "2027-01-15T08:00:00.000000Z"},
    }
    await cluster.create(lease, "kube-node-lease")
    for number in range(1, 10):
        await cluster.pass_time(10)
        await cluster.patch(
            "Lease.coordination.k8s.io", "n1", {"spec": {"renewTime": f"2027-01-15T08:0{number}:00.000000Z"}},
            "kube-node-lease",
        )
        await cluster.beat("n2")
    assert await condition(cluster, "n1") == ("True", "KubeletReady")


async def test_when_all_nodes_are_lost_nobody_is_evicted(cluster: Any) -> None:
    await cluster.add_node("n1")
    await cluster.create(pod("p", "n1", 0))
    await cluster.pass_time(120)
    assert await taints(cluster, "n1") == {("unreachable", "NoSchedule")}
    assert "deletionTimestamp" not in (await cluster.get("Pod", "p"))["metadata"]


async def test_pods_of_a_deleted_node_go(cluster: Any) -> None:
    await cluster.add_node("n1")
    await cluster.create(pod("p", "n1"))
    await cluster.start("p")
    await cluster.delete("Node", "n1", "")
    assert await cluster.names("Pod") == ["p"]
    await cluster.pass_time(41)
    assert await cluster.names("Pod") == []


async def test_leases_do_not_make_the_controllers_write(cluster: Any) -> None:
    await cluster.add_node("n1")
    await cluster.pass_time(30)
    before = cluster.server.backend.store.revision
    await cluster.pass_time(9)
    assert cluster.server.backend.store.revision == before
