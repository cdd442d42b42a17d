"""Other resources for containers that run: what their control groups say, and what the API is told."""

import copy
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from kubewheel.kubelet import resources
from kubewheel.libs import cgroups
from kubewheel.libs.wire import Object
from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import CGROUP_ROOT, NAMESPACE, Cluster, container_status, pod, sh

pytestmark = [pytest.mark.containerd, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
conformance = pytest.mark.conformance
Needs = Mapping[str, Mapping[str, str]]
MIB = 1 << 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    async with harness.new_cluster() as made:
        await made.start_agent()
        yield made


def needs(cpu: str = "", memory: str = "", cpu_limit: str = "", memory_limit: str = "") -> dict[str, dict[str, str]]:
    sides = {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu_limit, "memory": memory_limit}}
    given = {side: {name: value for name, value in each.items() if value} for side, each in sides.items()}
    return {side: each for side, each in given.items() if each}


def several(name: str, containers: Mapping[str, Needs], **more: Any) -> dict[str, Any]:
    made = pod(name, "sleep", "1000")
    (first,) = made["spec"]["containers"]
    made["spec"]["containers"] = [{**first, **more, "name": each, "resources": given}
                                  for each, given in containers.items()]
    return made


async def resize(cluster: Cluster, name: str, containers: Mapping[str, Needs]) -> Object:
    listed = [{"name": each, "resources": given} for each, given in containers.items()]
    patch = {"spec": {"containers": listed}}
    return await cluster.admin.patch("Pod", name, patch, NAMESPACE, type="strategic", subresource="resize")


def condition(found: Object, kind: str) -> dict[str, Any]:
    return next((each for each in found["status"]["conditions"] if each["type"] == kind), {})


def is_done(found: Object, containers: Mapping[str, Needs]) -> bool:
    """Tell whether the API was told that the containers have these resources."""
    for name, given in containers.items():
        told = container_status(found, name)
        if told.get("resources", {}) != given or told.get("allocatedResources", {}) != given.get("requests", {}):
            return False
    return not any(condition(found, kind) for kind in ("PodResizePending", "PodResizeInProgress"))


def limits_of(path: str) -> tuple[int, int, int]:
    """Return CPU shares, quota (0: none) and memory limit (0: none) of a control group."""
    roots = cgroups.hierarchies()
    if cgroups.is_unified_only():
        group = roots[cgroups.UNIFIED] / path.strip("/")
        quota, memory = (group / "cpu.max").read_text().split()[0], (group / "memory.max").read_text().strip()
        weight = int((group / "cpu.weight").read_text())
        return 2 + (weight - 1) * 262142 // 9999, int(quota) if quota != "max" else 0, (
            int(memory) if memory != "max" else 0)
    cpu, memory_group = roots["cpu"] / path.strip("/"), roots["memory"] / path.strip("/")
    quota_now = int((cpu / "cpu.cfs_quota_us").read_text())
    limit = int((memory_group / "memory.limit_in_bytes").read_text())
    return int((cpu / "cpu.shares").read_text()), max(0, quota_now), limit if limit < 1 << 60 else 0


def wanted(given: Needs) -> tuple[int, int, int]:
    told = resources.of_container({"spec": {"containers": []}}, {"name": "x", "resources": given}, 1)
    return told.cpu_shares, told.cpu_quota, told.memory_limit_bytes


async def has(cluster: Cluster, name: str, containers: Mapping[str, Needs]) -> Object:
    """Wait until the pod has these resources, by what the API is told and by its control groups."""
    found = await cluster.wait(name, lambda each: is_done(each, containers))
    parent = resources.cgroup_of(CGROUP_ROOT, found)
    for each, given in containers.items():
        container_id = container_status(found, each)["containerID"].partition("://")[2]
        assert limits_of(f"{parent}/{container_id}") == wanted(given)
        assert container_status(found, each)["state"].get("running")
    whole = resources.of_pod(found)
    shares, quota, memory = limits_of(parent)
    assert (shares, quota or None, memory or None) == (whole.cpu_shares, whole.cpu_quota, whole.memory_bytes)
    return found


