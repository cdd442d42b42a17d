"""simulated nodes with 20 pods each, from Deployments, until all run: pods per second, memory; growth with --nodes"""

import asyncio
import json
import time

from kubewheel.bench.clusters import Bench, Connected
from kubewheel.bench.load import rss_megabytes
from kubewheel.bench.row import Figure, Row

NODES = (100, 1000)
PODS_PER_NODE = 20
PODS_PER_DEPLOYMENT = 500
SECONDS = 900.0
KWOK = 20  # pods per second
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


async def measure(bench: Bench) -> list[Figure]:
    """Run each size in a cluster of its own."""
    figures = []
    for nodes in bench.nodes or NODES:
        pods = nodes * PODS_PER_NODE
        started = time.perf_counter()
        async with bench.running("--runtime", "simulated", "--nodes", str(nodes)) as connected:
            ready = time.perf_counter() - started
            started = time.perf_counter()
            await _run(connected, pods)
            elapsed = time.perf_counter() - started
            memory = rss_megabytes(connected.process)
        figures += [
            Figure(f"{nodes:,} nodes up", ready, " s"), Figure(f"{pods:,} pods", pods / elapsed, "/s", KWOK),
            Figure("memory", memory, " MB"),
        ]
    return figures


async def _run(connected: Connected, pods: int) -> None:
    """Create Deployments with `pods` replicas in all; return when they run."""
    for number, replicas in enumerate(shares(pods)):
        await connected.create(DEPLOYMENTS, _deployment(f"load-{number}", replicas))
    deadline = time.monotonic() + SECONDS
    running = 0
    while running < pods:
        if time.monotonic() > deadline:
            raise RuntimeError(f"after {SECONDS:g} s only {running} of {pods} pods run")
        await asyncio.sleep(0.5)
        found = json.loads(await connected.get(DEPLOYMENTS))["items"]
        running = sum(item.get("status", {}).get("readyReplicas", 0) for item in found)


def shares(pods: int) -> list[int]:
    """Return how many replicas each Deployment has: all together exactly `pods`."""
    full, rest = divmod(pods, PODS_PER_DEPLOYMENT)
    return [PODS_PER_DEPLOYMENT] * full + [rest] * (rest > 0)


def _deployment(name: str, replicas: int) -> dict[str, object]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "load"}]}}},
    }


ROW = Row(("P13",), ">= 300 pods/s, <= 2 GB", measure)
