"""cold start to /readyz ok with an empty data directory (certificates included) / warm restart"""

import asyncio
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from kubewheel.bench import upstream
from kubewheel.bench.clusters import Bench, Cluster
from kubewheel.bench.row import Figure, Row

TRIES = 3


async def measure(bench: Bench) -> list[Figure]:
    """Start twice, several times: the first start makes certificates, the second one finds them."""
    colds, warms = [], []
    for _ in range(TRIES):
        cluster = bench.cluster("--runtime", "simulated", "--nodes", "0")
        colds.append(await asyncio.to_thread(_start, cluster))
        cluster.down()
        warms.append(await asyncio.to_thread(_start, cluster))
        cluster.down(wipe=True)
    theirs = await asyncio.to_thread(_upstream, bench) if upstream.name() else None
    return [
        Figure("cold", min(colds), " s", 3.9, theirs, more_is_better=False), Figure("warm", min(warms), " s"),
    ]


def _upstream(bench: Bench) -> float:
    folder = bench.folder / "upstream"
    folder.mkdir()
    servers = upstream.Servers(folder)
    try:
        return servers.start(bench.tokens(), schedules=False)
    finally:
        servers.stop()


def _start(cluster: Cluster) -> float:
    started = time.perf_counter()
    words = cluster.words("up", *cluster.flags)
    with subprocess.Popen(words, env=cluster.env, stdout=subprocess.DEVNULL) as process:
        context = ssl._create_unverified_context()  # noqa: S323 - it is only asked whether it is up
        url = f"https://127.0.0.1:{cluster.port}/readyz"
        while True:
            try:
                with urllib.request.urlopen(url, context=context, timeout=5) as answer:
                    if answer.status == 200:
                        elapsed = time.perf_counter() - started
                        break
            except (urllib.error.URLError, OSError):
                time.sleep(0.005)
        process.wait()
    return elapsed


ROW = Row(("P1",), "<= 0.7 s / <= 0.4 s", measure)
