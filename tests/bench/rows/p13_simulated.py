"""simulated: 100 nodes, 2,000 pods / 1,000 nodes, 20,000 pods Running: pods per second, memory"""

import asyncio
import json
import time

from tests.bench.support import Bench, Connected, rss_megabytes

NUMBER, AIM = "P13", ">= 300 pods/s, <= 2 GB"
PODS_PER_DEPLOYMENT = 500
SECONDS = 400.0


async def measure(bench: Bench) -> str:
    """Run the small and the large case."""
    results = []
    for nodes, pods in ((100, 2000), (1000, 20000)):
        async with bench.running("--runtime", "simulated", "--nodes", str(nodes)) as connected:
            started = time.perf_counter()
            running = await _run(connected, pods)
            elapsed = time.perf_counter() - started
            memory = rss_megabytes(connected.cluster.process())
            results.append(f"{running / elapsed:.0f}/s, {memory:.0f} MB" + ("" if running == pods else f" ({running})"))
    return " / ".join(results)


async def _run(connected: Connected, pods: int) -> int:
    """Create Deployments with `pods` replicas in all; return how many pods run in the end."""
    path = "/apis/apps/v1/namespaces/default/deployments"
    for number in range(pods // PODS_PER_DEPLOYMENT):
        await connected.create(path, _deployment(f"load-{number}"))
    deadline = time.monotonic() + SECONDS
    running = 0
    while running < pods and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        found = json.loads(await connected.get(path))["items"]
        running = sum(item.get("status", {}).get("readyReplicas", 0) for item in found)
    return running


def _deployment(name: str) -> dict[str, object]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": PODS_PER_DEPLOYMENT, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "load"}]}}},
    }
