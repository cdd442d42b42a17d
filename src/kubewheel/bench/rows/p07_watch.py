"""watch fan-out: 200 watchers x 300 creates / 1,000 x 50, events per second; none may be lost"""

import asyncio
import time
from contextlib import aclosing

from kubewheel.bench import upstream
from kubewheel.bench.clusters import MAPS, Bench, Connected, config_map
from kubewheel.bench.row import Figure, Row
from kubewheel.libs.tasks import create_task

SHAPES = ((200, 300, 29_000), (1000, 50, 31_000))


async def measure(bench: Bench) -> list[Figure]:
    """Open the watches, create, count the lines that come in."""
    async with bench.running("--runtime", "simulated", "--nodes", "0") as connected:
        ours = [await _fan_out(connected, *shape[:2]) for shape in SHAPES]
    theirs: list[float] | None = None
    if upstream.name():
        async with upstream.running(bench) as (connected, _):
            theirs = [await _fan_out(connected, *shape[:2]) for shape in SHAPES]
    return [
        Figure(f"{watchers:,} x {creates}", ours[index], "/s", anchor, theirs[index] if theirs else None)
        for index, (watchers, creates, anchor) in enumerate(SHAPES)
    ]


async def _fan_out(connected: Connected, watchers: int, creates: int) -> float:
    opened, prefix = asyncio.Semaphore(0), f"w{watchers}"
    path = f"{MAPS}?watch=true&labelSelector=bench={prefix}&resourceVersion=0"

    async def watch() -> None:
        seen = 0
        async with aclosing(connected.watch(path, opened)) as found:  # type: ignore[type-var]
            async for line in found:
                seen += b'"ADDED"' in line
                if seen >= creates:
                    return
        raise RuntimeError(f"a watch ended after {seen} of {creates} events")

    async with asyncio.TaskGroup() as group:
        for index in range(watchers):
            create_task(group, watch(), name=f"watch-{index}")
        for _ in range(watchers):
            await opened.acquire()
        started = time.perf_counter()
        for number in range(creates):
            body = config_map(f"{prefix}-{number}", 100)
            body["metadata"]["labels"] = {"bench": prefix}
            create_task(group, connected.create(MAPS, body), name=f"create-{number}")
    return watchers * creates / (time.perf_counter() - started)


ROW = Row(("P7",), ">= 3x", measure)
