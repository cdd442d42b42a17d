"""StatefulSets and DaemonSets with nodes that run their pods."""

from typing import Any

import pytest

from kubewheel.testing import SyncCluster
from tests.component.conformance.conftest import IMAGES, Space, images, pod, set_image, workload
from tests.component.kinds.conftest import MERGE

conformance = pytest.mark.conformance
APPS = "apps/v1"


@conformance("StatefulSet, Scaling")
def test_members_come_and_go_in_order(space: Space) -> None:
    slow = {"simulated.kubewheel.dev/ready-after": "30"}
    body = workload("StatefulSet", 3, serviceName="peers")
    body["spec"]["template"]["metadata"]["annotations"] = slow
    space.create(body)
    assert space.names("Pod") == ["web-0"]  # The next waits until this one is ready.
    space.wait(31)
    assert space.names("Pod") == ["web-0", "web-1"]
    space.wait(90)
    assert space.get("StatefulSet.apps", "web")["status"]["readyReplicas"] == 3
    start = space.client.list("Pod", space.name).resource_version
    space.patch("StatefulSet.apps", "web", {"spec": {"replicas": 0}})
    space.wait(120)
    assert space.names("Pod") == []
    gone: list[str] = []
    count = 3
    while len(gone) < 3:
        told = space.api.watch(space.path("pods"), count, resourceVersion=start)
        gone = [found["metadata"]["name"] for kind, found in told if kind == "DELETED"]
        count += 1
    assert gone == ["web-2", "web-1", "web-0"]


@conformance("StatefulSet, Scaling")
@pytest.mark.kubewheel(nodes=1)
def test_unhealthy_members_are_not_scaled_down(kubewheel: SyncCluster) -> None:
    kubewheel.apply(workload("StatefulSet", 3, serviceName="peers"))
    kubewheel.settle()
    assert len(kubewheel.list("Pod")) == 3
    kubewheel.lose_node("node-0")
    kubewheel.clock.advance(seconds=120)
    kubewheel.client.patch("StatefulSet.apps", "web", {"spec": {"replicas": 0}}, "default")
    kubewheel.settle()
    assert not [each for each in kubewheel.list("Pod") if "deletionTimestamp" in each["metadata"]]
    kubewheel.restore_node("node-0")
    kubewheel.clock.advance(seconds=120)
    assert kubewheel.list("Pod") == []


@conformance("StatefulSet, Burst Scaling")
def test_parallel_members_wait_for_nobody(space: Space) -> None:
    never = {"simulated.kubewheel.dev/ready-after": "100000"}
    body = workload("StatefulSet", 3, serviceName="peers", podManagementPolicy="Parallel")
    body["spec"]["template"]["metadata"]["annotations"] = never
    space.create(body)
    assert len(space.names("Pod")) == 3
    space.patch("StatefulSet.apps", "web", {"spec": {"replicas": 0}})
    space.wait(60)
    assert space.names("Pod") == []


@conformance("StatefulSet, Recreate Failed Pod")
def test_a_rejected_member_returns(space: Space) -> None:
    taken = pod("holder", container={"ports": [{"containerPort": 80, "hostPort": 21017}]}, nodeName="node-0")
    space.create(taken)
    body = workload("StatefulSet", 1, serviceName="peers")
    spec = body["spec"]["template"]["spec"]
    spec["nodeName"] = "node-0"
    spec["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": 21017}]
    space.create(body)
    first = space.get("Pod", "web-0")["metadata"]["uid"]
    space.client.patch("Pod", "web-0", {"status": {"phase": "Failed"}}, space.name, subresource="status")
    space.wait(60)
    space.delete("Pod", "holder")
    space.wait(60)
    again = space.get("Pod", "web-0")
    assert again["metadata"]["uid"] != first
    assert again["status"]["phase"] == "Running"


@conformance("StatefulSet, Rolling Update")
def test_members_are_replaced_from_the_end_and_back(space: Space) -> None:
    space.create(workload("StatefulSet", 3, image=IMAGES[0], serviceName="peers"))
    first = space.get("StatefulSet.apps", "web")["status"]["currentRevision"]
    set_image(space, "StatefulSet.apps", IMAGES[1])
    space.wait(120)
    status = space.get("StatefulSet.apps", "web")["status"]
    assert status["currentRevision"] == status["updateRevision"] != first
    assert set(images(space).values()) == {IMAGES[1]}
    set_image(space, "StatefulSet.apps", IMAGES[0])
    space.wait(120)
    assert space.get("StatefulSet.apps", "web")["status"]["currentRevision"] == first
    assert set(images(space).values()) == {IMAGES[0]}
    assert len(space.list("ControllerRevision.apps")) == 2


@conformance("StatefulSet, Rolling Update with Partition")
def test_canaries(space: Space) -> None:
    def partition(number: int) -> dict[str, Any]:
        return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}}

    space.create(workload("StatefulSet", 3, image=IMAGES[0], serviceName="peers", **partition(3)))
    set_image(space, "StatefulSet.apps", IMAGES[1])
    space.wait(60)
    assert set(images(space).values()) == {IMAGES[0]}
    status = space.get("StatefulSet.apps", "web")["status"]
    assert status["currentRevision"] != status["updateRevision"]
    for number, updated in ((2, ["web-2"]), (1, ["web-1", "web-2"]), (0, ["web-0", "web-1", "web-2"])):
        space.patch("StatefulSet.apps", "web", {"spec": partition(number)})
        space.wait(60)
        assert sorted(name for name, image in images(space).items() if image == IMAGES[1]) == updated
        space.delete("Pod", "web-0")
        space.delete("Pod", "web-2")
        space.wait(60)
        assert sorted(name for name, image in images(space).items() if image == IMAGES[1]) == updated


