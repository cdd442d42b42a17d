"""Claims, volumes and attribute classes stay until nobody uses them."""

from typing import Any

from kubewheel.api.errors import StatusError


def claim(name: str = "data", **spec: Any) -> dict[str, Any]:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": asked}


def pod(name: str, volume: dict[str, Any]) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "i"}], "volumes": [{"name": "v", **volume}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def using(name: str) -> dict[str, Any]:
    return {"persistentVolumeClaim": {"claimName": name}}


async def is_gone(cluster: Any, kind: str, name: str, namespace: str = "default") -> bool:
    try:
        await cluster.get(kind, name, namespace)
    except StatusError as error:
        return error.code == 404
    return False


async def test_claim_in_use_stays(cluster: Any) -> None:
    made = await cluster.create(claim())
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    await cluster.create(pod("user", using("data")))
    await cluster.create(pod("waiting", using("data")))
    await cluster.client.create_subresource("Pod", "user", "default", "binding", {
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": "user"}, "target": {"kind": "Node", "name": "n1"},
    })
    await cluster.delete("PersistentVolumeClaim", "data")
    assert (await cluster.get("PersistentVolumeClaim", "data"))["metadata"]["deletionTimestamp"]
    await cluster.start("user", phase="Succeeded")
    await cluster.settle()
    assert not await is_gone(cluster, "PersistentVolumeClaim", "data")  # The pod object is still there.
    await cluster.delete("Pod", "user", grace_seconds=0)
    assert await is_gone(cluster, "PersistentVolumeClaim", "data")


async def test_unused_claim_goes_at_once(cluster: Any) -> None:
    await cluster.create(claim())
    await cluster.create(pod("unscheduled", using("data")))
    await cluster.delete("PersistentVolumeClaim", "data")
    assert await is_gone(cluster, "PersistentVolumeClaim", "data")


async def test_lost_finalizer_comes_back(cluster: Any) -> None:
    await cluster.create(claim())
    await cluster.patch("PersistentVolumeClaim", "data", {"metadata": {"finalizers": None}})
    found = await cluster.get("PersistentVolumeClaim", "data")
    assert found["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]


async def test_bound_volume_stays(cluster: Any) -> None:
    volume = {
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"},
        "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"},
            "claimRef": {"namespace": "default", "name": "data"},
        },
    }
    made = await cluster.create(volume, "")
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]

    async def become(phase: str) -> None:
        await cluster.patch("PersistentVolume", "disk", {"status": {"phase": phase}}, "", subresource="status")

    await become("Bound")
    await cluster.delete("PersistentVolume", "disk", "")
    assert not await is_gone(cluster, "PersistentVolume", "disk", "")
    await become("Released")
    assert await is_gone(cluster, "PersistentVolume", "disk", "")


async def test_named_attributes_class_stays(cluster: Any) -> None:
    kind = "VolumeAttributesClass.storage.k8s.io"
    await cluster.create({
        "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttributesClass", "metadata": {"name": "gold"},
        "driverName": "csi.example.com", "parameters": {"iops": "100"},
    }, "")
    await cluster.create(claim(volumeAttributesClassName="gold"))
    await cluster.delete(kind, "gold", "")
    assert (await cluster.get(kind, "gold", ""))["metadata"]["finalizers"] == ["kubernetes.io/vac-protection"]
    await cluster.delete("PersistentVolumeClaim", "data")
    assert await is_gone(cluster, kind, "gold", "")


async def test_a_namespace_ends_with_its_claims_in_use(cluster: Any) -> None:
    await cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}, "")
    await cluster.create(claim(), "team")
    await cluster.create(pod("user", using("data")), "team")
    await cluster.client.create_subresource("Pod", "user", "team", "binding", {
        "apiVersion": "v1", "kind": "Binding", "metadata": {"name": "user"}, "target": {"kind": "Node", "name": "n1"},
    })
    await cluster.delete("Namespace", "team", "")
    assert not await is_gone(cluster, "PersistentVolumeClaim", "data", "team")
    await cluster.delete("Pod", "user", "team", grace_seconds=0)  # As the node does once its containers have ended.
    await cluster.pass_time(60)
    assert await is_gone(cluster, "Namespace", "team", "")


async def test_claims_of_ephemeral_volumes_go_with_their_pod(cluster: Any) -> None:
    owner = await cluster.create(pod("p", {"ephemeral": {"volumeClaimTemplate": {"spec": claim()["spec"]}}}))
    made = claim("p-v")
    made["metadata"]["ownerReferences"] = [{
        "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": owner["metadata"]["uid"], "controller": True,
    }]
    if await is_gone(cluster, "PersistentVolumeClaim", "p-v"):
        await cluster.create(made)
    await cluster.delete("Pod", "p", grace_seconds=0)
    await cluster.pass_time(60)
    assert await is_gone(cluster, "PersistentVolumeClaim", "p-v")
