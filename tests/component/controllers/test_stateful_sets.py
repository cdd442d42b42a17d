"""StatefulSets with the real API server."""

from typing import Any

import pytest

LABELS = {"app": "db"}


def stateful_set(replicas: int = 3, image: str = "db:1", claims: bool = False, **spec: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "db", "image": image}]}
    templates = [{
        "metadata": {"name": "data", "labels": {"kind": "disk"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }]
    return {
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {
            "replicas": replicas, "serviceName": "peers", "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
            **({"volumeClaimTemplates": templates} if claims else {}), **spec,
        },
    }


async def status_of(cluster: Any) -> Any:
    return (await cluster.get("StatefulSet.apps", "db"))["status"]


async def images(cluster: Any) -> list[str]:
    pods = sorted(await cluster.list("Pod"), key=lambda pod: pod["metadata"]["name"])
    return [pod["spec"]["containers"][0]["image"] for pod in pods]


async def set_image(cluster: Any, image: str) -> None:
    change = {"spec": {"template": {"spec": {"containers": [{"name": "db", "image": image}]}}}}
    await cluster.patch("StatefulSet.apps", "db", change, type="strategic")


async def revisions(cluster: Any) -> list[int]:
    return sorted(each["revision"] for each in await cluster.list("ControllerRevision.apps"))


async def test_members_come_in_order(cluster: Any) -> None:
    await cluster.create(stateful_set())
    assert await cluster.names("Pod") == ["db-0"]
    await cluster.run_pods()
    assert await cluster.names("Pod") == ["db-0", "db-1", "db-2"]
    pod = await cluster.get("Pod", "db-1")
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-1", "peers")
    labels = pod["metadata"]["labels"]
    assert labels["statefulset.kubernetes.io/pod-name"] == "db-1"
    assert labels["apps.kubernetes.io/pod-index"] == "1"
    status = await status_of(cluster)
    assert labels["controller-revision-hash"] == status["updateRevision"] == status["currentRevision"]
    numbers = ("replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")
    assert [status[name] for name in numbers] == [3] * 5
    assert ("SuccessfulCreate", "create Pod db-0 in StatefulSet db successful") in await cluster.events()


async def test_next_member_waits_for_the_last_one(cluster: Any) -> None:
    await cluster.create(stateful_set(2, minReadySeconds=10))
    await cluster.run_pods(ready=False)
    assert await cluster.names("Pod") == ["db-0"]
    await cluster.start("db-0")
    await cluster.pass_time(9)
    assert await cluster.names("Pod") == ["db-0"]
    await cluster.pass_time(1)
    assert await cluster.names("Pod") == ["db-0", "db-1"]


async def test_parallel_members_come_and_go_at_once(cluster: Any) -> None:
    await cluster.create(stateful_set(podManagementPolicy="Parallel"))
    assert await cluster.names("Pod") == ["db-0", "db-1", "db-2"]
    await cluster.patch("StatefulSet.apps", "db", {"spec": {"replicas": 0}})
    assert await cluster.names("Pod") == []


async def test_scaled_down_from_the_end(cluster: Any) -> None:
    await cluster.create(stateful_set())
    await cluster.run_pods()
    await cluster.patch("StatefulSet.apps", "db", {"spec": {"replicas": 1}})
    going = [pod["metadata"]["name"] for pod in await cluster.list("Pod") if "deletionTimestamp" in pod["metadata"]]
    assert going == ["db-2"]
    await cluster.run_pods()
    assert await cluster.names("Pod") == ["db-0"]
    assert ("SuccessfulDelete", "delete Pod db-2 in StatefulSet db successful") in await cluster.events()


async def test_lost_and_failed_members_return_under_their_name(cluster: Any) -> None:
    await cluster.create(stateful_set(2))
    await cluster.run_pods()
    before = (await cluster.get("Pod", "db-0"))["metadata"]["uid"]
    await cluster.start("db-0", phase="Failed")
    await cluster.settle()
    await cluster.run_pods()
    pod = await cluster.get("Pod", "db-0")
    assert pod["metadata"]["uid"] != before
    assert pod["status"]["phase"] == "Running"
    await cluster.delete("Pod", "db-1")
    await cluster.run_pods()
    assert (await status_of(cluster))["readyReplicas"] == 2


async def test_ordinals_start_anywhere(cluster: Any) -> None:
    await cluster.create(stateful_set(2, ordinals={"start": 5}))
    await cluster.run_pods()
    assert await cluster.names("Pod") == ["db-5", "db-6"]


async def test_claims_stay(cluster: Any) -> None:
    await cluster.create(stateful_set(2, claims=True))
    await cluster.run_pods()
    assert await cluster.names("PersistentVolumeClaim") == ["data-db-0", "data-db-1"]
    claim = await cluster.get("PersistentVolumeClaim", "data-db-1")
    assert claim["metadata"]["labels"] == {"app": "db", "kind": "disk"}
    assert "ownerReferences" not in claim["metadata"]
    [volume] = [each for each in (await cluster.get("Pod", "db-1"))["spec"]["volumes"] if each["name"] == "data"]
    assert volume["persistentVolumeClaim"]["claimName"] == "data-db-1"
    uid = claim["metadata"]["uid"]
    for replicas in (0, 2):
        await cluster.patch("StatefulSet.apps", "db", {"spec": {"replicas": replicas}})
        await cluster.run_pods()
    assert (await cluster.get("PersistentVolumeClaim", "data-db-1"))["metadata"]["uid"] == uid
    await cluster.delete("StatefulSet.apps", "db", propagation="Background")
    await cluster.run_pods()
    await cluster.pass_time(1)
    assert await cluster.names("Pod") == []
    assert await cluster.names("PersistentVolumeClaim") == ["data-db-0", "data-db-1"]


@pytest.mark.parametrize(("deleted", "scaled", "after_scaling", "after_deletion"), [
    ("Delete", "Retain", ["data-db-0", "data-db-1"], []),
    ("Retain", "Delete", ["data-db-0"], ["data-db-0"]),
    ("Delete", "Delete", ["data-db-0"], []),
])
async def test_claims_go(
    cluster: Any, deleted: str, scaled: str, after_scaling: list[str], after_deletion: list[str]
) -> None:
    policy = {"whenDeleted": deleted, "whenScaled": scaled}
    await cluster.create(stateful_set(2, claims=True, persistentVolumeClaimRetentionPolicy=policy))
    await cluster.run_pods()
    await cluster.patch("StatefulSet.apps", "db", {"spec": {"replicas": 1}})
    await cluster.run_pods()
    await cluster.pass_time(1)
    await release_claims(cluster)
    assert await cluster.names("PersistentVolumeClaim") == after_scaling
    await cluster.delete("StatefulSet.apps", "db", propagation="Background")
    await cluster.run_pods()
    await cluster.pass_time(1)
    await release_claims(cluster)
    assert await cluster.names("PersistentVolumeClaim") == after_deletion


async def release_claims(cluster: Any) -> None:
    """Let go of claims that are being deleted, as the controller that protects them does."""
    for claim in await cluster.list("PersistentVolumeClaim"):
        if claim["metadata"].get("deletionTimestamp") and claim["metadata"].get("finalizers"):
            change = {"metadata": {"finalizers": None}}
            await cluster.patch("PersistentVolumeClaim", claim["metadata"]["name"], change)


async def test_rolling_update(cluster: Any) -> None:
    await cluster.create(stateful_set())
    await cluster.run_pods()
    await set_image(cluster, "db:2")
    going = [pod["metadata"]["name"] for pod in await cluster.list("Pod") if "deletionTimestamp" in pod["metadata"]]
    assert going == ["db-2"]
    status = await status_of(cluster)
    assert status["currentRevision"] != status["updateRevision"]
    await cluster.run_pods()
    assert await images(cluster) == ["db:2"] * 3
    status = await status_of(cluster)
    assert status["currentRevision"] == status["updateRevision"]
    assert status["updatedReplicas"] == status["currentReplicas"] == 3
    assert await revisions(cluster) == [1, 2]
    await set_image(cluster, "db:1")
    await cluster.run_pods()
    assert await images(cluster) == ["db:1"] * 3
    assert await revisions(cluster) == [2, 3]


async def test_partition(cluster: Any) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    await cluster.create(stateful_set(updateStrategy=strategy))
    await cluster.run_pods()
    await set_image(cluster, "db:2")
    await cluster.run_pods()
    assert await images(cluster) == ["db:1", "db:1", "db:2"]
    # A member below the partition comes back as it was.
    await cluster.delete("Pod", "db-0")
    await cluster.run_pods()
    assert await images(cluster) == ["db:1", "db:1", "db:2"]
    status = await status_of(cluster)
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)
    change = {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}
    await cluster.patch("StatefulSet.apps", "db", change)
    await cluster.run_pods()
    assert await images(cluster) == ["db:2"] * 3


async def test_several_at_a_time(cluster: Any) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}
    await cluster.create(stateful_set(4, updateStrategy=strategy, podManagementPolicy="Parallel"))
    await cluster.run_pods()
    await set_image(cluster, "db:2")
    going = [pod["metadata"]["name"] for pod in await cluster.list("Pod") if "deletionTimestamp" in pod["metadata"]]
    assert sorted(going) == ["db-2", "db-3"]
    await cluster.run_pods()
    assert await images(cluster) == ["db:2"] * 4


