"""watch fan-out: 200 watchers x 300 creates / 1,000 x 50, events per second"""

import asyncio
import time

from tests.bench.support import Bench, Connected, config_map

NUMBER, AIM = "P7", ">= 3x (29,000; 31,000)"


async def measure(bench: Bench) -> str:
    """Open the watches, create, count the lines that come in."""
    async with bench.running("--runtime", "simulated", "--nodes", "0") as connected:
        first = await _fan_out(connected, "a", 200, 300)
        second = await _fan_out(connected, "b", 1000, 50)
    return f"{first:,.0f}/s / {second:,.0f}/s"


async def _fan_out(connected: Connected, prefix: str, watchers: int, creates: int) -> float:
    path = "/api/v1/namespaces/default/configmaps"
    opened = asyncio.Semaphore(0)

    async def watch() -> None:
        seen = 0
        label = f"?watch=true&labelSelector=bench%3D{prefix}&resourceVersion=0"
        async with connected.session.get(connected.server + path + label) as answer:
            opened.release()
            async for line in answer.content:
                seen += b'"ADDED"' in line
                if seen >= creates:
                    return

    async with asyncio.TaskGroup() as group:
        for _ in range(watchers):
            group.create_task(watch())
        for _ in range(watchers):
            await opened.acquire()
        started = time.perf_counter()
        for number in range(creates):
            body = config_map(f"{prefix}-{number}", 100)
            body["metadata"]["labels"] = {"bench": prefix}
            group.create_task(connected.create(path, body))
    return watchers * creates / (time.perf_counter() - started)
