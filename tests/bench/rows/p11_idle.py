"""whole idle cluster with one node (containerd if here): memory, CPU of one core"""

import asyncio

from tests.bench.support import Bench, cpu_seconds, has_containers, rss_megabytes

NUMBER, AIM = "P11-12", "<= 200 MB, <= 1 %"
SETTLE_SECONDS, WINDOW_SECONDS = 10, 30


async def measure(bench: Bench) -> str:
    """Let the cluster settle, then watch it doing nothing."""
    runtime = "containerd" if has_containers() else "simulated"
    async with bench.running("--runtime", runtime) as connected:
        process = connected.cluster.process()
        await asyncio.sleep(SETTLE_SECONDS)
        before = cpu_seconds(process)
        await asyncio.sleep(WINDOW_SECONDS)
        used = (cpu_seconds(process) - before) / WINDOW_SECONDS * 100
        return f"{rss_megabytes(process):.0f} MB, {used:.1f} % ({runtime})"
