"""`up` from stopped to first pod Running and its Service answering by DNS name, image local"""

import asyncio
import time

from tests.bench.containers import with_images
from tests.bench.support import Bench, has_containers
from tests.e2e.support import images
from tests.e2e.support.cluster import Cluster
from tests.e2e.support.waiting import eventually

NUMBER, AIM = "P10", "<= 5 s"

MANIFEST = """
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: bench/nginx:1, imagePullPolicy: Never}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: client, image: bench/busybox:1, imagePullPolicy: Never, command: [sleep, "3600"]}]}
"""


async def measure(bench: Bench) -> str:
    """Stop a cluster that has its images, then start it and reach a Service from a pod."""
    if not has_containers():
        return "needs root and containerd"
    return await asyncio.to_thread(_measure, bench)


def _measure(bench: Bench) -> str:
    cluster = bench.cluster("--runtime", "containerd")
    cluster.up()
    try:
        made = [images.nginx_like("docker.io/bench/nginx:1"), images.busybox("docker.io/bench/busybox:1")]
        with_images(cluster, made)
        cluster.down()
        started = time.perf_counter()
        cluster.up()
        ready = time.perf_counter() - started
        cluster.apply(MANIFEST)
        eventually(lambda: "Welcome" in _page(cluster), lambda: f"the Service does not answer: {_page(cluster)}", 10)
        return f"{time.perf_counter() - started:.2f} s (node Ready after {ready:.2f} s)"
    finally:
        cluster.down(wipe=True)


def _page(cluster: Cluster) -> str:
    done = cluster.kubectl("exec", "client", "--", "timeout", "2", "wget", "-qO-", "http://web", check=False)
    return done.out + done.err
