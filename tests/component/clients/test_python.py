"""Scripts as their users write them, with the other Python clients: kubernetes_asyncio, kr8s, lightkube, pykube."""

import asyncio
import warnings
from contextlib import suppress
from typing import Any

import pytest

from tests.component.clients.conftest import DEFINITION, example, until

pytestmark = [pytest.mark.slow, pytest.mark.kubewheel(nodes=1, clock="real"), pytest.mark.filterwarnings("ignore")]
LABELS = {"app": "web"}
CONTAINER = {"name": "c", "image": "busybox"}
POD: dict[str, Any] = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default", "labels": LABELS},
    "spec": {"containers": [CONTAINER]},
}
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "default"},
    "spec": {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": {
        "metadata": {"labels": LABELS}, "spec": {"containers": [CONTAINER]},
    }},
}


async def test_kubernetes_asyncio(kubewheel: Any) -> None:
    """Watch, exec over a websocket, server-side apply, paged lists, errors."""
    from kubernetes_asyncio import client, watch
    from kubernetes_asyncio.stream import WsApiClient

    async with kubewheel.kubernetes_asyncio as api:
        core, seen = client.CoreV1Api(api), []

        async def follow() -> None:
            async with watch.Watch() as stream:
                async for event in stream.stream(core.list_namespaced_pod, "default", timeout_seconds=20):
                    seen.append((event["type"], event["object"].status.phase))
                    if event["type"] == "DELETED":
                        return

        async with asyncio.TaskGroup() as group:
            group.create_task(follow(), name="watch")
            await core.create_namespaced_pod("default", POD)
            await until(lambda: "Running" in {phase for _, phase in seen})
            async with WsApiClient(configuration=api.configuration) as streams:
                said = await client.CoreV1Api(streams).connect_get_namespaced_pod_exec(
                    "web", "default", command=["sh", "-c", "echo hello"], stderr=True, stdin=False, stdout=True,
                    tty=False,
                )
            assert said == "hello\n"
            assert await core.read_namespaced_pod_log("web", "default") == "simulated container started\n"
            await core.delete_namespaced_pod("web", "default", grace_period_seconds=0)
        assert seen[0][0] == "ADDED"
        for number in range(3):
            await core.create_namespaced_config_map("default", {"metadata": {"name": f"m{number}", "labels": LABELS}})
        page = await core.list_namespaced_config_map("default", label_selector="app=web", limit=2)
        rest = await core.list_namespaced_config_map("default", limit=2, _continue=page.metadata._continue,
                                                     label_selector="app=web")
        assert [each.metadata.name for each in (*page.items, *rest.items)] == ["m0", "m1", "m2"]
        with pytest.raises(client.ApiException) as error:
            await core.create_namespaced_config_map("default", {"metadata": {"name": "m0"}})
        assert error.value.status == 409


async def test_kr8s(kubewheel: Any) -> None:
    """Objects of known and of new kinds, waiting, scaling, exec, labels, logs."""
    import kr8s
    from kr8s.asyncio.objects import Deployment, Pod, new_class

    await kubewheel.apply(DEFINITION)
    await kubewheel.settle()
    api = await kubewheel.kr8s
    pod = await Pod(POD, api=api)
    await pod.create()
    await pod.wait("condition=Ready", timeout=10)
    done = await pod.exec(["sh", "-c", "echo hello; exit 3"], check=False)
    assert (done.stdout, done.returncode) == (b"hello\n", 3)
    assert [line async for line in pod.logs()] == ["simulated container started"]
    await pod.label({"tier": "front"})
    await pod.annotate({"a": "b"})
    found = [each.name async for each in api.get("pods", namespace="default", label_selector="tier=front")]
    assert found == ["web"]
    deployment = await Deployment(DEPLOYMENT, api=api)
    await deployment.create()
    await deployment.scale(2)
    await deployment.wait("condition=Available", timeout=10)
    assert len(await deployment.pods()) >= 2
    Example = new_class("KopfExample", version="kopf.dev/v1", namespaced=True)
    custom = await Example(example(), api=api)
    await custom.create()
    await custom.patch({"spec": {"field": "other"}})
    await custom.refresh()
    assert custom.spec.field == "other"
    await custom.delete()
    await pod.delete(grace_period=0)
    await pod.wait("delete", timeout=10)
    with pytest.raises(kr8s.NotFoundError):
        await Pod.get("web", namespace="default", api=api)
    await api._session.aclose()  # It has no way of its own.


