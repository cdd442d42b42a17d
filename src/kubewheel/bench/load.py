"""Load and what it costs: many requests at a time, percentiles, memory and CPU of processes."""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from kubewheel.libs.tasks import create_task


async def rate(count: int, workers: int, work: Callable[[int], Awaitable[object]]) -> tuple[float, list[float]]:
    """Do `work(0)` ... `work(count - 1)` with `workers` at a time; return the rate per second and all latencies."""
    numbers = iter(range(count))
    latencies: list[float] = []

    async def worker() -> None:
        for number in numbers:
            before = time.perf_counter()
            await work(number)
            latencies.append(time.perf_counter() - before)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for index in range(workers):
            create_task(group, worker(), name=f"worker-{index}")
    return count / (time.perf_counter() - started), latencies


def percentile(values: Sequence[float], share: int) -> float:
    """Return the value below which `share` percent of `values` lie."""
    return statistics.quantiles(values, n=100)[share - 1]


def rss_megabytes(process: int) -> float:
    """Return the resident memory of a process in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process has used."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def machine_load() -> str:
    """Say what the machine is and how busy it was meanwhile: figures mean nothing without."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), "unknown processor",
    )
    return f"{os.cpu_count()} cores, {model}; load {os.getloadavg()[0]:.1f}"
