"""ReplicationControllers, ReplicaSets and Deployments with the real API server."""

from typing import Any

import pytest

LABELS = {"app": "web"}


def template(image: str = "web:1") -> dict[str, Any]:
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "web", "image": image}]}}


def replicaset(replicas: int, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template(), **spec},
    }


def deployment(replicas: int = 3, image: str = "web:1", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "annotations": {
            "kubernetes.io/change-cause": "first"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template(image), **spec},
    }


async def test_replication_controller_keeps_its_number(cluster: Any) -> None:
    await cluster.create({
        "apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"},
        "spec": {"replicas": 2, "selector": LABELS, "template": template()},
    })
    first = await cluster.names("Pod")
    assert len(first) == 2
    assert all(name.startswith("web-") for name in first)
    await cluster.delete("Pod", first[0])
    assert len(await cluster.names("Pod")) == 2
    await cluster.patch("ReplicationController", "web", {"spec": {"replicas": 4}})
    assert len(await cluster.names("Pod")) == 4
    await cluster.patch("ReplicationController", "web", {"spec": {"replicas": 1}})
    assert len(await cluster.names("Pod")) == 1
    await cluster.run_pods()
    status = (await cluster.get("ReplicationController", "web"))["status"]
    assert (status["replicas"], status["readyReplicas"], status["observedGeneration"]) == (1, 1, 3)
    reasons = {reason for reason, _ in await cluster.events()}
    assert {"SuccessfulCreate", "SuccessfulDelete"} <= reasons


