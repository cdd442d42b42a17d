"""cold start to /readyz ok, empty data dir / warm restart"""

import asyncio
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from tests.bench.support import Bench
from tests.e2e.support.cluster import KUBEWHEEL, Cluster

NUMBER, AIM = "P1", "<= 0.7 s / <= 0.4 s"


async def measure(bench: Bench) -> str:
    """Start twice; the first start makes certificates, the second one finds them."""
    cluster = bench.cluster("--runtime", "simulated", "--nodes", "0")
    cold = await asyncio.to_thread(_start, cluster)
    cluster.down()
    warm = await asyncio.to_thread(_start, cluster)
    cluster.down(wipe=True)
    return f"{cold:.2f} s / {warm:.2f} s"


def _start(cluster: Cluster) -> float:
    started = time.perf_counter()
    command = [str(KUBEWHEEL), "up", "--data-dir", str(cluster.data_dir), *cluster.flags]
    with subprocess.Popen(command, env=cluster.env, stdout=subprocess.DEVNULL) as process:
        port = cluster.flags[cluster.flags.index("--port") + 1]
        context = ssl._create_unverified_context()
        while True:
            try:
                with urllib.request.urlopen(f"https://127.0.0.1:{port}/readyz", context=context, timeout=5) as answer:
                    if answer.status == 200:
                        elapsed = time.perf_counter() - started
                        break
            except (urllib.error.URLError, OSError):
                time.sleep(0.005)
        process.wait()
    return elapsed
