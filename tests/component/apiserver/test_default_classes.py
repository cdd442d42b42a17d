"""Storage, ingress and runtime classes: what they add to objects that name none, or name them."""

from typing import Any

from tests.component.apiserver.conftest import PODS, Cluster, content, pod

STORAGE = "/apis/storage.k8s.io/v1/storageclasses"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"
NETWORKING = "/apis/networking.k8s.io/v1"
RUNTIMES = "/apis/node.k8s.io/v1/runtimeclasses"


def claim(name: str, **spec: Any) -> dict[str, Any]:
    needs = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"metadata": {"name": name}, "spec": {**needs, **spec}}


async def test_storage_class(cluster: Cluster) -> None:
    assert "storageClassName" not in (await cluster.create(CLAIMS, claim("early")))["spec"]
    for name in ("slow", "fast"):
        await cluster.create(STORAGE, {
            "metadata": {"name": name, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": "example.com/disk",
        })
        cluster.clock.advance(1)
    assert (await cluster.create(CLAIMS, claim("a")))["spec"]["storageClassName"] == "fast"
    assert (await cluster.create(CLAIMS, claim("b", storageClassName="")))["spec"]["storageClassName"] == ""


async def test_ingress_class(cluster: Cluster) -> None:
    await cluster.create(f"{NETWORKING}/ingressclasses", {
        "metadata": {"name": "front", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
        "spec": {"controller": "example.com/front"},
    })
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    made = await cluster.create(f"{NETWORKING}/namespaces/default/ingresses", {
        "metadata": {"name": "i"}, "spec": {"defaultBackend": backend},
    })
    assert made["spec"]["ingressClassName"] == "front"


async def test_runtime_class(cluster: Cluster) -> None:
    await cluster.create(RUNTIMES, {
        "metadata": {"name": "vm"}, "handler": "vm", "overhead": {"podFixed": {"memory": "64Mi"}},
        "scheduling": {"nodeSelector": {"vm": "yes"}, "tolerations": [{"key": "vm", "operator": "Exists"}]},
    })
    made = await cluster.create(PODS, pod(runtimeClassName="vm", nodeSelector={"disk": "ssd"}))
    assert made["spec"]["overhead"] == {"memory": "64Mi"}
    assert made["spec"]["nodeSelector"] == {"disk": "ssd", "vm": "yes"}
    assert {"key": "vm", "operator": "Exists"} in made["spec"]["tolerations"]


async def test_runtime_class_refusals(cluster: Cluster) -> None:
    await cluster.create(RUNTIMES, {"metadata": {"name": "vm"}, "handler": "vm",
                                    "scheduling": {"nodeSelector": {"vm": "yes"}}})
    refused = [content(await cluster.ask("POST", PODS, pod(**spec)))["message"] for spec in (
        {"runtimeClassName": "none"}, {"runtimeClassName": "vm", "nodeSelector": {"vm": "no"}},
        {"overhead": {"memory": "1Mi"}},
    )]
    assert refused == [
        'pods "p" is forbidden: pod rejected: RuntimeClass "none" not found',
        'pods "p" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; '
        "pod.spec.nodeSelector[vm] = no",
        'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ]
