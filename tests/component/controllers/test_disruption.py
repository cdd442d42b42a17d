"""Disruption budgets and evictions with the real API server."""

from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.libs.clock import rfc3339

LABELS = {"app": "web"}


def budget(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": LABELS}, **spec},
    }


def deployment(replicas: int) -> dict[str, Any]:
    pod = {"containers": [{"name": "web", "image": "web:1"}]}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": LABELS},
                 "template": {"metadata": {"labels": LABELS}, "spec": pod}},
    }


async def status_of(cluster: Any) -> tuple[int, int, int, int]:
    """Return expected, desired, current and allowed."""
    status = (await cluster.get("PodDisruptionBudget.policy", "web"))["status"]
    names = ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")
    expected, desired, current, allowed = (status[name] for name in names)
    return expected, desired, current, allowed


async def condition_of(cluster: Any) -> tuple[str, str]:
    [found] = (await cluster.get("PodDisruptionBudget.policy", "web"))["status"]["conditions"]
    return found["status"], found["reason"]


async def evict(cluster: Any, name: str) -> None:
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "default"}}
    await cluster.client.create_subresource("Pod", name, "default", "eviction", eviction)
    await cluster.settle()


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({"minAvailable": 3}, (4, 3, 4, 1), id="number"),
    pytest.param({"minAvailable": "50%"}, (4, 2, 4, 2), id="share"),
    pytest.param({"maxUnavailable": 1}, (4, 3, 4, 1), id="at-most"),
    pytest.param({"maxUnavailable": "30%"}, (4, 2, 4, 2), id="share-at-most"),
    pytest.param({"maxUnavailable": 0}, (4, 4, 4, 0), id="none"),
])
async def test_status(cluster: Any, spec: dict[str, Any], expected: tuple[int, ...]) -> None:
    await cluster.create(budget(**spec))
    await cluster.create(deployment(4))
    await cluster.run_pods()
    assert await status_of(cluster) == expected
    allowed = expected[3] > 0
    assert await condition_of(cluster) == (("True", "SufficientPods") if allowed else ("False", "InsufficientPods"))


async def test_evictions_stop_at_the_budget(cluster: Any) -> None:
    await cluster.create(budget(minAvailable=2))
    await cluster.create(deployment(3))
    await cluster.run_pods()
    first, second, _ = await cluster.names("Pod")
    await evict(cluster, first)
    assert (await status_of(cluster))[2:] == (2, 0)
    with pytest.raises(StatusError, match="violate the pod's disruption budget") as caught:
        await evict(cluster, second)
    assert caught.value.code == 429
    await cluster.run_pods()
    assert (await status_of(cluster))[2:] == (3, 1)
    await evict(cluster, second)


async def test_scaling_changes_the_expectation(cluster: Any) -> None:
    await cluster.create(budget(maxUnavailable="25%"))
    await cluster.create(deployment(4))
    await cluster.run_pods()
    await cluster.patch("Deployment.apps", "web", {"spec": {"replicas": 8}})
    await cluster.run_pods()
    assert await status_of(cluster) == (8, 6, 8, 2)


async def test_given_up_evictions_count_no_longer(cluster: Any) -> None:
    await cluster.create(budget(minAvailable=1))
    await cluster.create(deployment(2))
    await cluster.add_node("n1")
    await cluster.run_pods()
    name = (await cluster.names("Pod"))[0]
    found = await cluster.get("PodDisruptionBudget.policy", "web")
    status = {**found["status"], "disruptedPods": {name: rfc3339(cluster.clock.now())}, "disruptionsAllowed": 0}
    await cluster.client.update({**found, "status": status}, subresource="status")
    await cluster.settle()
    assert (await status_of(cluster))[2:] == (1, 0)
    for _ in range(4):
        await cluster.pass_time(31)
        await cluster.beat("n1")
        await cluster.run_pods()
    assert (await status_of(cluster))[2:] == (2, 1)
    assert "NotDeleted" in {reason for reason, _ in await cluster.events()}


async def test_pods_without_a_scale(cluster: Any) -> None:
    """Percentages need a workload with a size; where there is none, nothing may be disrupted."""
    await cluster.create(budget(maxUnavailable=1))
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "x"}]}
    await cluster.create({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "web"},
        "spec": {"template": {"metadata": {"labels": LABELS}, "spec": pod}},
    })
    await cluster.run_pods()
    assert (await status_of(cluster))[3] == 0
    assert await condition_of(cluster) == ("False", "SyncFailed")
    text = (await cluster.get("PodDisruptionBudget.policy", "web"))["status"]["conditions"][0]["message"]
    assert text == "jobs.batch does not implement the scale subresource"


async def test_bare_pods_are_told(cluster: Any) -> None:
    await cluster.create(budget(maxUnavailable=1))
    await cluster.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "labels": LABELS},
        "spec": {"containers": [{"name": "c", "image": "x"}]},
    })
    assert await status_of(cluster) == (0, 0, 0, 0)
    assert {"NoPods", "UnmanagedPods"} <= {reason for reason, _ in await cluster.events()}


async def test_stale_marks_are_taken_back(cluster: Any) -> None:
    await cluster.create(deployment(1))
    await cluster.add_node("n1")
    await cluster.run_pods()
    [name] = await cluster.names("Pod")
    mark = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
            "lastTransitionTime": rfc3339(cluster.clock.now())}
    await cluster.patch("Pod", name, {"status": {"conditions": [mark]}}, type="strategic", subresource="status")
    for expected in ("True", "False"):
        await cluster.pass_time(60)
        found = [each for each in (await cluster.get("Pod", name))["status"]["conditions"]
                 if each["type"] == "DisruptionTarget"]
        assert found[0]["status"] == expected
