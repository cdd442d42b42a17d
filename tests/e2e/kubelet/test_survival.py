"""The agent, containerd, shims and sandboxes die; pods go on, and what happened meanwhile is told right."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from kubewheel.kubelet import cleanup
from kubewheel.libs import cgroups, mounts
from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import Cluster, container_status, phase, pod, sh

pytestmark = [pytest.mark.containerd, pytest.mark.slow]
LOOP = sh("trap 'exit 0' TERM; while :; do sleep 0.05; done")


async def test_agent_starts_anew(cluster: Cluster) -> None:
    flag = cluster.machine.data_dir / "share"
    flag.mkdir()
    share = {"container": {"volumeMounts": [{"name": "s", "mountPath": "/s"}]},
             "volumes": [{"name": "s", "hostPath": {"path": str(flag)}}]}
    ends = sh("while [ ! -e /s/end ]; do sleep 0.05; done; exit 5")
    await cluster.run(pod("stays", *LOOP))
    await cluster.run(pod("ends", *ends, restartPolicy="Never", **share))
    await cluster.run(pod("deleted", *LOOP))
    await cluster.run(pod("forgotten", *LOOP))
    before = {name: await cluster.running(name) for name in ("stays", "ends", "deleted", "forgotten")}
    await cluster.stop_agent()
    (flag / "end").touch()
    await cluster.delete("deleted", grace=1)
    await cluster.delete("forgotten", grace=0)
    await cluster.gone("forgotten")
    await cluster.start_agent()
    ended = await cluster.wait("ends", lambda found: phase(found) == "Failed")
    assert container_status(ended)["state"]["terminated"]["exitCode"] == 5
    await cluster.gone("deleted")
    after = await cluster.running("stays")
    assert container_status(after)["containerID"] == container_status(before["stays"])["containerID"]
    assert container_status(after)["restartCount"] == 0

    async def only_wanted() -> bool:
        assert cluster.runtime is not None
        return {found.name for found in await cluster.runtime.list_sandboxes()} == {"stays", "ends"}

    await cluster.until(only_wanted, "forgotten pods are removed")


async def test_containerd_dies(cluster: Cluster) -> None:
    await cluster.run(pod("stays", *LOOP))
    before = await cluster.running("stays")
    pid = cluster.machine.containerd.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await cluster.machine.containerd.start()
    await cluster.run(pod("next", *LOOP))
    await cluster.running("next")
    after = await cluster.running("stays")
    assert container_status(after)["containerID"] == container_status(before)["containerID"]


async def test_sandbox_dies(cluster: Cluster) -> None:
    await cluster.run(pod("reborn", *LOOP))
    before = await cluster.running("reborn")
    assert cluster.runtime is not None
    sandbox = (await cluster.runtime.list_sandboxes(before["metadata"]["uid"]))[0]
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"containerd-shim-runc-v2" in words[0] and sandbox.id.encode() in words:
                os.kill(int(process.name), signal.SIGKILL)
    after = await cluster.wait("reborn", lambda found: container_status(found)["restartCount"] == 1
                               and harness.is_ready(found), seconds=40)
    assert container_status(after)["lastState"]["terminated"]["exitCode"] in (137, 255)


async def test_machine_forgets_everything(cluster: Cluster) -> None:
    """As after `down` or a new set-up of the machine: the API knows pods that the runtime has nothing of."""
    await cluster.run(pod("again", *LOOP))
    before = await cluster.running("again")
    await cluster.stop_agent()
    runtime = cluster.machine.runtime()
    for found in await runtime.list_sandboxes():
        await runtime.stop_sandbox(found.id)
        await runtime.remove_sandbox(found.id)
    await runtime.close()
    await cluster.start_agent()
    after = await cluster.wait("again", lambda found: harness.is_ready(found) and container_status(found)[
        "containerID"] != container_status(before)["containerID"])
    assert container_status(after)["restartCount"] == 1


async def test_leftovers_of_a_crash_are_removed(cluster: Cluster) -> None:
    await cluster.stop_agent()
    data, uid = cluster.machine.data_dir, "11111111-2222-3333-4444-555555555555"
    places = [
        data / "pods" / uid / "volumes", data / "logs" / "pods" / f"default_gone_{uid}",
        Path(f"/sys/fs/cgroup/memory{harness.CGROUP_ROOT}/kubepods/besteffort/pod{uid}"),
    ]
    for place in places:
        place.mkdir(parents=True)
    await cluster.start_agent()

    async def removed() -> bool:
        return not any(place.exists() for place in places)

    await cluster.until(removed, "leftovers are removed")


async def test_what_an_interrupted_sandbox_leaves_goes_with_the_runtime(machine: harness.Machine) -> None:
    """containerd forgets a sandbox whose making was cut off; its namespace stays mounted, its process in its group."""
    folder = machine.data_dir / "containerd/state/io.containerd.grpc.v1.cri/netns"
    folder.mkdir(parents=True, exist_ok=True)
    point = folder / "cni-forgotten"
    point.touch()
    mounts.mount("/proc/self/ns/net", point, flags=mounts.MS_BIND)
    root = machine.settings().cgroup_root
    cgroups.make(f"{root}/forgotten")
    group = next(place / root.strip("/") / "forgotten" for place in cgroups.hierarchies().values()
                 if (place / root.strip("/") / "forgotten").exists())
    process = await asyncio.create_subprocess_exec("sleep", "60")
    (group / "cgroup.procs").write_text(str(process.pid))
    await machine.containerd.stop()
    await machine.containerd.remove_remains()
    await cleanup.remove_places(machine.settings())
    assert await process.wait() == -signal.SIGKILL
    assert not mounts.below(machine.data_dir / "containerd")
    assert not group.exists()
