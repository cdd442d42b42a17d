"""The agent's behaviour over time, with a scripted runtime."""

from typing import Any

from kubewheel.libs.wire import Object
from tests.component.kubelet.conftest import NODE, Node

DELAYS = [10, 20, 40, 80, 160]


def main(pod: Object) -> dict[str, Any]:
    return dict(pod["status"]["containerStatuses"][0])


def is_running(pod: Object) -> bool:
    return "running" in main(pod)["state"]


def reason(pod: Object) -> str:
    return str(main(pod)["state"]["waiting"]["reason"])


async def test_crash_back_off_doubles_and_is_forgotten(node: Node) -> None:
    await node.run("web")
    await node.wait("web", is_running)
    delays = []
    for count in range(1, 7):
        node.runtime.exit("main", 1)
        crashed = node.clock.now()
        while node.runtime.newest("main").container.attempt < count:
            await node.step(1)
        delays.append(round(node.clock.now() - crashed))
    # The first start again is immediate. The test's clock goes on while the agent works, a busy machine's further.
    assert delays[0] <= 5
    assert [least for delay, least in zip(delays[1:], DELAYS, strict=True) if least <= delay < 1.5 * least] == DELAYS
    await node.step(700)
    node.runtime.exit("main", 1)
    await node.wait("web", lambda pod: main(pod)["restartCount"] == 7)


async def test_back_off_is_shown(node: Node) -> None:
    await node.run("web")
    await node.wait("web", is_running)
    node.runtime.exit("main", 1)
    await node.wait("web", lambda pod: main(pod)["restartCount"] == 1 and is_running(pod))
    node.runtime.exit("main", 2)
    pod = await node.wait("web", lambda pod: reason(pod) == "CrashLoopBackOff")
    assert main(pod)["lastState"]["terminated"]["exitCode"] == 2
    await node.step(11)
    await node.wait("web", lambda pod: main(pod)["restartCount"] == 2 and is_running(pod))


async def test_an_image_that_is_looked_for_again_does_not_delay_the_first_restart(node: Node) -> None:
    node.runtime.images.add("docker.io/library/busybox:latest")
    await node.run("web", container={"image": "busybox:latest"})
    await node.wait("web", is_running)
    node.runtime.exit("main", 1)
    await node.wait("web", lambda pod: main(pod)["restartCount"] == 1 and is_running(pod))


async def test_image_back_off(node: Node) -> None:
    await node.run("web", container={"image": "none:1"})
    await node.wait("web", lambda pod: reason(pod) == "ErrImagePull")
    await node.step(3)
    await node.wait("web", lambda pod: reason(pod) == "ImagePullBackOff")
    assert len(node.runtime.pulls) == 1
    await node.step(8)
    assert len(node.runtime.pulls) == 2
    await node.step(12)
    assert len(node.runtime.pulls) == 2
    node.runtime.images.add("docker.io/library/none:1")
    await node.step(9)
    await node.wait("web", is_running)


async def test_sandbox_is_made_anew(node: Node) -> None:
    await node.run("web")
    await node.wait("web", is_running)
    node.runtime.lose_sandbox()
    pod = await node.wait("web", lambda pod: main(pod)["restartCount"] == 1 and is_running(pod))
    assert main(pod)["lastState"]["terminated"]["exitCode"] == 255
    assert {sandbox.attempt for sandbox in node.runtime.sandboxes.values()} >= {1}


async def test_sandbox_fault_is_told_and_tried_again(node: Node) -> None:
    node.runtime.sandbox_faults.append("no room")
    await node.run("web")
    text = "FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = no room"

    async def told() -> bool:
        return text in await node.events()

    await node.until(told)
    await node.step(1)
    await node.wait("web", is_running)


async def test_start_fault(node: Node) -> None:
    node.runtime.start_faults.extend(["bad command"] * 2)
    await node.run("web")
    await node.wait("web", lambda pod: main(pod)["restartCount"] == 1 and reason(pod) == "CrashLoopBackOff")
    await node.step(11)
    await node.wait("web", is_running)


async def test_grace_is_the_pods(node: Node) -> None:
    await node.run("web", terminationGracePeriodSeconds=7)
    await node.wait("web", is_running)
    await node.admin.delete("Pod", "web", "default")

    async def gone() -> bool:
        return not (await node.admin.list("Pod", "default")).items and not node.runtime.sandboxes

    await node.until(gone)
    assert node.runtime.stops == [("main", 7)]


async def test_runtime_that_goes_away_makes_the_node_not_ready(node: Node) -> None:
    node.runtime.down = True
    await node.step(11)
    found = await node.admin.get("Node", NODE)
    ready = next(each for each in found["status"]["conditions"] if each["type"] == "Ready")
    assert (ready["status"], ready["message"]) == ("False", "container runtime is down: down")
    node.runtime.down = False
    await node.step(11)
    await node.run("web")
    await node.wait("web", is_running)


async def test_lease_is_renewed(node: Node) -> None:
    before = await node.admin.get("Lease.coordination.k8s.io", NODE, "kube-node-lease")
    await node.step(21)
    after = await node.admin.get("Lease.coordination.k8s.io", NODE, "kube-node-lease")
    assert after["spec"]["renewTime"] > before["spec"]["renewTime"]
    assert after["spec"]["holderIdentity"] == NODE


async def test_node_object(node: Node) -> None:
    found = await node.admin.get("Node", NODE)
    assert found["metadata"]["labels"]["kubernetes.io/hostname"] == NODE
    assert found["status"]["capacity"]["cpu"] == "4"
    assert found["status"]["nodeInfo"]["containerRuntimeVersion"] == "scripted://1"
    assert found["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.37.")
    assert found["status"]["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 10250}}


async def test_idle_pod_costs_no_writes(node: Node) -> None:
    await node.run("web")
    pod = await node.wait("web", is_running)
    await node.step(200)
    assert (await node.admin.get("Pod", "web", "default"))["metadata"]["resourceVersion"] == (
        pod["metadata"]["resourceVersion"]
    )
