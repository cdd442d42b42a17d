"""What pods refer to, and how it is watched."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kubewheel.api.registry import Registry
from kubewheel.client import Client
from kubewheel.kubelet.references import References, of_pod
from kubewheel.libs.clock import SteppedClock
from tests.unit.client.test_informer import Server, turns
from tests.unit.kubelet.build import UID, container, pod


def referring(*names: str) -> dict[str, Any]:
    return pod(container(envFrom=[{"configMapRef": {"name": name}} for name in names]))


def config_map(name: str, revision: int, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "uid": name, "resourceVersion": str(revision)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


@asynccontextmanager
async def references(server: Server) -> AsyncIterator[tuple[References, list[str]]]:
    woken: list[str] = []
    async with asyncio.TaskGroup() as group:
        found = References(Client(server, Registry.builtin()), SteppedClock(), group, woken.append)
        yield found, woken
        found.release(UID)


def test_of_pod_finds_everything() -> None:
    subject = pod(
        container(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "k"}}},
                       {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "c1", "key": "k"}}}],
                  envFrom=[{"secretRef": {"name": "s2"}}, {"configMapRef": {"name": "c2"}}]),
        imagePullSecrets=[{"name": "s3"}], initContainers=[container("i", envFrom=[{"secretRef": {"name": "s4"}}])],
        volumes=[{"name": "a", "configMap": {"name": "c3"}}, {"name": "b", "secret": {"secretName": "s5"}},
                 {"name": "c", "projected": {"sources": [{"secret": {"name": "s6"}}, {"configMap": {"name": "c4"}}]}}],
    )
    found = set(of_pod(subject))
    assert found == {("Secret", "shop", f"s{number}") for number in range(1, 7)} | {
        ("ConfigMap", "shop", f"c{number}") for number in range(1, 5)
    }


async def test_all_trust_bundles_are_watched_while_a_pod_needs_one() -> None:
    bundle = {"apiVersion": "certificates.k8s.io/v1", "kind": "ClusterTrustBundle",
              "metadata": {"name": "roots", "uid": "r", "resourceVersion": "1"}, "spec": {}}
    server = Server((1, [bundle]))
    subject = pod(container(), volumes=[
        {"name": "v", "projected": {"sources": [{"clusterTrustBundle": {"name": "roots", "path": "ca"}}]}},
    ])
    async with references(server) as (found, _):
        assert found.trust_bundles() == ()
        found.track(subject)
        await found.wait(UID)
        assert "fieldSelector" not in server.requests[0].query
        assert [each["metadata"]["name"] for each in found.trust_bundles()] == ["roots"]
        found.track(pod(container()))
        assert found.trust_bundles() == ()


async def test_objects_are_watched_by_name_while_needed() -> None:
    server = Server((1, [config_map("a", 1, x="1")]))
    async with references(server) as (found, woken):
        found.track(referring("a"))
        await found.wait(UID)
        assert server.requests[0].parameter("fieldSelector") == "metadata.name=a"
        assert found.config_map("shop", "a")["data"] == {"x": "1"}  # type: ignore[index]
        await turns(lambda: server.watches)
        woken.clear()
        server.tell("MODIFIED", config_map("a", 2, x="2"))
        await turns(lambda: woken)
        assert woken == [UID]
        found.track(referring())
        assert found.config_map("shop", "a") is None
        assert found.secret("shop", "a") is None


async def test_same_object_is_watched_once() -> None:
    server = Server((1, []), (1, []))
    async with references(server) as (found, _):
        found.track(referring("a"))
        found.track({**referring("a"), "metadata": {"name": "two", "namespace": "shop", "uid": "two"}})
        await found.wait(UID)
        await turns(lambda: server.watches)
        assert len([each for each in server.requests if not each.parameter("watch")]) == 1
        found.release(UID)
        assert found.config_map("shop", "a") is None
        found.release("two")
