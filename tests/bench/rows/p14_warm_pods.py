"""warm pod (image local) from create to Running: one at a time, and 30 at once"""

import asyncio
import json
import time

from tests.bench.containers import with_images
from tests.bench.support import Bench, Connected, connect, has_containers, percentile
from tests.e2e.support import images

NUMBER, AIM = "P14", "p50 <= 0.4 s, p99 <= 1 s"
PODS = "/api/v1/namespaces/default/pods"
ONE_BY_ONE, AT_ONCE = 10, 30


async def measure(bench: Bench) -> str:
    """Create pods and watch them until they run."""
    if not has_containers():
        return "needs root and containerd"
    cluster = bench.cluster("--runtime", "containerd")
    await asyncio.to_thread(cluster.up)
    try:
        await asyncio.to_thread(with_images, cluster, [images.busybox("docker.io/bench/busybox:1")])
        async with connect(cluster) as connected:
            await _run(connected, ["warm-up"])
            alone = [(await _run(connected, [f"alone-{number}"]))[0] for number in range(ONE_BY_ONE)]
            together = await _run(connected, [f"many-{number}" for number in range(AT_ONCE)])
        return (f"alone p50 {percentile(alone, 50):.2f} s; {AT_ONCE} at once p50 {percentile(together, 50):.2f} s, "
                f"p99 {percentile(together, 99):.2f} s")
    finally:
        await asyncio.to_thread(lambda: cluster.down(wipe=True))


async def _run(connected: Connected, names: list[str]) -> list[float]:
    """Create the pods; return how long each took to run, in seconds."""
    created: dict[str, float] = {}
    took: dict[str, float] = {}
    is_watching = asyncio.Event()

    async def watch() -> None:
        async with connected.session.get(f"{connected.server}{PODS}?watch=true", timeout=None) as answer:
            is_watching.set()
            async for line in answer.content:
                pod = json.loads(line)["object"]
                name = pod["metadata"]["name"]
                if name in names and name not in took and pod["status"].get("phase") == "Running":
                    took[name] = time.perf_counter() - created[name]
                    if len(took) == len(names):
                        return

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        group.create_task(watch())
        await is_watching.wait()
        for name in names:
            created[name] = time.perf_counter()
            group.create_task(connected.create(PODS, _pod(name)))
    return list(took.values())


def _pod(name: str) -> dict[str, object]:
    container = {"name": "c", "image": "bench/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "3600"]}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