async def there_and_back(cluster: Cluster, name: str, before: Mapping[str, Needs], after: Mapping[str, Needs]) -> None:
    await cluster.run(several(name, before))
    first = await cluster.running(name)
    await has(cluster, name, before)
    await resize(cluster, name, after)
    await has(cluster, name, after)
    back = {each: {side: {**after[each].get(side, {}), **before[each].get(side, {})} for side in after[each]}
            for each in after}  # What was added cannot be taken away, only changed.
    await resize(cluster, name, back)
    last = await has(cluster, name, back)
    for each in before:
        assert container_status(last, each)["restartCount"] == 0
        assert container_status(last, each)["containerID"] == container_status(first, each)["containerID"]
    await cluster.delete(name, grace=0)


@conformance("In-place Pod Resize, burtable pod with multiple containers and various operations")
async def test_several_containers(cluster: Cluster) -> None:
    await there_and_back(cluster, "several", {
        "c1": needs(cpu="20m"), "c2": needs(memory="20Mi"), "c3": needs(cpu="20m", memory="20Mi"),
        "c4": needs(cpu="20m"), "c5": needs(memory="20Mi"), "c6": needs("20m", "20Mi", "30m", "30Mi"),
    }, {
        "c1": needs(cpu="30m", cpu_limit="40m"), "c2": needs(memory="15Mi", memory_limit="40Mi"),
        "c3": needs(cpu="20m", memory="15Mi"), "c4": needs(cpu="15m", memory="20Mi"),
        "c5": needs(cpu="20m", memory="30Mi"), "c6": needs("15m", "30Mi", "20m", "40Mi"),
    })


@conformance("In-place Pod Resize, burstable pod resized with equivalents")
async def test_equivalents(cluster: Cluster) -> None:
    """The kernel has the same for both, and yet the API is told of the change."""
    await there_and_back(
        cluster, "equal", {"c1": needs(cpu="2m", cpu_limit="10m")}, {"c1": needs(cpu="1m", cpu_limit="5m")}
    )


@conformance("In-place Pod Resize, read and replace endpoints")
async def test_replace(cluster: Cluster) -> None:
    before, after = {"c1": needs("20m", "20Mi", "20m", "20Mi")}, {"c1": needs("30m", "30Mi", "30m", "30Mi")}
    await cluster.run(several("replaced", before))
    await cluster.running("replaced")
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/replaced/resize"
    read: Any = copy.deepcopy(await cluster.admin.get_path(path))
    read["spec"]["containers"][0]["resources"] = after["c1"]
    stored = await cluster.admin.put_path(path, read)
    assert stored["spec"]["containers"][0]["resources"] == after["c1"]
    found = await has(cluster, "replaced", after)
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"] == 2
    events = await cluster.events("replaced")
    assert [each.partition(":")[0] for each in events if each.startswith("Resize")] == [
        "ResizeStarted", "ResizeCompleted"]
    await cluster.delete("replaced", grace=0)


async def test_restart_where_the_author_wants_one(cluster: Cluster) -> None:
    policy = [{"resourceName": "memory", "restartPolicy": "RestartContainer"},
              {"resourceName": "cpu", "restartPolicy": "NotRequired"}]
    made = several("anew", {"main": needs("20m", "20Mi", "30m", "30Mi")}, resizePolicy=policy,
                   command=["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"])
    await cluster.run(made)
    await cluster.running("anew")
    cpu_only = {"main": needs("30m", "20Mi", "40m", "30Mi")}
    await resize(cluster, "anew", cpu_only)
    assert container_status(await has(cluster, "anew", cpu_only))["restartCount"] == 0
    both = {"main": needs("30m", "30Mi", "40m", "40Mi")}
    await resize(cluster, "anew", both)
    assert container_status(await has(cluster, "anew", both))["restartCount"] == 1
    assert any("Container main resize requires restart" in each for each in await cluster.events("anew"))
    await cluster.delete("anew", grace=0)


