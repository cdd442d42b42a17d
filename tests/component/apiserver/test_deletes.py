"""delete: at once, after a grace period, after finalizers; and what comes of namespaces and collections."""

from typing import Any

import pytest

from kubewheel.libs.wire import Response
from tests.component.apiserver.conftest import CONFIG_MAPS, PODS, Cluster, config_map, content, pod

NAMESPACES = "/api/v1/namespaces"


async def exists(cluster: Cluster, path: str) -> bool:
    return (await cluster.ask("GET", path)).status == 200


async def delete(cluster: Cluster, path: str, body: Any = None, **query: str) -> Response:
    return await cluster.ask("DELETE", path, body, **query)


async def test_plain_delete(cluster: Cluster) -> None:
    made = await cluster.create(CONFIG_MAPS, config_map())
    answer = content(await delete(cluster, f"{CONFIG_MAPS}/cm"))
    assert answer["status"] == "Success"
    assert answer["details"] == {"name": "cm", "kind": "configmaps", "uid": made["metadata"]["uid"]}
    assert (await delete(cluster, f"{CONFIG_MAPS}/cm")).status == 404


@pytest.mark.parametrize(("preconditions", "message"), [
    pytest.param({"uid": "x"}, "Precondition failed: UID in precondition: x, UID in object meta: ", id="uid"),
    pytest.param({"resourceVersion": "1"}, "Precondition failed: ResourceVersion in precondition: 1, ", id="version"),
])
async def test_preconditions(cluster: Cluster, preconditions: dict[str, str], message: str) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    response = await delete(cluster, f"{CONFIG_MAPS}/cm", {"preconditions": preconditions})
    assert response.status == 409
    assert message in content(response)["message"]


async def test_dry_run(cluster: Cluster) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    assert (await delete(cluster, f"{CONFIG_MAPS}/cm", dryRun="All")).status == 200
    assert await exists(cluster, f"{CONFIG_MAPS}/cm")


async def test_finalizers_hold_an_object(cluster: Cluster) -> None:
    body = config_map()
    body["metadata"]["finalizers"] = ["example.com/hold"]
    await cluster.create(CONFIG_MAPS, body)
    held = content(await delete(cluster, f"{CONFIG_MAPS}/cm"))
    assert held["metadata"]["deletionTimestamp"]
    assert held["metadata"]["deletionGracePeriodSeconds"] == 0
    added = await cluster.patch(f"{CONFIG_MAPS}/cm", {"metadata": {"finalizers": ["example.com/hold", "x.com/y"]}})
    assert added.status == 422
    last = content(await cluster.patch(f"{CONFIG_MAPS}/cm", {"metadata": {"finalizers": None}}))
    assert "finalizers" not in last["metadata"]
    assert last["metadata"]["resourceVersion"] == held["metadata"]["resourceVersion"]
    assert not await exists(cluster, f"{CONFIG_MAPS}/cm")


@pytest.mark.parametrize(("policy", "finalizer"), [
    pytest.param("Foreground", "foregroundDeletion", id="foreground"), pytest.param("Orphan", "orphan", id="orphan"),
])
async def test_propagation(cluster: Cluster, policy: str, finalizer: str) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    answer = content(await delete(cluster, f"{CONFIG_MAPS}/cm", {"propagationPolicy": policy}))
    assert answer["metadata"]["finalizers"] == [finalizer]
    assert (await delete(cluster, f"{CONFIG_MAPS}/cm", {"propagationPolicy": "Sideways"})).status == 422


async def test_pod_that_runs_gets_time(cluster: Cluster) -> None:
    await cluster.create(PODS, pod(nodeName="n1"))
    answer = content(await delete(cluster, f"{PODS}/p"))
    assert answer["metadata"]["deletionGracePeriodSeconds"] == 30
    assert answer["metadata"]["deletionTimestamp"] == "2027-01-15T08:00:30Z"
    longer = content(await delete(cluster, f"{PODS}/p", gracePeriodSeconds="60"))
    assert longer["metadata"]["deletionGracePeriodSeconds"] == 30
    shorter = content(await delete(cluster, f"{PODS}/p", gracePeriodSeconds="5"))
    assert shorter["metadata"]["deletionTimestamp"] == "2027-01-15T08:00:05Z"
    assert await exists(cluster, f"{PODS}/p")
    await delete(cluster, f"{PODS}/p", {"gracePeriodSeconds": 0})
    assert not await exists(cluster, f"{PODS}/p")


