"""whole idle cluster with one node (with containers where they can run): memory; CPU of one core"""

import asyncio

from kubewheel.bench.clusters import Bench, has_containers
from kubewheel.bench.load import cpu_seconds, rss_megabytes
from kubewheel.bench.row import Figure, Row

SETTLE_SECONDS, WINDOW_SECONDS = 10, 30


async def measure(bench: Bench) -> list[Figure]:
    """Let the cluster settle, then watch it doing nothing."""
    runtime = "containerd" if has_containers() else "simulated"
    async with bench.running("--runtime", runtime) as connected:
        await asyncio.sleep(SETTLE_SECONDS)
        before = cpu_seconds(connected.process)
        await asyncio.sleep(WINDOW_SECONDS)
        used = (cpu_seconds(connected.process) - before) / WINDOW_SECONDS * 100
        memory = rss_megabytes(connected.process)
    return [
        Figure(f"memory ({runtime})", memory, " MB", 653, more_is_better=False),
        Figure("CPU", used, " %", 6.1, more_is_better=False),
    ]


ROW = Row(("P11", "P12"), "<= 200 MB; <= 1 %", measure)
