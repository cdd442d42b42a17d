"""warm pod (image local) from create to Running: one at a time, and 30 at once"""

import asyncio
import json
import time
from contextlib import aclosing

from kubewheel.bench.clusters import Bench, Connected
from kubewheel.bench.load import percentile
from kubewheel.bench.row import Figure, Row
from tests.bench import containers
from tests.e2e.support import images

PODS = "/api/v1/namespaces/default/pods"
ONE_BY_ONE, AT_ONCE = 10, 30


async def measure(bench: Bench) -> list[Figure]:
    """Create pods and watch them until they run."""
    containers.needs_containers()
    async with containers.running(bench, [images.busybox("docker.io/bench/busybox:1")]) as (_, connected):
        await _run(connected, ["warm-up"])
        alone = [(await _run(connected, [f"alone-{number}"]))[0] for number in range(ONE_BY_ONE)]
        together = await _run(connected, [f"many-{number}" for number in range(AT_ONCE)])
    return [
        Figure("alone p50", percentile(alone, 50), " s"),
        Figure(f"{AT_ONCE} at once p50", percentile(together, 50), " s"),
        Figure("p99", percentile(together, 99), " s", 5.0, more_is_better=False),
    ]


async def _run(connected: Connected, names: list[str]) -> list[float]:
    """Create the pods; return how long each took to run, in seconds."""
    created: dict[str, float] = {}
    took: dict[str, float] = {}
    opened = asyncio.Event()

    async def watch() -> None:
        async with aclosing(connected.watch(f"{PODS}?watch=true", opened)) as found:
            async for line in found:
                pod = json.loads(line)["object"]
                name = pod["metadata"]["name"]
                if name in names and name not in took and pod["status"].get("phase") == "Running":
                    took[name] = time.perf_counter() - created[name]
                    if len(took) == len(names):
                        return

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        group.create_task(watch())
        await opened.wait()
        for name in names:
            created[name] = time.perf_counter()
            group.create_task(connected.create(PODS, _pod(name)))
    return list(took.values())


def _pod(name: str) -> dict[str, object]:
    container = {"name": "c", "image": "bench/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "3600"]}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


ROW = Row(("P14",), "p50 <= 0.4 s, p99 <= 1 s", measure)
