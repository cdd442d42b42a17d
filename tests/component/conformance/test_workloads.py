"""Deployments, ReplicaSets and ReplicationControllers with nodes that run their pods."""

import pytest

from tests.component.conformance.conftest import IMAGES, Space, images, pod, set_image, workload
from tests.component.kinds.conftest import MERGE

conformance = pytest.mark.conformance
APPS = "apps/v1"


def kind_key(kind: str) -> str:
    return kind if kind == "ReplicationController" else f"{kind}.apps"


SCALES = [
    pytest.param("Deployment", marks=conformance("Deployment, completes the scaling of a Deployment subresource")),
    pytest.param("ReplicaSet", marks=conformance("ReplicaSet, completes the scaling of a ReplicaSet subresource")),
    pytest.param("StatefulSet", marks=conformance("StatefulSet resource Replica scaling")),
    pytest.param("ReplicationController",
                 marks=conformance("Replication Controller, get and update ReplicationController scale")),
]


@pytest.mark.parametrize("kind", SCALES)
def test_scale(space: Space, kind: str) -> None:
    made = space.create(workload(kind, 1))
    plural = f"{kind.lower()}s"
    target = space.path(plural, "web", APPS if made["apiVersion"] == APPS else "") + "/scale"
    found = space.api.expect(200, "GET", target)
    assert (found["spec"]["replicas"], found["status"]["replicas"]) == (1, 1)
    found["spec"]["replicas"] = 2
    found["metadata"].pop("resourceVersion")
    assert space.api.expect(200, "PUT", target, found)["spec"]["replicas"] == 2
    space.cluster.settle()
    assert space.get(kind_key(kind), "web")["spec"]["replicas"] == 2
    assert len(space.list("Pod")) == 2
    assert space.api.expect(200, "PATCH", target, {"spec": {"replicas": 4}}, kind=MERGE)["spec"]["replicas"] == 4
    space.cluster.settle()
    assert space.get(kind_key(kind), "web")["status"]["readyReplicas"] == 4


COLLECTIONS = [
    pytest.param("DaemonSet", None, marks=conformance("DaemonSet, list and delete a collection of DaemonSets")),
    pytest.param("ReplicaSet", 3, marks=conformance("ReplicaSet, list and delete a collection of ReplicaSets")),
    pytest.param("StatefulSet", 3,
                 marks=conformance("StatefulSet, list, patch and delete a collection of StatefulSets")),
]


@pytest.mark.parametrize(("kind", "replicas"), COLLECTIONS)
def test_collections_are_listed_patched_and_deleted(space: Space, kind: str, replicas: int | None) -> None:
    space.create(workload(kind, replicas))
    target = space.path(f"{kind.lower()}s", "", APPS)
    selector = {"labelSelector": "app=web"}
    assert len(space.api.expect(200, "GET", f"/apis/apps/v1/{kind.lower()}s", **selector)["items"]) == 1
    patch = {"metadata": {"labels": {"patched": "yes"}}, "spec": {"template": {"spec": {
        "terminationGracePeriodSeconds": 7, "containers": [{"name": "c", "image": IMAGES[1]}],
    }}}}
    found = space.patch(f"{kind}.apps", "web", patch, type="strategic")
    assert found["metadata"]["labels"]["patched"] == "yes"
    assert found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 7
    assert len(space.list("Pod")) == (replicas or 2)
    space.api.expect(200, "DELETE", target, **selector)
    space.wait(60)
    assert space.api.expect(200, "GET", target, **selector)["items"] == []
    assert space.names("Pod") == []


