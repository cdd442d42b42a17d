"""2,000 pods onto 1,000 nodes through API and scheduler, from the first create until all are bound"""

import asyncio
import json
import time
from contextlib import aclosing, suppress
from typing import Any

from kubewheel.bench import upstream
from kubewheel.bench.clusters import Bench, Connected
from kubewheel.bench.load import rate
from kubewheel.bench.row import Figure, Row
from kubewheel.libs.tasks import create_task

NODES, PODS = 1000, 2000
PATH = "/api/v1/namespaces/default/pods"
SECONDS = 300.0


async def measure(bench: Bench) -> list[Figure]:
    """Let nobody but the scheduler work on objects that stand for nodes."""
    async with bench.running("--runtime", "simulated", "--nodes", "0", "--without", "controllers,node") as connected:
        ours = await _measure(connected)
    theirs: float | None = None
    if upstream.name(schedules=True):
        async with upstream.running(bench, schedules=True) as (connected, _):
            theirs = await _measure(connected)
    return [Figure("bound", ours, "/s", 244, theirs)]


async def _measure(connected: Connected) -> float:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    with suppress(RuntimeError):  # Where controllers run, they have made it.
        await connected.create("/api/v1/namespaces/default/serviceaccounts", account)
    await rate(NODES, 16, lambda number: _register(connected, f"node-{number}"))
    opened = asyncio.Event()
    started = 0.0

    async def count() -> float:
        bound = 0
        path = f"{PATH}?watch=true&fieldSelector=spec.nodeName!="
        async with aclosing(connected.watch(path, opened)) as found:  # type: ignore[type-var]
            async for line in found:
                bound += b'"ADDED"' in line
                if bound == PODS:
                    return time.perf_counter()
        raise RuntimeError(f"the watch ended after {bound} of {PODS} pods")

    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        counting = create_task(group, count(), name="count")
        await opened.wait()
        started = time.perf_counter()
        await rate(PODS, 16, lambda number: connected.create(PATH, _pod(f"pod-{number}")))
    return PODS / (counting.result() - started)


async def _register(connected: Connected, name: str) -> None:
    """Create a node; admission marks it as not ready, which nobody here would ever take back."""
    node = json.loads(await connected.create("/api/v1/nodes", _node(name)))
    if node["spec"].pop("taints", None):
        await connected.put(f"/api/v1/nodes/{name}", node)


def _node(name: str) -> dict[str, Any]:
    room = {"cpu": "32", "memory": "64Gi", "pods": "110"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "it is only written"}
    return {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"capacity": room, "allocatable": room, "conditions": [ready]},
    }


def _pod(name: str) -> dict[str, Any]:
    container = {"name": "c", "image": "load", "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]}}


ROW = Row(("P8",), ">= 4x (1,000/s)", measure)
