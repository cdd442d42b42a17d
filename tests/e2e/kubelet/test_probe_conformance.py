"""Probes of all kinds, all pods at the same time: who is restarted and who is not."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from kubewheel.libs.clock import parse_rfc3339
from kubewheel.libs.wire import Object
from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import Cluster, container_status, pod, sh

pytestmark = [pytest.mark.containerd, pytest.mark.slow]
conformance = pytest.mark.conformance
SERVING = b"\x08\x01"  # HealthCheckResponse{status: SERVING}


@pytest.fixture
async def cluster(machine: harness.Machine) -> AsyncIterator[Cluster]:
    async with harness.cluster(machine) as found:
        await found.start_agent(longest_crash_delay_seconds=1.0)
        yield found


@pytest.fixture
async def health_port() -> AsyncIterator[int]:
    """The port of a gRPC server on this machine that says that it is healthy."""
    async def check(_request: bytes, _context: Any) -> bytes:
        return SERVING

    server = grpc.aio.server()
    handler = grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)},
    )
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield port
    await server.stop(0)


def probed(name: str, script: str, kind: str = "livenessProbe", pod_spec: dict[str, Any] | None = None,
           **probe: Any) -> dict[str, Any]:
    check = {"periodSeconds": 1, "failureThreshold": 1, "timeoutSeconds": 1, **probe}
    return pod(name, *sh(f"trap 'exit 0' TERM; {script}; while :; do sleep 0.05; done"), container={kind: check},
               **(pod_spec or {}))


def http(path: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": 8080}}


SERVE = "mkdir -p /www; touch /www/healthz; httpd -p 8080 -h /www"


def stay(health_port: int) -> list[dict[str, Any]]:
    """Return pods that are not to be restarted."""
    on_host = {"hostNetwork": True}
    return [
        probed("exec-stays", "touch /tmp/health", exec={"command": ["cat", "/tmp/health"]}),
        probed("http-stays", SERVE, **http("/healthz"), initialDelaySeconds=1),
        probed("tcp-stays", f"{SERVE}; rm /www/healthz", tcpSocket={"port": 8080}, initialDelaySeconds=1),
        probed("grpc-stays", "true", pod_spec=on_host, grpc={"port": health_port}),
    ]


def restart(health_port: int) -> list[dict[str, Any]]:
    """Return pods whose probes fail after a while."""
    on_host = {"hostNetwork": True}
    return [
        probed("exec-goes", "touch /tmp/health; (sleep 1; rm /tmp/health) &", exec={"command": ["cat", "/tmp/health"]}),
        probed("http-goes", f"{SERVE}; (sleep 1; rm /www/healthz) &", **http("/healthz"), initialDelaySeconds=1),
        probed("tcp-goes", "true", tcpSocket={"port": 8080}, initialDelaySeconds=1),
        probed("grpc-goes", "true", pod_spec=on_host, grpc={"port": health_port + 1}, initialDelaySeconds=1),
    ]


@conformance("Pod liveness probe, using local file, no restart")
@conformance("Pod liveness probe, using local file, restart")
@conformance("Pod liveness probe, using http endpoint, failure")
@conformance("Pod liveness probe, using http endpoint, restart")
@conformance("Pod liveness probe, using tcp socket, no restart")
@conformance("Pod liveness probe, using grpc call, success")
@conformance("Pod liveness probe, using grpc call, failure")
@conformance("Pod liveness probe, using http endpoint, multiple restarts (slow)")
async def test_liveness(cluster: Cluster, health_port: int) -> None:
    staying, going = stay(health_port), restart(health_port)
    for body in (*staying, *going):
        await cluster.run(body)
    for body in staying:
        await cluster.running(body["metadata"]["name"])
    for body in going:
        await cluster.wait(body["metadata"]["name"], lambda found: container_status(found)["restartCount"] >= 1)
    counts: list[int] = []

    def has_five(found: Object) -> bool:
        counts.append(container_status(found)["restartCount"])
        return counts[-1] >= 5

    await cluster.wait("http-goes", has_five, 40)
    assert counts == sorted(counts)
    assert max(after - before for before, after in itertools.pairwise(counts)) == 1
    for body in staying:  # As long as another took to fail five times.
        found = await cluster.get(body["metadata"]["name"])
        assert container_status(found)["restartCount"] == 0


@conformance("Pod readiness probe, with initial delay")
@conformance("Pod readiness probe, failure")
async def test_readiness(cluster: Cluster) -> None:
    await cluster.run(probed("late", "true", "readinessProbe", exec={"command": ["true"]}, initialDelaySeconds=2))
    await cluster.run(probed("never", "true", "readinessProbe", exec={"command": ["false"]}))
    found = await cluster.running("late")
    started = parse_rfc3339(container_status(found)["state"]["running"]["startedAt"])
    [ready] = [each for each in found["status"]["conditions"] if each["type"] == "Ready"]
    assert parse_rfc3339(ready["lastTransitionTime"]) - started >= 2
    never = await cluster.get("never")
    assert harness.condition(never, "Ready") == "False"
    assert [container_status(each)["restartCount"] for each in (found, never)] == [0, 0]