async def test_pod_that_does_not_run_goes_at_once(cluster: Cluster) -> None:
    await cluster.create(PODS, pod("unscheduled"))
    answer = content(await delete(cluster, f"{PODS}/unscheduled"))
    assert answer["kind"] == "Pod"
    assert not await exists(cluster, f"{PODS}/unscheduled")
    await cluster.create(PODS, pod("done", nodeName="n1"))
    await cluster.patch(f"{PODS}/done/status", {"status": {"phase": "Succeeded"}})
    await delete(cluster, f"{PODS}/done")
    assert not await exists(cluster, f"{PODS}/done")


async def test_collection(cluster: Cluster) -> None:
    for name, label in (("a", "x"), ("b", "x"), ("c", "y")):
        body = config_map(name)
        body["metadata"]["labels"] = {"l": label}
        await cluster.create(CONFIG_MAPS, body)
    answer = content(await delete(cluster, CONFIG_MAPS, labelSelector="l=x"))
    assert [each["metadata"]["name"] for each in answer["items"]] == ["a", "b"]
    left = await cluster.get(CONFIG_MAPS)
    assert [each["metadata"]["name"] for each in left["items"]] == ["c"]


async def test_collection_of_others_than_meant(cluster: Cluster) -> None:
    """Preconditions count for each object: whoever names one loses no other."""
    made = await cluster.create(CONFIG_MAPS, config_map())
    for preconditions in ({"uid": "of another"}, {"resourceVersion": "1"}):
        refused = await delete(cluster, CONFIG_MAPS, {"preconditions": preconditions})
        assert refused.status == 409
        assert content(refused)["message"].startswith('Operation cannot be fulfilled on configmaps "cm": Precondition')
    meant = await delete(cluster, CONFIG_MAPS, {"preconditions": {"uid": made["metadata"]["uid"]}})
    assert content(meant)["items"] == [made]
    assert not await exists(cluster, f"{CONFIG_MAPS}/cm")


async def test_namespace_ends_when_finalized(cluster: Cluster) -> None:
    await cluster.create(NAMESPACES, {"metadata": {"name": "n"}})
    terminating = content(await delete(cluster, f"{NAMESPACES}/n"))
    assert terminating["status"]["phase"] == "Terminating"
    refused = await cluster.ask("POST", f"{NAMESPACES}/n/configmaps", config_map())
    assert refused.status == 403
    assert content(refused)["message"] == (
        'configmaps "cm" is forbidden: unable to create new content in namespace n because it is being terminated'
    )
    assert content(refused)["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    assert content(await delete(cluster, f"{NAMESPACES}/n"))["metadata"]["name"] == "n"
    terminating["spec"] = {}
    assert (await cluster.ask("PUT", f"{NAMESPACES}/n/finalize", terminating)).status == 200
    assert not await exists(cluster, f"{NAMESPACES}/n")


async def test_protected_namespaces(cluster: Cluster) -> None:
    response = await delete(cluster, f"{NAMESPACES}/default")
    assert response.status == 403
    assert content(response)["message"] == 'namespaces "default" is forbidden: this namespace may not be deleted'


async def test_default_of_replication_controllers_is_to_orphan(cluster: Cluster) -> None:
    path = "/api/v1/namespaces/default/replicationcontrollers"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    await cluster.create(path, {"metadata": {"name": "rc"}, "spec": {"selector": {"a": "b"}, "template": template}})
    assert content(await delete(cluster, f"{path}/rc"))["metadata"]["finalizers"] == ["orphan"]
