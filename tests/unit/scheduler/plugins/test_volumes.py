"""Volumes: reasons to wait, where they can be reached, what a waiting claim gets."""

from typing import Any

import pytest

from kubewheel.scheduler.plugins import volumes
from kubewheel.scheduler.plugins.volumes.refusals import ELSEWHERE, IN_USE, MISSING, NO_VOLUME, OTHER_ZONE, VolumeCheck
from kubewheel.scheduler.verdict import Verdict
from tests.unit.scheduler.conftest import HOSTNAME, Things, cluster, node, pod

ZONE = "topology.kubernetes.io/zone"


def on_host(name: str) -> Any:
    expression = {"key": HOSTNAME, "operator": "In", "values": [name]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def claim(name: str = "data", *, volume: str = "", storage_class: str = "", phase: str = "", **more: Any) -> Any:
    spec = {"accessModes": more.pop("modes", ["ReadWriteOnce"]), "resources": {"requests": {"storage": "1Gi"}}}
    if volume:
        spec["volumeName"] = volume
    if storage_class:
        spec["storageClassName"] = storage_class
    state = phase or ("Bound" if volume else "Pending")
    metadata = {"name": name, "namespace": "ns", "uid": f"u-{name}", **more}
    return {"metadata": metadata, "spec": spec, "status": {"phase": state}}


def persistent(name: str = "pv", *, size: str = "1Gi", storage_class: str = "", labels: Any = None, **spec: Any) -> Any:
    return {"metadata": {"name": name, "labels": labels or {}}, "status": {"phase": "Available"}, "spec": {
        "capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": storage_class, **spec}}


def things(*claims: Any, volumes: Any = (), classes: Any = ()) -> Things:
    made = Things()
    for kind, objects in (("PersistentVolumeClaim", claims), ("PersistentVolume", volumes),
                          ("StorageClass.storage.k8s.io", classes)):
        for each in objects:
            made.add(kind, each)
    return made


LATE = {"metadata": {"name": "late"}, "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer"}
MADE = {"metadata": {"name": "made"}, "provisioner": "example.com/disk", "volumeBindingMode": "WaitForFirstConsumer",
        "allowedTopologies": [{"matchLabelExpressions": [{"key": ZONE, "values": ["a"]}]}]}


def user(name: str = "p", **options: Any) -> Any:
    return pod(name, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}], **options)


@pytest.mark.parametrize(("objects", "text"), [
    pytest.param(things(), 'persistentvolumeclaim "data" not found', id="missing"),
    pytest.param(things(claim()), "pod has unbound immediate PersistentVolumeClaims", id="unbound"),
    pytest.param(things(claim(volume="pv", phase="Lost")),
                 'persistentvolumeclaim "data" bound to non-existent persistentvolume "pv"', id="lost"),
    pytest.param(things(claim(volume="pv", deletionTimestamp="2024-01-01T00:00:00Z")),
                 'persistentvolumeclaim "data" is being deleted', id="deleting"),
    pytest.param(things(claim(storage_class="none")), 'storageclass.storage.k8s.io "none" not found', id="no-class"),
])
def test_reasons_to_wait(objects: Things, text: str) -> None:
    found = volumes.FILTER.prepare(user(), cluster(node(), things=objects))
    assert found == Verdict("VolumeBinding", (text,))


def test_ephemeral_volume_waits_for_its_claim() -> None:
    wanted = pod("p", volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": {}}}])
    found = volumes.FILTER.prepare(wanted, cluster(node(), things=things()))
    assert found == Verdict("VolumeBinding", (
        'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"',
    ))
    foreign = volumes.FILTER.prepare(wanted, cluster(node(), things=things(claim("p-v", volume="pv"))))
    assert foreign == Verdict("VolumeBinding", ("PVC ns/p-v was not created for pod ns/p (pod is not owner)",))


NODES = [node("n1", labels={ZONE: "a"}), node("n2", labels={ZONE: "b"})]


@pytest.mark.parametrize(("objects", "expected"), [
    pytest.param(things(claim(volume="pv"), volumes=[persistent()]), [None, None], id="reachable"),
    pytest.param(things(claim(volume="pv")), [MISSING, MISSING], id="no-such-volume"),
    pytest.param(things(claim(volume="pv"), volumes=[persistent(nodeAffinity=on_host("n2"))]), [ELSEWHERE, None],
                 id="on-one-node"),
    pytest.param(things(claim(volume="pv"), volumes=[persistent(labels={ZONE: "b__c"})]), [OTHER_ZONE, None],
                 id="zone-of-labels"),
    pytest.param(things(claim(storage_class="late"), classes=[LATE]), [NO_VOLUME, NO_VOLUME], id="nothing-to-bind"),
    pytest.param(things(claim(storage_class="late"), classes=[LATE],
                        volumes=[persistent(storage_class="late", nodeAffinity=on_host("n2"))]), [NO_VOLUME, None],
                 id="binds-on-one-node"),
    pytest.param(things(claim(storage_class="late"), classes=[LATE],
                        volumes=[persistent(storage_class="late", size="512Mi")]), [NO_VOLUME, NO_VOLUME],
                 id="too-small"),
    pytest.param(things(claim(storage_class="made"), classes=[MADE]), [None, NO_VOLUME], id="made-where-allowed"),
    pytest.param(things(claim(storage_class="made", annotations={"volume.kubernetes.io/selected-node": "n1"}),
                        classes=[MADE]), [None, NO_VOLUME], id="node-chosen-before"),
])
def test_verdicts(objects: Things, expected: Any) -> None:
    snapshot = cluster(*NODES, things=objects)
    check = volumes.FILTER.prepare(user(), snapshot)
    assert isinstance(check, VolumeCheck)
    assert [check.verdict(info) for info in snapshot.nodes.values()] == expected


def test_smallest_free_volume_is_chosen() -> None:
    offered = [persistent(name, size=size, storage_class="late") for name, size in (("l", "9Gi"), ("s", "2Gi"))]
    snapshot = cluster(*NODES, things=things(claim(storage_class="late"), classes=[LATE], volumes=offered))
    check = volumes.FILTER.prepare(user(), snapshot)
    assert isinstance(check, VolumeCheck)

    def chosen() -> list[Any]:
        return [choice.volume for choice in check.choices(snapshot.nodes["n1"]) or ()]

    assert chosen() == [offered[1]]
    snapshot.reserved_volumes["s"] = "ns/other"
    assert chosen() == [offered[0]]


def test_claim_for_one_pod_is_not_shared() -> None:
    exclusive = things(claim(volume="pv", modes=["ReadWriteOncePod"]), volumes=[persistent()])
    holder = user("holder", on="n1")
    snapshot = cluster(*NODES, pods=[holder], things=exclusive)
    check = volumes.FILTER.prepare(user("new"), snapshot)
    assert isinstance(check, VolumeCheck)
    first, second = (check.verdict(info) for info in snapshot.nodes.values())
    assert first is IN_USE
    assert second is not None
    assert not second.resolvable
    freed = check.moved(snapshot.nodes["n1"], [holder], ())
    assert freed.verdict(snapshot.nodes["n1"]) is None
