"""What rows stand on: clusters, a connection pool, memory and CPU of processes."""

import asyncio
import os
import shutil
import ssl
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import free_port

TOKEN = "bench-token-0123456789"


@dataclass
class Bench:
    """A folder for one row's cluster."""

    folder: Path
    clusters: list[Cluster] = field(default_factory=list)

    def cluster(self, *flags: str) -> Cluster:
        """Return a cluster that is not started yet, with a static administrator's token."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        tokens = self.folder / "tokens.csv"
        tokens.write_text(f'{TOKEN},bench,1,"system:masters"\n')
        own = ("--port", str(free_port()), "--kubelet-port", str(free_port()), "--token-auth-file", str(tokens))
        number = os.getpid() % 30 + 61
        ranges = ("--service-cluster-ip-range", f"10.60.{number}.0/24", "--cluster-cidr", f"10.{number}.0.0/16")
        return Cluster(self.folder / "data", home, (*own, *ranges, *flags))

    @asynccontextmanager
    async def running(self, *flags: str) -> AsyncIterator["Connected"]:
        """Run a cluster for the block."""
        cluster = self.cluster(*flags)
        await asyncio.to_thread(cluster.up)
        try:
            async with connect(cluster) as connected:
                yield connected
        finally:
            await asyncio.to_thread(lambda: cluster.down(wipe=True))


@dataclass
class Connected:
    """A cluster and connections to it."""

    cluster: Cluster
    session: aiohttp.ClientSession
    server: str

    async def get(self, path: str) -> bytes:
        """Return the body of a GET; fail on anything but 200."""
        async with self.session.get(self.server + path) as answer:
            body = await answer.read()
            assert answer.status == 200, body[:300]
            return body

    async def create(self, path: str, body: dict[str, Any]) -> None:
        """POST an object; fail on anything but 201."""
        async with self.session.post(self.server + path, json=body) as answer:
            text = await answer.read()
            assert answer.status == 201, text[:300]


@asynccontextmanager
async def connect(cluster: Cluster) -> AsyncIterator[Connected]:
    """Open a pool of connections to `cluster` with the static token."""
    context = ssl.create_default_context(cafile=str(cluster.data_dir / "pki" / "ca.crt"))
    connector = aiohttp.TCPConnector(ssl=context, limit=0)
    port = cluster.flags[cluster.flags.index("--port") + 1]
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        yield Connected(cluster, session, f"https://127.0.0.1:{port}")


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
        for _ in range(workers):
            group.create_task(worker())
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


def config_map(name: str, size: int = 900) -> dict[str, Any]:
    """Return a ConfigMap with `size` bytes of data."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": "x" * size}}


async def load_config_maps(connected: Connected, count: int) -> tuple[float, list[float]]:
    """Create `count` ConfigMaps over 16 connections; return rate and latencies."""
    path = "/api/v1/namespaces/default/configmaps"
    return await rate(count, 16, lambda number: connected.create(path, config_map(f"map-{number:05}")))


def has_containers() -> bool:
    """Tell whether rows that need containers can run."""
    return os.geteuid() == 0 and shutil.which("containerd") is not None
