"""The garbage collector and namespaces: what goes along with what."""

import time

import pytest

from kubewheel.api.errors import StatusError
from tests.component.conformance.conftest import Space, pod, workload

conformance = pytest.mark.conformance
RC = "ReplicationController"


@conformance("Garbage Collector, delete replication controller, propagation policy background")
def test_background_deletion_of_a_controller(space: Space) -> None:
    space.create(workload(RC, 2))
    assert len(space.list("Pod")) == 2
    space.delete(RC, "web", propagation="Background")
    assert space.names("Pod") == []


@conformance("Garbage Collector, delete replication controller, propagation policy orphan")
def test_orphaned_pods_stay(space: Space) -> None:
    space.create(workload(RC, 10))
    before = space.names("Pod")
    space.delete(RC, "web", propagation="Orphan")
    assert space.names(RC) == []
    space.wait(60)
    assert space.names("Pod") == before
    assert not any("ownerReferences" in each["metadata"] for each in space.list("Pod"))


@conformance("Garbage Collector, delete deployment,  propagation policy background")
def test_background_deletion_of_a_deployment(space: Space) -> None:
    space.create(workload("Deployment", 2))
    assert len(space.names("ReplicaSet.apps")) == 1
    space.delete("Deployment.apps", "web", propagation="Background")
    space.wait(60)
    assert space.names("ReplicaSet.apps") == space.names("Pod") == []


@conformance("Garbage Collector, delete deployment, propagation policy orphan")
def test_an_orphaned_replica_set_stays(space: Space) -> None:
    space.create(workload("Deployment", 2))
    space.delete("Deployment.apps", "web", propagation="Orphan")
    space.wait(60)
    assert space.names("Deployment.apps") == []
    [kept] = space.list("ReplicaSet.apps")
    assert "ownerReferences" not in kept["metadata"]
    assert len(space.names("Pod")) == 2


@conformance("Garbage Collector, delete replication controller, after owned pods")
def test_foreground_deletion_ends_with_the_owner(space: Space) -> None:
    space.create(workload(RC, 10))
    held = space.names("Pod")[0]
    space.patch("Pod", held, {"metadata": {"finalizers": ["example.com/hold"]}})
    space.delete(RC, "web", propagation="Foreground")
    space.wait(60)
    assert space.get(RC, "web")["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert space.names("Pod") == [held]
    space.patch("Pod", held, {"metadata": {"finalizers": None}})
    assert space.names("Pod") == []
    assert space.names(RC) == []


def owner(found: dict, **more: bool) -> dict:
    metadata = found["metadata"]
    return {"apiVersion": "v1", "kind": found["kind"], "name": metadata["name"], "uid": metadata["uid"], **more}


@conformance("Garbage Collector, multiple owners")
def test_dependents_with_another_owner_stay(space: Space) -> None:
    space.create(workload(RC, 10, "goes"))
    stays = space.create(workload(RC, 0, "stays"))
    shared = space.names("Pod")[:5]
    for name in shared:
        refs = space.get("Pod", name)["metadata"]["ownerReferences"]
        space.patch("Pod", name, {"metadata": {"ownerReferences": [*refs, owner(stays)]}})
    space.delete(RC, "goes", propagation="Foreground")
    space.wait(30)
    assert space.names(RC) == ["stays"]
    assert space.names("Pod") == shared
    for each in space.list("Pod"):
        assert "deletionTimestamp" not in each["metadata"]
        assert [one["name"] for one in each["metadata"]["ownerReferences"]] == ["stays"]


@conformance("Garbage Collector, dependency cycle")
def test_a_circle_of_owners_goes_as_a_whole(space: Space) -> None:
    made = [space.create(pod(f"pod{number}")) for number in (1, 2, 3)]
    for number, each in enumerate(made):
        reference = owner(made[number - 1], controller=True, blockOwnerDeletion=True)
        space.patch("Pod", each["metadata"]["name"], {"metadata": {"ownerReferences": [reference]}})
    space.delete("Pod", "pod1", propagation="Foreground")
    space.wait(60)
    assert space.names("Pod") == []


def space_of(space: Space, name: str) -> None:
    space.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    space.cluster.settle()


@conformance("namespace-deletion-removes-pods")
@conformance("namespace-deletion-removes-services")
def test_a_namespace_takes_pods_and_services_along(space: Space) -> None:
    name = f"{space.name}-goes"
    space_of(space, name)
    space.client.create(pod(), namespace=name)
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    space.client.create(service, namespace=name)
    space.cluster.settle()
    space.client.delete("Namespace", name)
    space.wait(60)
    with pytest.raises(StatusError, match="not found"):
        space.client.get("Namespace", name)
    space_of(space, name)
    assert not space.client.list("Pod", name).items
    assert not space.client.list("Service", name).items
    space.client.delete("Namespace", name)
    space.cluster.settle()


@conformance("Ordered Namespace Deletion")
def test_pods_go_before_what_they_may_need(space: Space) -> None:
    name = f"{space.name}-ordered"
    space_of(space, name)
    held = pod()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    space.client.create(held, namespace=name)
    space.client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "needed"}}, namespace=name)
    space.client.delete("Namespace", name)
    space.wait(60)
    conditions = {each["type"]: each for each in space.client.get("Namespace", name)["status"]["conditions"]}
    assert conditions["NamespaceContentRemaining"]["status"] == "True"
    assert conditions["NamespaceFinalizersRemaining"]["status"] == "True"
    assert space.client.get("Pod", "p", name)["metadata"]["deletionTimestamp"]
    assert "deletionTimestamp" not in space.client.get("ConfigMap", "needed", name)["metadata"]
    space.client.patch("Pod", "p", {"metadata": {"finalizers": None}}, name)
    space.wait(60)
    with pytest.raises(StatusError, match="not found"):
        space.client.get("Namespace", name)


