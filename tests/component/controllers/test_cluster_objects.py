"""Namespaces, service accounts, token Secrets and the garbage collector with the real API server."""

import base64
from typing import Any

import pytest

from kubewheel.api.errors import StatusError
from kubewheel.client import Client
from kubewheel.libs.wire import Identity


def config(name: str, *owners: Any, **metadata: Any) -> dict[str, Any]:
    references = [
        {
            "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"], "blockOwnerDeletion": True,
        }
        for owner in owners
    ]
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "ownerReferences": references, **metadata},
    }


async def own_names(cluster: Any, namespace: str = "default") -> list[str]:
    return [name for name in await cluster.names("ConfigMap", namespace) if name != "kube-root-ca.crt"]


async def namespace(cluster: Any, name: str) -> Any:
    return await cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "")


async def test_namespace_starts_with_account_and_root_ca(cluster: Any) -> None:
    await namespace(cluster, "shop")
    for place in ("default", "kube-system", "shop"):
        assert "default" in await cluster.names("ServiceAccount", place)
        found = await cluster.get("ConfigMap", "kube-root-ca.crt", place)
        assert found["data"] == {"ca.crt": "CA"}
    await cluster.delete("ServiceAccount", "default", "shop")
    await cluster.patch("ConfigMap", "kube-root-ca.crt", {"data": {"ca.crt": "forged"}}, "shop")
    assert await cluster.names("ServiceAccount", "shop") == ["default"]
    assert (await cluster.get("ConfigMap", "kube-root-ca.crt", "shop"))["data"] == {"ca.crt": "CA"}
    await cluster.delete("ConfigMap", "kube-root-ca.crt", "shop")
    assert await cluster.names("ConfigMap", "shop") == ["kube-root-ca.crt"]


async def test_namespace_is_emptied_and_goes(cluster: Any) -> None:
    await namespace(cluster, "shop")
    await cluster.create(config("a"), "shop")
    await cluster.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "i"}], "nodeName": "n1"},
    }, "shop")
    await cluster.start("p", "shop")
    await cluster.delete("Namespace", "shop", "")
    found = await cluster.get("Namespace", "shop", "")
    assert found["status"]["phase"] == "Terminating"
    conditions = {each["type"]: each for each in found["status"]["conditions"]}
    assert conditions["NamespaceContentRemaining"]["message"] == (
        "Some resources are remaining: pods. has 1 resource instances"
    )
    # What pods may need stays until they are gone.
    assert await own_names(cluster, "shop") == ["a"]
    await cluster.run_pods()
    assert "shop" not in await cluster.names("Namespace", "")
    with pytest.raises(StatusError, match='namespaces "shop" not found'):
        await cluster.create(config("b"), "shop")


async def test_namespace_waits_for_finalizers(cluster: Any) -> None:
    await namespace(cluster, "shop")
    await cluster.create(config("a", finalizers=["example.com/keep"]), "shop")
    await cluster.delete("Namespace", "shop", "")
    found = await cluster.get("Namespace", "shop", "")
    conditions = {each["type"]: each for each in found["status"]["conditions"]}
    assert conditions["NamespaceFinalizersRemaining"]["message"] == (
        "Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances"
    )
    await cluster.patch("ConfigMap", "a", {"metadata": {"finalizers": None}}, "shop")
    await cluster.pass_time(6)
    assert "shop" not in await cluster.names("Namespace", "")


async def test_token_secret_is_filled_and_goes_with_its_account(cluster: Any) -> None:
    await cluster.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}})
    await cluster.create({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
        "metadata": {"name": "bot-token", "annotations": {"kubernetes.io/service-account.name": "bot"}},
    })
    data = (await cluster.get("Secret", "bot-token"))["data"]
    assert {key: base64.b64decode(value) for key, value in data.items()} == {
        "token": b"token system:serviceaccount:default:bot", "ca.crt": b"CA", "namespace": b"default",
    }
    await cluster.delete("ServiceAccount", "bot")
    assert await cluster.names("Secret") == []