async def test_lightkube(kubewheel: Any) -> None:
    """Typed and generic resources, server-side apply, watches, waiting, deletion of many."""
    from lightkube import ApiError
    from lightkube.generic_resource import async_load_in_cluster_generic_resources, get_generic_resource
    from lightkube.models.core_v1 import Container, PodSpec
    from lightkube.models.meta_v1 import ObjectMeta
    from lightkube.resources.apps_v1 import Deployment
    from lightkube.resources.core_v1 import ConfigMap, Pod

    await kubewheel.apply(DEFINITION)
    await kubewheel.settle()
    client = kubewheel.lightkube
    spec = PodSpec(containers=[Container(name="c", image="busybox")])
    await client.create(Pod(metadata=ObjectMeta(name="web", namespace="default"), spec=spec))

    phases = []
    async for event, pod in client.watch(Pod, namespace="default", fields={"metadata.name": "web"}):
        phases.append((event, pod.status.phase))
        if pod.status.phase == "Running":
            break
    assert phases[0][0] == "ADDED"
    settings = ConfigMap(metadata=ObjectMeta(name="s", namespace="default"), data={"a": "1"})
    await client.apply(settings, field_manager="one")
    with pytest.raises(ApiError) as error:
        await client.apply(ConfigMap(metadata=settings.metadata, data={"a": "2"}), field_manager="two")
    assert error.value.status.code == 409
    made = await client.apply(ConfigMap(metadata=settings.metadata, data={"a": "2"}), field_manager="two", force=True)
    assert made.data == {"a": "2"}
    await client.create(Deployment.from_dict(DEPLOYMENT))
    ready = await client.wait(Deployment, "d", for_conditions=["Available"], namespace="default")
    assert ready.status.availableReplicas == 1
    await client.patch(Deployment.Scale, "d", {"spec": {"replicas": 0}}, namespace="default")
    assert [line async for line in client.log("web", namespace="default")] == ["simulated container started\n"]
    await async_load_in_cluster_generic_resources(client)
    Example = get_generic_resource("kopf.dev/v1", "KopfExample")
    await client.create(Example(metadata={"name": "x", "namespace": "default"}, spec={"field": "y"}))
    assert [each.spec["field"] async for each in client.list(Example, namespace="*")] == ["y"]
    await client.deletecollection(Example, namespace="default")
    with pytest.raises(ApiError):
        await client.get(Example, "x", namespace="default")
    await client._client._client.aclose()  # It has no way of its own.


async def test_pykube(kubewheel: Any) -> None:
    """Queries, watches, updates by difference, rollouts, custom kinds; blocking, so in a thread."""
    await kubewheel.apply(DEFINITION)
    await kubewheel.settle()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert await asyncio.to_thread(_use_pykube, kubewheel.pykube) == ["web", "other", 3, "ADDED", []]


def _use_pykube(api: Any) -> list[Any]:
    import pykube

    pykube.Pod(api, POD).create()
    found = pykube.Pod.objects(api, namespace="default").filter(selector="app=web").get(name="web")
    while found.obj["status"].get("phase") != "Running":  # Whoever updates what changes meets conflicts.
        found.reload()
    found.annotations["a"] = "other"
    found.update()
    found.reload()
    deployment = pykube.Deployment(api, DEPLOYMENT)
    deployment.create()
    while deployment.replicas != 3:
        deployment.reload()
        with suppress(pykube.exceptions.HTTPError):  # The controller was quicker.
            deployment.scale(3)
        deployment.reload()
    event = next(iter(pykube.Pod.objects(api, namespace="default").watch()))
    Example = pykube.object_factory(api, "kopf.dev/v1", "KopfExample")
    made = Example(api, example())
    made.create()
    made.patch({"spec": {"field": "other"}})
    made.delete()
    left = [each.name for each in Example.objects(api, namespace="default")]
    return [found.name, found.annotations["a"], deployment.replicas, event.type, left]