@conformance("Namespace patching")
@conformance("Namespace, apply update to a namespace")
def test_a_namespace_is_patched_and_updated(space: Space) -> None:
    space.client.patch("Namespace", space.name, {"metadata": {"labels": {"testLabel": "testValue"}}})
    found = dict(space.client.get("Namespace", space.name))
    assert found["metadata"]["labels"]["testLabel"] == "testValue"
    labels = {**found["metadata"]["labels"], space.name: "updated"}
    space.client.update({**found, "metadata": {**found["metadata"], "labels": labels}})
    assert space.client.get("Namespace", space.name)["metadata"]["labels"][space.name] == "updated"


@conformance("Namespace, apply finalizer to a namespace")
def test_finalizers_of_a_namespace(space: Space) -> None:
    target = f"/api/v1/namespaces/{space.name}"
    found = space.api.expect(200, "GET", target)
    own = found["spec"]["finalizers"]
    more = found | {"spec": {"finalizers": ["example.com/fake", *own]}}
    assert space.api.expect(200, "PUT", f"{target}/finalize", more)["spec"]["finalizers"] == ["example.com/fake", *own]
    found = space.api.expect(200, "GET", target)
    space.api.expect(200, "PUT", f"{target}/finalize", found | {"spec": {"finalizers": own}})
    assert space.api.expect(200, "GET", target)["spec"]["finalizers"] == own


@conformance("Service endpoint latency, thresholds")
@pytest.mark.slow
def test_endpoints_are_there_at_once(space: Space) -> None:
    space.create(workload(RC, 1))
    delays = []
    for number in range(100):
        started = time.monotonic()
        body = {"ports": [{"port": 80}], "selector": {"app": "web"}}
        name = f"s{number}"
        space.client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": body},
                            namespace=space.name)
        space.cluster.settle()
        assert space.get("Endpoints", name)["subsets"]
        delays.append(time.monotonic() - started)
    assert sorted(delays)[50] < 1
    assert sorted(delays)[90] < 2