async def test_replicaset_adopts_and_releases(cluster: Any) -> None:
    await cluster.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "orphan", "labels": {"app": "web"}},
        "spec": template()["spec"],
    })
    selector = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "www"]}]}
    await cluster.create(replicaset(2, selector=selector))
    pods = await cluster.names("Pod")
    assert len(pods) == 2
    assert "orphan" in pods
    owner = (await cluster.get("Pod", "orphan"))["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("ReplicaSet", "web", True)
    await cluster.patch("Pod", "orphan", {"metadata": {"labels": {"app": "other"}}})
    assert "ownerReferences" not in (await cluster.get("Pod", "orphan"))["metadata"]
    assert len(await cluster.names("Pod")) == 3


async def test_failed_creates_show(cluster: Any) -> None:
    bad = replicaset(3)
    bad["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    await cluster.create(bad)
    status = (await cluster.get("ReplicaSet.apps", "web"))["status"]
    failure = status["conditions"][0]
    assert (failure["type"], failure["status"], failure["reason"]) == ("ReplicaFailure", "True", "FailedCreate")
    assert "nobody" in failure["message"]
    messages = [message for reason, message in await cluster.events() if reason == "FailedCreate"]
    assert messages
    assert all(message.startswith("Error creating: pods \"web-") for message in messages)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody"}}
    await cluster.create(account)
    await cluster.pass_time(5)
    assert len(await cluster.names("Pod")) == 3
    assert "conditions" not in (await cluster.get("ReplicaSet.apps", "web"))["status"]


async def test_min_ready_seconds(cluster: Any) -> None:
    await cluster.create(replicaset(1, minReadySeconds=10))
    await cluster.run_pods()
    status = (await cluster.get("ReplicaSet.apps", "web"))["status"]
    assert (status["readyReplicas"], status.get("availableReplicas", 0)) == (1, 0)
    await cluster.pass_time(11)
    assert (await cluster.get("ReplicaSet.apps", "web"))["status"]["availableReplicas"] == 1


async def test_deployment_rolls_out(cluster: Any) -> None:
    await cluster.create(deployment())
    await cluster.run_pods()
    found = await cluster.get("Deployment.apps", "web")
    assert found["status"]["readyReplicas"] == found["status"]["updatedReplicas"] == 3
    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    conditions = {each["type"]: (each["status"], each["reason"]) for each in found["status"]["conditions"]}
    assert conditions == {
        "Available": ("True", "MinimumReplicasAvailable"), "Progressing": ("True", "NewReplicaSetAvailable"),
    }
    first = (await cluster.list("ReplicaSet.apps"))[0]
    suffix = first["metadata"]["labels"]["pod-template-hash"]
    assert first["metadata"]["name"] == f"web-{suffix}"
    assert first["metadata"]["annotations"]["kubernetes.io/change-cause"] == "first"
    assert all(name.startswith(f"web-{suffix}-") for name in await cluster.names("Pod"))
    await cluster.patch("Deployment.apps", "web", {"spec": {"template": template("web:2")}})
    await cluster.run_pods()
    sets = {each["spec"]["template"]["spec"]["containers"][0]["image"]: each for each in await cluster.list(
        "ReplicaSet.apps")}
    assert {image: each["spec"]["replicas"] for image, each in sets.items()} == {"web:1": 0, "web:2": 3}
    assert sets["web:2"]["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    messages = [message for reason, message in await cluster.events() if reason == "ScalingReplicaSet"]
    assert f"Scaled up replica set web-{suffix} from 0 to 3" in messages
    assert f"Scaled down replica set web-{suffix} from 1 to 0" in messages


async def test_rollout_keeps_enough_pods(cluster: Any) -> None:
    strategy = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    await cluster.create(deployment(4, strategy=strategy))
    await cluster.run_pods()
    await cluster.patch("Deployment.apps", "web", {"spec": {"template": template("web:2")}})
    for _ in range(60):
        pods = [pod for pod in await cluster.list("Pod") if "deletionTimestamp" not in pod["metadata"]]
        ready = [pod for pod in pods if pod["status"].get("phase") == "Running"]
        assert len(pods) <= 5
        assert len(ready) >= 4
        if not await cluster._run_pods("n1", True):
            break
        await cluster.settle()
    status = (await cluster.get("Deployment.apps", "web"))["status"]
    assert status["updatedReplicas"] == status["availableReplicas"] == status["replicas"] == 4


async def test_rollback_raises_the_revision(cluster: Any) -> None:
    await cluster.create(deployment(1))
    await cluster.run_pods()
    for image in ("web:2", "web:1"):
        await cluster.patch("Deployment.apps", "web", {"spec": {"template": template(image)}})
        await cluster.run_pods()
    sets = {each["spec"]["template"]["spec"]["containers"][0]["image"]: each["metadata"]["annotations"]
            for each in await cluster.list("ReplicaSet.apps")}
    prefix = "deployment.kubernetes.io/"
    assert sets["web:1"][f"{prefix}revision"] == "3"
    assert sets["web:1"][f"{prefix}revision-history"] == "1"
    assert sets["web:2"][f"{prefix}revision"] == "2"
    found = await cluster.get("Deployment.apps", "web")
    assert found["metadata"]["annotations"][f"{prefix}revision"] == "3"


async def test_pause_and_resume(cluster: Any) -> None:
    await cluster.create(deployment(2))
    await cluster.run_pods()
    before = await cluster.names("Pod")
    await cluster.patch("Deployment.apps", "web", {"spec": {"paused": True}})
    await cluster.patch("Deployment.apps", "web", {"spec": {"template": template("web:2")}})
    await cluster.run_pods()
    assert await cluster.names("Pod") == before
    found = await cluster.get("Deployment.apps", "web")
    assert {each["reason"] for each in found["status"]["conditions"]} >= {"DeploymentPaused"}
    await cluster.patch("Deployment.apps", "web", {"spec": {"replicas": 3}})
    await cluster.run_pods()
    assert len(await cluster.names("Pod")) == 3
    await cluster.patch("Deployment.apps", "web", {"spec": {"paused": None}})
    await cluster.run_pods()
    assert not set(before) & set(await cluster.names("Pod"))
    found = await cluster.get("Deployment.apps", "web")
    assert {each["reason"] for each in found["status"]["conditions"]} >= {"NewReplicaSetAvailable"}


async def test_stuck_rollout_is_told_after_the_deadline(cluster: Any) -> None:
    await cluster.create(deployment(2, progressDeadlineSeconds=60))
    await cluster.run_pods(ready=False)
    await cluster.pass_time(30)
    found = await cluster.get("Deployment.apps", "web")
    assert "ProgressDeadlineExceeded" not in {each["reason"] for each in found["status"]["conditions"]}
    await cluster.pass_time(40)
    found = await cluster.get("Deployment.apps", "web")
    progressing = next(each for each in found["status"]["conditions"] if each["type"] == "Progressing")
    assert (progressing["status"], progressing["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert progressing["message"].endswith("has timed out progressing.")


async def test_recreate_waits_for_the_old_pods(cluster: Any) -> None:
    await cluster.create(deployment(2, strategy={"type": "Recreate"}))
    await cluster.run_pods()
    await cluster.patch("Deployment.apps", "web", {"spec": {"template": template("web:2")}})
    pods = await cluster.list("Pod")
    assert len(pods) == 2
    assert all(pod["metadata"].get("deletionTimestamp") for pod in pods)
    await cluster.run_pods()
    pods = await cluster.list("Pod")
    assert [pod["spec"]["containers"][0]["image"] for pod in pods] == ["web:2", "web:2"]


async def test_history_is_limited(cluster: Any) -> None:
    await cluster.create(deployment(1, revisionHistoryLimit=1))
    await cluster.run_pods()
    for number in (2, 3, 4):
        await cluster.patch("Deployment.apps", "web", {"spec": {"template": template(f"web:{number}")}})
        await cluster.run_pods()
    images = {each["spec"]["template"]["spec"]["containers"][0]["image"] for each in await cluster.list(
        "ReplicaSet.apps")}
    assert images == {"web:3", "web:4"}


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
async def test_deleted_deployment_takes_everything_along(cluster: Any, propagation: str) -> None:
    await cluster.create(deployment())
    await cluster.run_pods()
    await cluster.delete("Deployment.apps", "web", propagation=propagation)
    await cluster.run_pods()
    await cluster.pass_time(1)
    assert await cluster.names("Deployment.apps") == []
    assert await cluster.names("ReplicaSet.apps") == []
    assert await cluster.names("Pod") == []


async def test_orphaned_dependents_stay_and_are_adopted_again(cluster: Any) -> None:
    await cluster.create(deployment(1))
    await cluster.run_pods()
    await cluster.delete("Deployment.apps", "web", propagation="Orphan")
    await cluster.pass_time(1)
    assert await cluster.names("Deployment.apps") == []
    kept = (await cluster.list("ReplicaSet.apps"))[0]
    assert "ownerReferences" not in kept["metadata"]
    await cluster.create(deployment(1))
    again = (await cluster.list("ReplicaSet.apps"))[0]
    assert again["metadata"]["uid"] == kept["metadata"]["uid"]
    assert again["metadata"]["ownerReferences"][0]["kind"] == "Deployment"


async def test_nothing_is_left_to_do_at_rest(cluster: Any) -> None:
    """Idle is idle: once all is well, time alone causes no writes."""
    await cluster.create(deployment(2))
    await cluster.run_pods()
    await cluster.pass_time(1)
    before = cluster.server.backend.store.revision
    await cluster.pass_time(20)
    assert cluster.server.backend.store.revision == before
    assert cluster.engine.retrying == 0