@conformance("DaemonSet-Creation")
def test_a_daemon_returns(space: Space) -> None:
    space.create(workload("DaemonSet", None))
    pods = space.list("Pod")
    assert sorted(each["spec"]["nodeName"] for each in pods) == ["node-0", "node-1"]
    space.delete("Pod", pods[0]["metadata"]["name"])
    space.wait(30)
    assert sorted(each["spec"]["nodeName"] for each in space.list("Pod")) == ["node-0", "node-1"]
    assert pods[0]["metadata"]["name"] not in space.names("Pod")


@conformance("DaemonSet-NodeSelection")
def test_daemons_follow_the_labels_of_nodes(space: Space) -> None:
    body = workload("DaemonSet", None)
    body["spec"]["template"]["spec"]["nodeSelector"] = {"color": "blue"}
    space.create(body)
    assert space.names("Pod") == []
    space.client.patch("Node", "node-1", {"metadata": {"labels": {"color": "blue"}}})
    space.wait(5)
    assert [each["spec"]["nodeName"] for each in space.list("Pod")] == ["node-1"]
    assert space.get("DaemonSet.apps", "web")["status"]["numberAvailable"] == 1
    space.client.patch("Node", "node-1", {"metadata": {"labels": {"color": "green"}}})
    space.wait(60)
    assert space.names("Pod") == []
    space.patch("DaemonSet.apps", "web", {"spec": {"template": {"spec": {"nodeSelector": {"color": "green"}}}}})
    space.wait(5)
    assert [each["spec"]["nodeName"] for each in space.list("Pod")] == ["node-1"]
    space.client.patch("Node", "node-1", {"metadata": {"labels": {"color": None}}})
    space.cluster.settle()


@conformance("DaemonSet-FailedPodCreation")
def test_a_failed_daemon_is_made_anew(space: Space) -> None:
    space.create(workload("DaemonSet", None))
    name = space.names("Pod")[0]
    space.client.patch("Pod", name, {"status": {"phase": "Failed"}}, space.name, subresource="status")
    space.wait(60)
    assert name not in space.names("Pod")
    assert len(space.names("Pod")) == 2


@conformance("DaemonSet-RollingUpdate")
def test_daemons_are_replaced(space: Space) -> None:
    space.create(workload("DaemonSet", None, image=IMAGES[0], updateStrategy={"type": "RollingUpdate"}))
    [first] = space.list("ControllerRevision.apps")
    set_image(space, "DaemonSet.apps", IMAGES[1])
    space.wait(120)
    assert list(images(space).values()) == [IMAGES[1]] * 2
    revisions = {each["revision"]: each["metadata"]["labels"]["controller-revision-hash"]
                 for each in space.list("ControllerRevision.apps")}
    assert sorted(revisions) == [1, 2]
    assert {each["metadata"]["labels"]["controller-revision-hash"] for each in space.list("Pod")} == {revisions[2]}
    assert first["metadata"]["labels"]["controller-revision-hash"] == revisions[1]


@conformance("DaemonSet-Rollback")
def test_a_rollback_spares_what_still_runs(space: Space) -> None:
    space.create(workload("DaemonSet", None, image=IMAGES[0]))
    before = space.names("Pod")
    with space.cluster.no_image("missing:*"):
        set_image(space, "DaemonSet.apps", "missing:1")
        space.wait(60)
        assert sorted(images(space).values()) == ["missing:1", IMAGES[0]]
        [kept] = [name for name in space.names("Pod") if name in before]
        set_image(space, "DaemonSet.apps", IMAGES[0])
        space.wait(120)
    assert set(images(space).values()) == {IMAGES[0]}
    assert kept in space.names("Pod")
    status = next(each for each in space.list("Pod") if each["metadata"]["name"] == kept)["status"]
    assert status["containerStatuses"][0]["restartCount"] == 0


@conformance("ControllerRevision, resource lifecycle")
def test_life_of_a_revision(space: Space) -> None:
    space.create(workload("DaemonSet", None))
    collection = space.path("controllerrevisions", "", APPS)
    selector = {"labelSelector": "app=web"}

    def revisions() -> list[Any]:
        return list(space.api.expect(200, "GET", collection, **selector)["items"])

    [first] = revisions()
    target = f"{collection}/{first['metadata']['name']}"
    patched = space.api.expect(200, "PATCH", target, {"metadata": {"labels": {"patched": "yes"}}}, kind=MERGE)
    assert patched["metadata"]["labels"]["patched"] == "yes"
    made = {"metadata": {"name": "made", "labels": first["metadata"]["labels"],
                         "ownerReferences": first["metadata"]["ownerReferences"]}, "data": first["data"], "revision": 2}
    space.api.expect(201, "POST", collection, made)
    space.cluster.settle()
    assert len(revisions()) == 2
    space.api.ask("DELETE", target)
    space.cluster.settle()
    [left] = revisions()
    left = space.api.expect(200, "GET", f"{collection}/{left['metadata']['name']}")
    left["metadata"]["labels"]["updated"] = "yes"
    updated = space.api.expect(200, "PUT", f"{collection}/{left['metadata']['name']}", left)
    assert updated["metadata"]["labels"]["updated"] == "yes"
    set_image(space, "DaemonSet.apps", IMAGES[1])
    space.wait(60)
    assert len(revisions()) == 2
    space.api.expect(200, "DELETE", collection, labelSelector="updated=yes")
    space.cluster.settle()
    [last] = revisions()
    assert last["revision"] == 3