@conformance("Deployment, completes the lifecycle of a Deployment")
@conformance("Deployment, status sub-resource")
def test_life_of_a_deployment(space: Space) -> None:
    start = space.create(workload("Deployment", 2))["metadata"]["resourceVersion"]
    assert space.get("Deployment.apps", "web")["status"]["readyReplicas"] == 2
    space.patch("Deployment.apps", "web", {"spec": {"replicas": 3, "template": {"spec": {
        "containers": [{"name": "c", "image": IMAGES[1]}]}}}, "metadata": {"labels": {"patched": "yes"}}},
        type="strategic")
    found = space.get("Deployment.apps", "web")
    assert (found["status"]["readyReplicas"], found["status"]["updatedReplicas"]) == (3, 3)
    target = space.path("deployments", "web", APPS)
    assert space.api.expect(200, "GET", f"{target}/status")["status"]["readyReplicas"] == 3
    condition = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from e2e test"}
    wanted = found["status"] | {"conditions": [*found["status"]["conditions"], condition]}
    patched = space.api.expect(200, "PATCH", f"{target}/status", {"status": wanted}, kind=MERGE)
    assert "StatusUpdate" in {each["type"] for each in patched["status"]["conditions"]}
    told = space.api.watch(space.path("deployments", "", APPS), 4, resourceVersion=start,
                           fieldSelector="metadata.name=web")
    assert {kind for kind, _ in told} == {"MODIFIED"}
    space.delete("Deployment.apps", "web", propagation="Background")
    space.wait(60)
    assert space.names("Deployment.apps") == space.names("Pod") == []


@conformance("Deployment RollingUpdate")
def test_a_deployment_adopts_and_replaces(space: Space) -> None:
    old = space.create(workload("ReplicaSet", 1, image=IMAGES[0]))
    marked = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3546343826724305832"}}}
    space.patch("ReplicaSet.apps", "web", marked)
    space.create(workload("Deployment", 1, image=IMAGES[1]))
    sets = {each["metadata"]["name"]: each for each in space.list("ReplicaSet.apps")}
    assert len(sets) == 2
    before = sets.pop("web")
    assert before["metadata"]["uid"] == old["metadata"]["uid"]
    assert before["metadata"]["ownerReferences"][0]["kind"] == "Deployment"
    assert before["status"]["replicas"] == 0
    [after] = sets.values()
    assert after["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3546343826724305833"
    assert set(images(space).values()) == {IMAGES[1]}


@conformance("Deployment Recreate")
def test_recreate_never_mixes(space: Space) -> None:
    space.create(workload("Deployment", 2, image=IMAGES[0], strategy={"type": "Recreate"}))
    start = space.client.list("Pod", space.name).resource_version
    alive = images(space)
    assert set(alive.values()) == {IMAGES[0]}
    set_image(space, "Deployment.apps", IMAGES[1])
    space.wait(60)
    assert set(images(space).values()) == {IMAGES[1]}
    for kind, found in space.api.watch(space.path("pods"), 8, resourceVersion=start):
        name, image = found["metadata"]["name"], found["spec"]["containers"][0]["image"]
        if kind == "DELETED":
            alive.pop(name, None)
        else:
            alive[name] = image
        assert len(set(alive.values())) <= 1


@conformance("Deployment RevisionHistoryLimit")
def test_old_replica_sets_are_removed(space: Space) -> None:
    space.create(workload("ReplicaSet", 1, image=IMAGES[0]))
    space.create(workload("Deployment", 1, image=IMAGES[1], revisionHistoryLimit=0))
    assert len(space.list("ReplicaSet.apps")) == 1
    assert set(images(space).values()) == {IMAGES[1]}


@conformance("Deployment Rollover")
def test_a_rollout_is_overtaken(space: Space) -> None:
    space.create(workload("ReplicaSet", 1, image=IMAGES[0]))
    body = workload("Deployment", 1, image="missing:1", minReadySeconds=10, strategy={
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    })
    with space.cluster.no_image("missing:*"):
        space.create(body)
        assert set(images(space).values()) == {IMAGES[0], "missing:1"}
        set_image(space, "Deployment.apps", IMAGES[2])
        space.wait(120)
    assert set(images(space).values()) == {IMAGES[2]}
    sizes = sorted(each["spec"]["replicas"] for each in space.list("ReplicaSet.apps"))
    assert sizes == [0, 0, 1]
    status = space.get("Deployment.apps", "web")["status"]
    assert (status["updatedReplicas"], status["availableReplicas"], status["replicas"]) == (1, 1, 1)


@conformance("Deployment Proportional Scaling")
def test_scaling_in_a_rollout_keeps_proportions(space: Space) -> None:
    strategy = {"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
    space.create(workload("Deployment", 10, image=IMAGES[0], strategy=strategy))
    with space.cluster.no_image("missing:*"):
        set_image(space, "Deployment.apps", "missing:1")
        sizes = sorted(each["spec"]["replicas"] for each in space.list("ReplicaSet.apps"))
        assert sizes == [5, 8]
        space.patch("Deployment.apps", "web", {"spec": {"replicas": 30}})
        sizes = sorted(each["spec"]["replicas"] for each in space.list("ReplicaSet.apps"))
        assert sizes == [13, 20]


@conformance("ReplicaSet, is created, Replaced and Patched")
def test_a_replica_set_is_scaled_and_patched(space: Space) -> None:
    space.create(workload("ReplicaSet", 1))
    found = dict(space.get("ReplicaSet.apps", "web"))
    space.client.update({**found, "spec": {**found["spec"], "replicas": 2}})
    space.cluster.settle()
    assert len(space.list("Pod")) == 2
    template = {"spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": IMAGES[1]}]}}
    patch = {"metadata": {"labels": {"patched": "yes"}}, "spec": {"replicas": 3, "template": template}}
    space.patch("ReplicaSet.apps", "web", patch, type="strategic")
    found = space.get("ReplicaSet.apps", "web")
    assert (found["status"]["readyReplicas"], found["metadata"]["labels"]["patched"]) == (3, "yes")
    assert found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 0