async def test_on_delete(cluster: Any) -> None:
    await cluster.create(stateful_set(2, updateStrategy={"type": "OnDelete"}))
    await cluster.run_pods()
    await set_image(cluster, "db:2")
    await cluster.run_pods()
    assert await images(cluster) == ["db:1", "db:1"]
    await cluster.delete("Pod", "db-0")
    await cluster.run_pods()
    assert await images(cluster) == ["db:2", "db:1"]


async def test_history_is_limited(cluster: Any) -> None:
    await cluster.create(stateful_set(1, revisionHistoryLimit=1))
    await cluster.run_pods()
    for number in (2, 3, 4):
        await set_image(cluster, f"db:{number}")
        await cluster.run_pods()
    assert await revisions(cluster) == [3, 4]


@pytest.mark.parametrize("propagation", ["Background", "Foreground"])
async def test_deleted_set_takes_everything_along(cluster: Any, propagation: str) -> None:
    await cluster.create(stateful_set(2))
    await cluster.run_pods()
    await cluster.delete("StatefulSet.apps", "db", propagation=propagation)
    await cluster.run_pods()
    await cluster.pass_time(1)
    for kind in ("StatefulSet.apps", "Pod", "ControllerRevision.apps"):
        assert await cluster.names(kind) == []


async def test_orphans_are_adopted_again(cluster: Any) -> None:
    await cluster.create(stateful_set(1))
    await cluster.run_pods()
    await cluster.delete("StatefulSet.apps", "db", propagation="Orphan")
    await cluster.pass_time(1)
    uid = (await cluster.get("Pod", "db-0"))["metadata"]["uid"]
    await cluster.create(stateful_set(1))
    pod = await cluster.get("Pod", "db-0")
    assert pod["metadata"]["uid"] == uid
    assert pod["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet"
    assert await revisions(cluster) == [1]


async def test_nothing_is_written_at_rest(cluster: Any) -> None:
    await cluster.create(stateful_set(2, claims=True))
    await cluster.run_pods()
    await cluster.pass_time(1)
    before = cluster.server.backend.store.revision
    await cluster.pass_time(20)
    assert cluster.server.backend.store.revision == before
    assert cluster.engine.retrying == 0
