"""Probes of running containers."""

import pytest

from tests.e2e.kubelet import harness
from tests.e2e.kubelet.harness import Cluster, container_status, pod, sh

pytestmark = [pytest.mark.containerd, pytest.mark.slow]


async def test_readiness_follows_the_probe(cluster: Cluster) -> None:
    await cluster.run(pod("web", *sh("mkdir /www; httpd -f -p 80 -h /www"), container={
        "ports": [{"name": "http", "containerPort": 80}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 1, "failureThreshold": 1},
    }))
    found = await cluster.wait("web", lambda found: "running" in container_status(found)["state"])
    assert harness.condition(found, "Ready") == "False"
    await cluster.exec("web", "touch", "/www/ready")
    await cluster.running("web")
    await cluster.exec("web", "rm", "/www/ready")
    await cluster.wait("web", lambda found: not harness.is_ready(found))
    events = await cluster.events("web")
    assert "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404" in events


async def test_liveness_restarts(cluster: Cluster) -> None:
    await cluster.run(pod("sick", *sh("trap 'exit 0' TERM; touch /tmp/ok; while :; do sleep 0.05; done"), container={
        "livenessProbe": {"exec": {"command": ["cat", "/tmp/ok"]}, "periodSeconds": 1, "failureThreshold": 1},
    }))
    await cluster.running("sick")
    await cluster.exec("sick", "rm", "/tmp/ok")
    found = await cluster.wait("sick", lambda found: container_status(found)["restartCount"] == 1)
    assert container_status(found)["lastState"]["terminated"]["exitCode"] == 0
    events = await cluster.events("sick")
    assert "Killing: Container main failed liveness probe, will be restarted" in events
    assert any(event.startswith("Unhealthy: Liveness probe failed: cat: can't open") for event in events)


async def test_startup_holds_the_others_back(cluster: Cluster) -> None:
    await cluster.run(pod("slow", *sh("sleep 1000"), container={
        "startupProbe": {"exec": {"command": ["cat", "/tmp/up"]}, "periodSeconds": 1, "failureThreshold": 30},
        "livenessProbe": {"tcpSocket": {"port": 1}, "periodSeconds": 1, "failureThreshold": 1, "timeoutSeconds": 1,
                          "terminationGracePeriodSeconds": 1},
    }))
    found = await cluster.wait("slow", lambda found: "running" in container_status(found)["state"])
    assert container_status(found)["started"] is False
    assert harness.condition(found, "Ready") == "False"
    await cluster.exec("slow", "touch", "/tmp/up")
    await cluster.wait("slow", lambda found: container_status(found)["restartCount"] == 1)
    assert any("dial tcp" in event and "connection refused" in event for event in await cluster.events("slow"))
