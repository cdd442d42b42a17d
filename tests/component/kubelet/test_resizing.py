"""A resize on its way: accepted, tried again, waiting for room."""

from typing import Any

from kubewheel.kubelet.resizing import RETRY_SECONDS
from kubewheel.libs.wire import Object
from tests.component.kubelet.conftest import Node
from tests.component.kubelet.test_agent import is_running, main


def asking(cpu: str, limit: str = "") -> dict[str, Any]:
    return {"requests": {"cpu": cpu}, **({"limits": {"cpu": limit}} if limit else {})}


def condition(pod: Object, kind: str) -> dict[str, Any]:
    return next((each for each in pod["status"]["conditions"] if each["type"] == kind), {})


def has(pod: Object, cpu: str) -> bool:
    settled = not any(condition(pod, kind) for kind in ("PodResizePending", "PodResizeInProgress"))
    return settled and bool(main(pod)["allocatedResources"] == main(pod)["resources"]["requests"] == {"cpu": cpu})


async def resize(node: Node, name: str, needs: dict[str, Any]) -> None:
    patch = {"spec": {"containers": [{"name": "main", "resources": needs}]}}
    await node.admin.patch("Pod", name, patch, "default", type="strategic", subresource="resize")


async def test_a_fault_is_told_and_tried_again(node: Node) -> None:
    await node.run("web", container={"resources": asking("1", "2")})
    await node.wait("web", lambda pod: is_running(pod) and has(pod, "1"))
    node.runtime.update_faults = ["no such file", "no such file"]
    await resize(node, "web", asking("2", "3"))
    pod = await node.wait("web", lambda pod: condition(pod, "PodResizeInProgress").get("reason") == "Error")
    assert condition(pod, "PodResizeInProgress")["message"] == "no such file"
    assert main(pod)["allocatedResources"] == {"cpu": "2"}
    assert main(pod)["resources"] == asking("1", "2")
    await node.step(2 * RETRY_SECONDS + 1)
    pod = await node.wait("web", lambda pod: has(pod, "2"))
    ((name, told),) = node.runtime.updates
    assert (name, told.cpu_quota, told.cpu_shares) == ("main", 300_000, 2048)
    assert main(pod)["restartCount"] == 0
    assert sum("ResizeError: no such file" in each for each in await node.events()) == 1


async def test_waiting_for_room(node: Node) -> None:
    await node.run("other", container={"resources": asking("3")}, terminationGracePeriodSeconds=0)
    await node.run("web", container={"resources": asking("1")})
    await node.wait("other", is_running)
    await node.wait("web", is_running)
    await resize(node, "web", asking("2"))
    pod = await node.wait("web", lambda pod: condition(pod, "PodResizePending"))
    assert condition(pod, "PodResizePending")["reason"] == "Deferred"
    assert node.runtime.updates == []
    await resize(node, "other", asking("1"))
    await node.wait("web", lambda pod: has(pod, "2"))
    await node.wait("other", lambda pod: has(pod, "1"))


async def test_a_container_that_starts_anew_gets_what_is_allocated(node: Node) -> None:
    await node.run("web", container={"resources": asking("1")})
    await node.wait("web", is_running)
    await resize(node, "web", asking("9"))
    await node.wait("web", lambda pod: condition(pod, "PodResizePending").get("reason") == "Infeasible")
    node.runtime.exit("main", 1)
    pod = await node.wait("web", lambda pod: main(pod)["restartCount"] == 1 and is_running(pod))
    assert main(pod)["resources"] == asking("1")
    await resize(node, "web", asking("1000m"))
    pod = await node.wait("web", lambda pod: not condition(pod, "PodResizePending"))
    assert node.runtime.updates == []
