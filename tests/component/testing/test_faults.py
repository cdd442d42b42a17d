"""Faults on purpose: refused, lost and late requests, ended and outdated watches, lost nodes, killed containers."""

import asyncio
from contextlib import aclosing

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.testing import Cluster

LEASE = {
    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "leader", "namespace": "default"},
    "spec": {"holderIdentity": "a"},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "web:1"}]},
        },
    },
}


async def test_conflicts_as_often_as_asked():
    async with Cluster() as cluster:
        lease = (await cluster.apply(LEASE))[0]
        fault = cluster.fail(verb="update", resource="leases", times=3, status=409)
        for _ in range(3):
            with pytest.raises(StatusError, match="Operation cannot be fulfilled on leases") as e:
                await cluster.client.update(lease)
            assert (e.value.code, e.value.reason) == (409, "Conflict")
        await cluster.client.update(lease)
        assert fault.hits == 3


@pytest.mark.parametrize(("drop", "stored"), [("before", 0), ("after", 1)])
async def test_lost_answers(drop, stored):
    async with Cluster() as cluster:
        cluster.fail(verb="create", resource="leases", drop=drop)
        with pytest.raises(ConnectionError):
            await cluster.client.create(LEASE)
        assert len(await cluster.list("Lease", "default")) == stored


async def test_components_are_spared_unless_meant():
    async with Cluster(controllers=True) as cluster:
        spared = cluster.fail(verb="create", resource="replicasets", status=500, times=None)
        await cluster.apply(DEPLOYMENT)
        await cluster.settle()
        assert spared.hits == 0
        assert len(await cluster.list("ReplicaSet")) == 1
        with cluster.fail(verb="create", resource="pods", by="*replicaset-controller", status=500, times=2) as fault:
            await cluster.client.patch("Deployment.apps", "web", {"spec": {"replicas": 3}}, "default")
            await cluster.settle()
        assert fault.hits > 0
        assert len(await cluster.list("Pod")) == 3


async def test_chance_follows_the_seed():
    async def pattern(seed: int) -> list[bool]:
        met = []
        async with Cluster(seed=seed) as cluster:
            cluster.fail(verb="list", resource="pods", rate=0.5, times=None, status=503)
            for _ in range(20):
                try:
                    await cluster.list("Pod")
                    met.append(False)
                except StatusError:
                    met.append(True)
        return met

    first = await pattern(1)
    assert first == await pattern(1) != await pattern(2)
    assert 0 < sum(first) < 20


async def test_watches_end_and_go_stale():
    async with Cluster() as cluster:
        async def follow(revision: str) -> list[str]:
            seen = []
            async with aclosing(cluster.client.watch("Lease.coordination.k8s.io", resource_version=revision)) as events:
                async for event in events:
                    seen.append(event.type)
            return seen

        loop, before = asyncio.get_running_loop(), str(cluster.revision)
        ended = loop.create_task(follow(before))
        await cluster.settle()
        await cluster.apply(LEASE)
        await cluster.settle()
        assert cluster.drop_watches("leases") == 1
        assert await ended == ["ADDED"]
        latest = str(cluster.revision)
        outdated = loop.create_task(follow(latest))
        await cluster.settle()
        assert cluster.expire_watches() == 1
        with pytest.raises(StatusError) as error:
            await outdated
        assert (error.value.code, error.value.reason) == (410, "Expired")
        with pytest.raises(StatusError) as error:
            await follow(latest)
        assert error.value.code == 410


async def test_a_slow_watch():
    async with Cluster() as cluster:
        cluster.fail(verb="watch", resource="leases", pause=0.02)
        loop = asyncio.get_running_loop()
        async with aclosing(cluster.client.watch("Lease.coordination.k8s.io", resource_version="0")) as events:
            await cluster.apply(LEASE)
            began = loop.time()
            assert (await anext(events)).type == "ADDED"
            assert loop.time() - began >= 0.015


