"""Stepped time: what is due happens in order, settling says what does not settle, long spans are quick."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kubewheel.testing import Cluster, NotSettled, Options

CRON_JOB = {
    "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report"},
    "spec": {
        "schedule": "0 6 * * *",
        "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": "report"}],
        }}}},
    },
}


def pod(name: str = "web", **annotations: str) -> dict:
    prefix = "simulated.kubewheel.dev/"
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name,
            "annotations": {prefix + key.replace("_", "-"): value for key, value in annotations.items()},
        },
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }


def ready(found: dict) -> str:
    return next(each["status"] for each in found["status"]["conditions"] if each["type"] == "Ready")


async def test_readiness_takes_its_time():
    async with Cluster(nodes=1) as cluster:
        await cluster.apply(pod(ready_after="30"))
        await cluster.settle()
        assert ready(await cluster.one("Pod")) == "False"
        await cluster.clock.advance(29)
        assert ready(await cluster.one("Pod")) == "False"
        await cluster.clock.advance(1)
        assert ready(await cluster.one("Pod")) == "True"


async def test_time_stands_still():
    async with Cluster(nodes=1) as cluster:
        assert cluster.clock.now() == datetime(2027, 1, 1, tzinfo=UTC)
        await cluster.apply(pod())
        await cluster.settle()
        assert cluster.clock.now() == datetime(2027, 1, 1, tzinfo=UTC)
        assert await cluster.clock.advance(days=1, hours=2) == datetime(2027, 1, 2, 2, tzinfo=UTC)


async def test_a_month_of_a_daily_cron_job():
    loop = asyncio.get_running_loop()
    async with Cluster(nodes=1) as cluster:
        await cluster.apply(CRON_JOB)
        runs: set[str] = set()
        began = loop.time()
        for _ in range(31):
            await cluster.clock.advance(days=1)
            runs |= {job["metadata"]["name"] for job in await cluster.list("Job")}
        assert loop.time() - began < 5
        assert len(runs) == 31
        assert len(await cluster.list("Job")) == 3
        assert (await cluster.get("CronJob", "report"))["status"]["lastScheduleTime"] == "2027-01-31T06:00:00Z"


async def test_says_what_has_not_settled():
    async with Cluster() as cluster:
        with cluster.fail(verb="get", resource="pods", delay=5):
            waiting = asyncio.get_running_loop().create_task(cluster.client.list("Pod"))
            slow = asyncio.get_running_loop().create_task(cluster.client.get("Pod", "web", "default"))
            with pytest.raises(NotSettled, match="requests under way: 1") as error:
                await cluster.settle(seconds=0.05)
            slow.cancel()
            await waiting
        assert error.value.report.busy == {"requests under way": 1}
        assert (await cluster.settle()).has_settled


async def test_real_time():
    async with Cluster(nodes=1, clock="real") as cluster:
        await cluster.apply(pod())
        async with asyncio.timeout(5):
            while (await cluster.one("Pod"))["status"]["phase"] != "Running":
                await cluster.settle()
        assert abs(cluster.clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


async def test_same_seed_same_names():
    async def names(seed: int) -> list[str]:
        async with Cluster(seed=seed) as cluster:
            for _ in range(3):
                await cluster.client.create(
                    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}, namespace="default"
                )
            return [each["metadata"]["name"] for each in await cluster.list("ConfigMap")]

    assert await names(1) == await names(1) != await names(2)


def test_options_are_checked():
    with pytest.raises(ValueError, match="clock is 'fast'"):
        Options(clock="fast")
