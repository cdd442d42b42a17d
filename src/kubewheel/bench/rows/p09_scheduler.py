"""scheduler beside the API server in memory: 10,000 pods onto 5,000 nodes, decisions alone / bound through it"""

import asyncio
import time
from typing import Any

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.bench.clusters import Bench
from kubewheel.bench.row import Figure, Row
from kubewheel.client import Client
from kubewheel.libs.clock import RealClock
from kubewheel.libs.tasks import create_task
from kubewheel.libs.wire import Identity, Object, Request, Response, Transport
from kubewheel.scheduler import SchedulerSettings, prepare
from kubewheel.storage import Key
from kubewheel.storage.memory import MemoryStore

NODES, PODS = 5000, 10_000
GATE = 680  # Upstream's own gate for the same shape, on big machines.
SECONDS = 300.0
MASTER = Identity("bench", ("system:masters", "system:authenticated"))
SCHEDULER = Identity("system:kube-scheduler", ("system:authenticated",))
DONE = Response(status=201, object={"apiVersion": "v1", "kind": "Status", "status": "Success"})


class Counter:
    """A transport that counts bindings; `is_short` answers all writes itself, so that only decisions cost."""

    def __init__(self, transport: Transport, *, is_short: bool) -> None:
        self._transport = transport
        self._is_short = is_short
        self.bound = 0
        self.all_bound = asyncio.Event()

    async def send(self, request: Request) -> Response:
        """Return the answer, ours or the server's."""
        if request.method == "GET":
            return await self._transport.send(request)
        answer = DONE if self._is_short else await self._transport.send(request)
        if request.path.endswith("/binding"):
            self.bound += 1
            if self.bound == PODS:
                self.all_bound.set()
        return answer


async def measure(bench: Bench) -> list[Figure]:
    """Schedule the same cluster twice."""
    return [
        Figure("decided", await _measure(is_short=True), "/s", GATE),
        Figure("bound", await _measure(is_short=False), "/s", GATE),
    ]


async def _measure(*, is_short: bool) -> float:
    store, clock = MemoryStore(), RealClock()
    settings = ApiServerSettings(disabled_admission=("ServiceAccount", "TaintNodesByCondition"))
    server = ApiServer(store, Registry.builtin(), settings, clock)
    await server.bootstrap()
    master = Client(server.transport(MASTER), server.backend.registry)
    await _fill(store, await master.create(_node()), NODES)
    await _fill(store, await master.create(_pod(), namespace="default"), PODS)
    counter = Counter(server.transport(SCHEDULER), is_short=is_short)
    scheduler = prepare(Client(counter, server.backend.registry), clock=clock, settings=SchedulerSettings())
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        started = time.perf_counter()
        background = [
            create_task(group, server.run(), name="server"), create_task(group, scheduler.run(), name="scheduler"),
        ]
        await counter.all_bound.wait()
        elapsed = time.perf_counter() - started  # Reading the whole cluster included.
        for task in background:
            task.cancel()
    return PODS / elapsed


async def _fill(store: MemoryStore, first: Object, count: int) -> None:
    """Put copies of `first` beside it, as if each had come through the API."""
    resource, metadata = f"{first['kind'].lower()}s", first["metadata"]
    for number in range(1, count):
        name = f"{metadata['name'][:-1]}{number}"
        uid = f"00000000-0000-4000-8000-{len(resource):04}{number:08}"
        labels = {"labels": {"kubernetes.io/hostname": name}} if resource == "nodes" else {}
        copy = {**first, "metadata": {**metadata, "name": name, "uid": uid, **labels}}
        await store.write(Key(resource, metadata.get("namespace", ""), name), copy, expected=0)


def _node() -> dict[str, Any]:
    room = {"cpu": "32", "memory": "64Gi", "pods": "110"}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "node-0", "labels": {"kubernetes.io/hostname": "node-0"}},
        "status": {"capacity": room, "allocatable": room, "conditions": [{"type": "Ready", "status": "True"}]},
    }


def _pod() -> dict[str, Any]:
    container = {"name": "c", "image": "load", "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod-0"}, "spec": {"containers": [container]}}


ROW = Row(("P9",), ">= 1,000/s", measure)