async def test_a_lost_node_is_noticed_and_comes_back():
    async with Cluster(nodes=2) as cluster:
        await cluster.apply(DEPLOYMENT)
        await cluster.clock.advance(hours=1)
        cluster.lose_node("node-0")
        await cluster.clock.advance(30)
        assert await readiness(cluster) == {"node-0": "True", "node-1": "True"}
        await cluster.clock.advance(30)
        assert await readiness(cluster) == {"node-0": "Unknown", "node-1": "True"}
        await cluster.clock.advance(minutes=10)
        alive = [
            pod for pod in await cluster.list("Pod")
            if pod["spec"]["nodeName"] == "node-1" and pod["status"]["phase"] == "Running"
        ]
        assert len(alive) == 2
        await cluster.restore_node("node-0")
        await cluster.clock.advance(30)
        assert await readiness(cluster) == {"node-0": "True", "node-1": "True"}
        assert len(await cluster.list("Pod")) == 2


async def readiness(cluster: Cluster) -> dict[str, str]:
    return {
        node["metadata"]["name"]: next(
            each["status"] for each in node["status"]["conditions"] if each["type"] == "Ready"
        )
        for node in await cluster.list("Node")
    }


async def test_out_of_memory():
    async with Cluster(nodes=1) as cluster:
        await cluster.apply(DEPLOYMENT)
        await cluster.settle()
        name = (await cluster.list("Pod"))[0]["metadata"]["name"]
        for _ in range(2):
            await cluster.clock.advance(5)
            cluster.kill(name)
            await cluster.settle()
            container = (await cluster.get("Pod", name))["status"]["containerStatuses"][0]
            assert container["lastState"]["terminated"]["reason"] == "OOMKilled"
            assert container["lastState"]["terminated"]["exitCode"] == 137
        assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        await cluster.clock.advance(10)
        container = (await cluster.get("Pod", name))["status"]["containerStatuses"][0]
        assert (container["restartCount"], container["ready"]) == (2, True)
        with pytest.raises(LookupError, match="no simulated node runs a pod default/other"):
            cluster.kill("other")


async def test_image_pull_failure():
    async with Cluster(nodes=1) as cluster:
        with cluster.no_image("web:*"):
            await cluster.apply(DEPLOYMENT)
            await cluster.clock.advance(15)
            pod = (await cluster.list("Pod"))[0]
            assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
        await cluster.settle()
        assert [pod["status"]["phase"] for pod in await cluster.list("Pod")] == ["Running", "Running"]


async def test_the_api_is_away_for_the_scheduler():
    async with Cluster(nodes=1) as cluster:
        with cluster.away(by="system:kube-scheduler"):
            await cluster.apply(DEPLOYMENT)
            await cluster.clock.advance(60)
            assert not any(pod["spec"].get("nodeName") for pod in await cluster.list("Pod"))
        await cluster.clock.advance(60)
        assert all(pod["spec"].get("nodeName") for pod in await cluster.list("Pod"))


async def test_faults_that_do_nothing_are_mistakes():
    async with Cluster() as cluster:
        with pytest.raises(ValueError, match="does nothing"):
            cluster.fail(verb="get")
        with pytest.raises(LookupError, match="no simulated nodes"):
            cluster.lose_node("node-0")


async def test_pods_of_a_partitioned_node_go_on_unseen():
    pod = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "batch", "annotations": {"simulated.kubewheel.dev/exit-after": "60"}},
        "spec": {"nodeName": "node-0", "restartPolicy": "Never", "containers": [{"name": "c", "image": "batch"}]},
    }
    async with Cluster(nodes=2) as cluster:
        await cluster.apply(pod)
        await cluster.settle()
        async with cluster.partition("node-0"):
            await cluster.clock.advance(90)
            assert (await cluster.get("Pod", "batch"))["status"]["phase"] == "Running"
            assert await readiness(cluster) == {"node-0": "Unknown", "node-1": "True"}
        await cluster.settle()
        status = (await cluster.get("Pod", "batch"))["status"]
        assert status["phase"] == "Succeeded"
        ended = status["containerStatuses"][0]["state"]["terminated"]
        assert (ended["startedAt"], ended["finishedAt"]) == ("2027-01-01T00:00:00Z", "2027-01-01T00:01:00Z")