async def test_dependents_go_with_their_last_owner(cluster: Any) -> None:
    first = await cluster.create(config("first"))
    second = await cluster.create(config("second"))
    await cluster.create(config("child", first, second))
    child = await cluster.get("ConfigMap", "child")
    await cluster.create(config("grandchild", child))
    await cluster.delete("ConfigMap", "first")
    owners = (await cluster.get("ConfigMap", "child"))["metadata"]["ownerReferences"]
    assert [owner["name"] for owner in owners] == ["second"]
    await cluster.delete("ConfigMap", "second")
    assert await own_names(cluster) == []


async def test_foreground_deletion_waits_for_the_dependents(cluster: Any) -> None:
    owner = await cluster.create(config("owner"))
    await cluster.create(config("child", owner, finalizers=["example.com/keep"]))
    await cluster.delete("ConfigMap", "owner", propagation="Foreground")
    assert await own_names(cluster) == ["child", "owner"]
    assert (await cluster.get("ConfigMap", "child"))["metadata"]["deletionTimestamp"]
    await cluster.patch("ConfigMap", "child", {"metadata": {"finalizers": None}})
    assert await own_names(cluster) == []


async def test_orphaned_children_lose_the_reference(cluster: Any) -> None:
    owner = await cluster.create(config("owner"))
    await cluster.create(config("child", owner))
    await cluster.delete("ConfigMap", "owner", propagation="Orphan")
    assert await own_names(cluster) == ["child"]
    assert "ownerReferences" not in (await cluster.get("ConfigMap", "child"))["metadata"]


async def test_absent_owner_and_owner_elsewhere_do_not_keep(cluster: Any) -> None:
    await namespace(cluster, "shop")
    ghost = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ghost", "uid": "no-such-uid"}}
    await cluster.create(config("child", ghost))
    assert await own_names(cluster) == []
    elsewhere = await cluster.create(config("owner"), "shop")
    await cluster.create(config("child", elsewhere))
    assert await own_names(cluster) == []
    events = await cluster.events()
    assert any(
        reason == "OwnerRefInvalidNamespace" and message.endswith('does not exist in namespace "default"')
        for reason, message in events
    )


async def test_cluster_owner_of_namespaced_dependents(cluster: Any) -> None:
    owner = await namespace(cluster, "shop")
    await cluster.create({**config("child", owner)})
    assert await own_names(cluster) == ["child"]
    await cluster.delete("Namespace", "shop", "")
    await cluster.pass_time(6)
    assert await own_names(cluster) == []


async def test_circles_of_blocking_owners_are_broken(cluster: Any) -> None:
    first = await cluster.create(config("first"))
    second = await cluster.create(config("second", first))
    reference = config("x", second)["metadata"]["ownerReferences"]
    await cluster.patch("ConfigMap", "first", {"metadata": {"ownerReferences": reference}})
    await cluster.delete("ConfigMap", "first", propagation="Foreground")
    await cluster.pass_time(5)
    assert await own_names(cluster) == []


async def test_aggregated_roles_collect_rules(cluster: Any) -> None:
    kind = "ClusterRole.rbac.authorization.k8s.io"
    rule = {"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get"]}
    await cluster.create({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [rule],
        "metadata": {"name": "widgets", "labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
    }, "")
    for role in ("view", "edit", "admin"):
        assert rule in (await cluster.get(kind, role, ""))["rules"]
    await cluster.delete(kind, "widgets", "")
    assert rule not in (await cluster.get(kind, "admin", ""))["rules"]


async def test_controllers_have_the_rights_of_their_roles_only(cluster: Any) -> None:
    user = Identity("system:serviceaccount:kube-system:endpoint-controller", ("system:authenticated",))
    limited = Client(cluster.server.transport(user), cluster.client.registry)
    with pytest.raises(StatusError, match="forbidden"):
        await limited.list("Secret", "default")
