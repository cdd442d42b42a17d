"""rolling update of 50 pods under load on their Service: failed requests; from pod Ready to its rule in the kernel"""

import asyncio
import json
import time
import urllib.request
from contextlib import aclosing, suppress

from kubewheel.bench.clusters import Bench, Cluster, Connected
from kubewheel.bench.load import percentile
from kubewheel.bench.row import Figure, Row
from tests.bench import containers
from tests.e2e.support import images

PODS = 50
CLIENTS = 4
PAUSE_SECONDS = 0.01
RULE_SECONDS = 5.0  # A rule that comes later than that has not come.
MANIFEST = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {PODS}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: web
        image: bench/app:1
        imagePullPolicy: Never
        readinessProbe: {{httpGet: {{path: /, port: 3000}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 3000}}]}}
"""


class Moments:
    """When each pod became ready, and when its address first appeared in the kernel's rules."""

    def __init__(self) -> None:
        self.ready: dict[str, float] = {}
        self.ruled: dict[str, float] = {}

    async def watch_pods(self, connected: Connected, opened: asyncio.Event) -> None:
        path = "/api/v1/namespaces/default/pods?watch=true&labelSelector=app=web"
        async with aclosing(connected.watch(path, opened)) as found:
            async for line in found:
                status = json.loads(line)["object"].get("status", {})
                conditions = {each["type"]: each["status"] for each in status.get("conditions", ())}
                if conditions.get("Ready") == "True":
                    self.ready.setdefault(status["podIP"], time.perf_counter())

    async def watch_rules(self) -> None:
        process = await asyncio.create_subprocess_exec("nft", "monitor", "new", stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                for word in line.decode().replace(",", " ").replace("}", " ").split():
                    self.ruled.setdefault(word.partition(":")[0], time.perf_counter())
        finally:
            process.terminate()
            await process.wait()

    def delays(self) -> list[float]:
        """Return the seconds from ready to ruled; a pod that became ready has a rule, or it is a failure."""
        missing = self.ready.keys() - self.ruled.keys()
        if missing:
            raise RuntimeError(f"no rules for the ready pods {', '.join(sorted(missing))}")
        return [self.ruled[address] - moment for address, moment in self.ready.items()]


async def measure(bench: Bench) -> list[Figure]:
    """Update under load."""
    containers.needs_containers()
    versions = [images.application(f"docker.io/bench/app:{each}", each) for each in ("1", "2")]
    async with containers.running(bench, versions) as (cluster, connected):
        return await _measure(bench, cluster, connected)


async def _measure(bench: Bench, cluster: Cluster, connected: Connected) -> list[Figure]:
    manifest = bench.folder / "manifest.yaml"
    manifest.write_text(MANIFEST)
    moments, opened = Moments(), asyncio.Event()
    answers: list[str] = []
    async with asyncio.TaskGroup() as group:
        background = [
            group.create_task(moments.watch_pods(connected, opened)), group.create_task(moments.watch_rules())
        ]
        await opened.wait()
        await asyncio.to_thread(cluster.kubectl, "apply", "-f", str(manifest))
        await _rolled_out(cluster)
        service = json.loads(await connected.get("/api/v1/namespaces/default/services/web"))
        url = f"http://{service['spec']['clusterIP']}/"
        background += [group.create_task(_ask(url, answers)) for _ in range(CLIENTS)]
        await asyncio.sleep(1)
        started = time.perf_counter()
        await asyncio.to_thread(cluster.kubectl, "set", "image", "deployment/web", "web=bench/app:2")
        await _rolled_out(cluster)
        took = time.perf_counter() - started
        with suppress(TimeoutError):
            async with asyncio.timeout(RULE_SECONDS):
                while moments.ready.keys() - moments.ruled.keys():
                    await asyncio.sleep(PAUSE_SECONDS)
        for task in background:
            task.cancel()
    failed = [each for each in answers if "version" not in each]
    delays = moments.delays()
    return [
        Figure("failed", len(failed), f" of {len(answers):,} requests"), Figure("took", took, " s"),
        Figure("ready to rule p50", percentile(delays, 50) * 1000, " ms"),
        Figure("max", max(delays) * 1000, " ms"),
    ]


async def _rolled_out(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.kubectl, "rollout", "status", "deployment/web", "--timeout=170s")


async def _ask(url: str, answers: list[str]) -> None:
    def ask() -> str:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError as error:
            return str(error)

    with suppress(asyncio.CancelledError):
        while True:
            answers.append(await asyncio.to_thread(ask))
            await asyncio.sleep(PAUSE_SECONDS)


ROW = Row(("P15",), "no failed request; <= 100 ms", measure)
