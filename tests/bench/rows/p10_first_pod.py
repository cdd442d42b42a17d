"""`up` from stopped to first pod Running and its Service answering by DNS name, image local"""

import asyncio
import subprocess
import time

from kubewheel.bench.clusters import Bench, Cluster
from kubewheel.bench.row import Figure, Row
from tests.bench import containers
from tests.e2e.support import images
from tests.e2e.support.waiting import eventually

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


async def measure(bench: Bench) -> list[Figure]:
    """Stop a cluster that has its images, then start it and reach a Service from a pod."""
    containers.needs_containers()
    return await asyncio.to_thread(_measure, bench)


def _measure(bench: Bench) -> list[Figure]:
    cluster = bench.cluster("--runtime", "containerd")
    manifest = bench.folder / "manifest.yaml"
    manifest.write_text(MANIFEST)
    try:
        cluster.up()
        made = [images.nginx_like("docker.io/bench/nginx:1"), images.busybox("docker.io/bench/busybox:1")]
        containers.with_images(cluster, made)
        cluster.down()
        started = time.perf_counter()
        cluster.up()
        ready = time.perf_counter() - started
        cluster.kubectl("apply", "-f", str(manifest))
        eventually(lambda: "Welcome" in _page(cluster), lambda: f"the Service does not answer: {_page(cluster)}", 10)
        answers = time.perf_counter() - started
    finally:
        cluster.down(wipe=True)
    # Upstream by hand: node Ready after 22.7 s, first pod 1.3 s later.
    return [
        Figure("Service answers", answers, " s", 24.0, more_is_better=False),
        Figure("node Ready", ready, " s", 22.7, more_is_better=False),
    ]


def _page(cluster: Cluster) -> str:
    words = cluster.words("kubectl", "exec", "client", "--", "timeout", "2", "wget", "-qO-", "http://web")
    done = subprocess.run(words, env=cluster.env, capture_output=True, text=True)
    return done.stdout + done.stderr


ROW = Row(("P10",), "<= 5 s", measure)