async def test_no_room(cluster: Cluster) -> None:
    """Four processors: more is never to be had, and what others have only after them."""
    small = {"main": needs(cpu="1")}
    await cluster.run(several("other", {"main": needs(cpu="2500m")}))
    await cluster.run(several("grows", small))
    await cluster.running("grows")
    await resize(cluster, "grows", {"main": needs(cpu="5")})
    found = await cluster.wait("grows", lambda each: condition(each, "PodResizePending"))
    pending = condition(found, "PodResizePending")
    assert (pending["status"], pending["reason"]) == ("True", "Infeasible")
    assert pending["message"] == "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000"
    assert pending["observedGeneration"] == 2
    assert container_status(found)["resources"] == small["main"]
    large = {"main": needs(cpu="2")}
    await resize(cluster, "grows", large)
    found = await cluster.wait("grows", lambda each: condition(each, "PodResizePending").get("reason") == "Deferred")
    assert condition(found, "PodResizePending")["message"].startswith(
        "Node didn't have enough resource: cpu, requested: 2000, used: ")
    await cluster.delete("other", grace=0)
    await has(cluster, "grows", large)
    await cluster.delete("grows", grace=0)


async def test_memory_in_use_stays(cluster: Cluster) -> None:
    given = {"main": needs(memory="60Mi", memory_limit="60Mi")}
    fill = "dd if=/dev/zero of=/dev/shm/fill bs=1M count=20 2>/dev/null; touch /tmp/full; sleep 1000"
    await cluster.run(several("full", given, command=["sh", "-c", fill]))
    await cluster.running("full")

    async def filled() -> bool:
        return (await cluster.exec("full", *sh("ls /tmp"))).strip() == "full"

    await cluster.until(filled, "memory in use")
    await resize(cluster, "full", {"main": needs(memory="10Mi", memory_limit="10Mi")})
    found = await cluster.wait("full", lambda each: condition(each, "PodResizeInProgress").get("reason") == "Error")
    told = condition(found, "PodResizeInProgress")["message"]
    assert f"memory limit ({10 * MIB}) below current usage (" in told
    assert container_status(found)["resources"] == given["main"]
    enough = {"main": needs(memory="40Mi", memory_limit="40Mi")}
    await resize(cluster, "full", enough)
    assert container_status(await has(cluster, "full", enough))["restartCount"] == 0
    await cluster.delete("full", grace=0)


async def test_the_next_agent_knows(cluster: Cluster) -> None:
    """What was given, and what was refused, outlives the agent; what was asked meanwhile is found."""
    first, second = {"main": needs(cpu="20m", cpu_limit="30m")}, {"main": needs(cpu="30m", cpu_limit="40m")}
    for name in ("given", "refused", "asked"):
        await cluster.run(several(name, first))
    for name in ("given", "refused", "asked"):
        await cluster.running(name)
    await resize(cluster, "given", second)
    await has(cluster, "given", second)
    await resize(cluster, "refused", {"main": needs(cpu="9", cpu_limit="9")})
    await cluster.wait("refused", lambda each: condition(each, "PodResizePending"))
    await cluster.stop_agent()
    await resize(cluster, "asked", second)
    await cluster.start_agent()
    await has(cluster, "asked", second)
    assert is_done(await cluster.get("given"), second)
    found = await cluster.get("refused")
    assert container_status(found)["resources"] == first["main"]
    assert condition(found, "PodResizePending")["reason"] == "Infeasible"
    for name in ("given", "refused", "asked"):
        assert container_status(await cluster.get(name))["restartCount"] == 0
        await cluster.delete(name, grace=0)