ADOPTERS = [
    pytest.param("ReplicaSet",
                 marks=conformance("Replica Set, adopt matching pods and release non matching pods")),
    pytest.param("ReplicationController", marks=[
        conformance("Replication Controller, adopt matching pods"),
        conformance("Replication Controller, release pods"),
    ]),
]


@pytest.mark.parametrize("kind", ADOPTERS)
def test_adopts_and_releases(space: Space, kind: str) -> None:
    space.create(pod("orphan", {"app": "web"}))
    made = space.create(workload(kind, 1))
    [owner] = space.get("Pod", "orphan")["metadata"]["ownerReferences"]
    assert (owner["uid"], owner["controller"]) == (made["metadata"]["uid"], True)
    assert space.names("Pod") == ["orphan"]
    space.patch("Pod", "orphan", {"metadata": {"labels": {"app": "other"}}})
    assert "ownerReferences" not in space.get("Pod", "orphan")["metadata"]
    assert len(space.names("Pod", "app=web")) == 1


@conformance("Replication Controller, lifecycle")
def test_life_of_a_replication_controller(space: Space) -> None:
    kind = "ReplicationController"
    start = space.create(workload(kind, 1))["metadata"]["resourceVersion"]
    space.patch(kind, "web", {"metadata": {"labels": {"patched": "yes"}}, "spec": {"template": {"spec": {
        "terminationGracePeriodSeconds": 0}}}})
    target = space.path("replicationcontrollers", "web")
    space.api.expect(200, "PATCH", f"{target}/status", {"status": {"availableReplicas": 0, "readyReplicas": 0}},
                     kind=MERGE)
    space.cluster.settle()
    assert space.api.expect(200, "GET", f"{target}/status")["status"]["readyReplicas"] == 1
    space.api.expect(200, "PATCH", f"{target}/scale", {"spec": {"replicas": 2}}, kind=MERGE)
    space.cluster.settle()
    found = space.get(kind, "web")
    assert found["status"]["readyReplicas"] == 2
    found = space.api.expect(200, "GET", target)
    found["metadata"]["labels"]["updated"] = "yes"
    space.api.expect(200, "PUT", target, found)
    listed = space.api.expect(200, "GET", "/api/v1/replicationcontrollers", labelSelector="updated=yes")
    assert [each["metadata"]["name"] for each in listed["items"]] == ["web"]
    space.api.expect(200, "DELETE", space.path("replicationcontrollers"), labelSelector="updated=yes")
    space.cluster.settle()
    told = space.api.watch(space.path("replicationcontrollers"), 1, resourceVersion=start)
    assert told[0][0] == "MODIFIED"
    assert space.names(kind) == []
