"""Server-side apply and managedFields through the whole pipeline."""

import json
from typing import Any

import pytest

from kubewheel.libs.wire import Response
from tests.component.apiserver.conftest import CONFIG_MAPS, PODS, Cluster, config_map, content, pod

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
WEB = f"{DEPLOYMENTS}/web"


def deployment(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
            **spec,
        },
    }


async def apply(cluster: Cluster, path: str, body: Any, manager: str = "a", **query: str) -> Response:
    headers = {"content-type": "application/apply-patch+yaml"}
    named = {"fieldManager": manager} if manager else {}
    return await cluster.ask("PATCH", path, body, headers=headers, **named, **query)


def managed(found: Any) -> dict[tuple[str, str, str], Any]:
    return {
        (each["manager"], each["operation"], each.get("subresource", "")): each["fieldsV1"]
        for each in found["metadata"].get("managedFields", ())
    }


async def test_apply_creates(cluster: Cluster) -> None:
    response = await apply(cluster, WEB, deployment())
    assert response.status == 201
    found = content(response)
    assert found["spec"]["replicas"] == 1
    assert managed(found)["a", "Apply", ""]["f:spec"].keys() == {"f:selector", "f:template"}
    entry = found["metadata"]["managedFields"][0]
    assert (entry["apiVersion"], entry["fieldsType"]) == ("apps/v1", "FieldsV1")


async def test_apply_takes_yaml(cluster: Cluster) -> None:
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm\ndata:\n  a: x\n"
    assert (await apply(cluster, f"{CONFIG_MAPS}/cm", body)).status == 201
    assert (await cluster.get(f"{CONFIG_MAPS}/cm"))["data"] == {"a": "x"}


async def test_the_same_again_is_no_write(cluster: Cluster) -> None:
    first = content(await apply(cluster, WEB, deployment(replicas=2)))
    cluster.clock.advance(5)
    response = await apply(cluster, WEB, deployment(replicas=2))
    assert response.status == 200
    assert content(response) == first


async def test_conflict_and_force(cluster: Cluster) -> None:
    await cluster.create(DEPLOYMENTS, deployment(replicas=1), fieldManager="kubectl-client-side-apply")
    response = await apply(cluster, WEB, deployment(replicas=2))
    assert response.status == 409
    message = 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas'
    assert content(response)["message"] == message
    assert content(response)["details"]["causes"][0]["reason"] == "FieldManagerConflict"
    response = await apply(cluster, WEB, deployment(replicas=2), force="true")
    assert content(response)["spec"]["replicas"] == 2
    assert "f:replicas" not in managed(content(response))["kubectl-client-side-apply", "Update", ""]["f:spec"]


async def test_dry_run_stores_nothing(cluster: Cluster) -> None:
    response = await apply(cluster, WEB, deployment(), dryRun="All")
    assert response.status == 201
    assert (await cluster.ask("GET", WEB)).status == 404


async def test_status_is_applied_apart(cluster: Cluster) -> None:
    first = content(await apply(cluster, WEB, {**deployment(), "status": {"observedGeneration": 9}}))
    assert "observedGeneration" not in first.get("status", {})
    assert "f:status" not in managed(first)["a", "Apply", ""]
    wanted = {**deployment(replicas=7), "status": {"observedGeneration": 9}}
    found = content(await apply(cluster, f"{WEB}/status", wanted))
    assert found["status"]["observedGeneration"] == 9
    assert found["spec"]["replicas"] == 1
    assert managed(found)["a", "Apply", "status"] == {"f:status": {"f:observedGeneration": {}}}
    assert managed(found)["a", "Apply", ""] == managed(first)["a", "Apply", ""]


async def test_scale_takes_replicas(cluster: Cluster) -> None:
    await apply(cluster, WEB, deployment(replicas=2))
    headers = {"user-agent": "kubectl/v1.37 (linux)", "content-type": "application/merge-patch+json"}
    assert (await cluster.ask("PATCH", f"{WEB}/scale", {"spec": {"replicas": 5}}, headers=headers)).status == 200
    assert managed(await cluster.get(WEB))["kubectl", "Update", "scale"] == {"f:spec": {"f:replicas": {}}}
    scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": 3}}
    refused = await apply(cluster, f"{WEB}/scale", scale, "hpa")
    assert content(refused)["message"] == (
        'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas'
    )
    response = await apply(cluster, f"{WEB}/scale", scale, "hpa", force="true")
    assert content(response)["spec"] == {"replicas": 3}
    assert managed(await cluster.get(WEB))["hpa", "Apply", "scale"] == {"f:spec": {"f:replicas": {}}}


async def test_every_write_has_a_manager(cluster: Cluster) -> None:
    created = content(await cluster.ask("POST", PODS, pod(), headers={"user-agent": "curl/8 x"}))
    assert "f:status" not in managed(created)["curl", "Update", ""]
    assert managed(created)["curl", "Update", ""]["f:spec"]["f:containers"]['k:{"name":"c"}']["f:image"] == {}
    headers = {"user-agent": "kubewheel/system:node:n1", "content-type": "application/merge-patch+json"}
    body = {"status": {"message": "m"}}
    found = content(await cluster.ask("PATCH", f"{PODS}/p/status", body, headers=headers))
    assert managed(found)["kubelet", "Update", "status"] == {"f:status": {"f:message": {}}}
    found["metadata"]["labels"] = {"a": "b"}
    replaced = content(await cluster.ask("PUT", f"{PODS}/p", found, fieldManager="me"))
    assert managed(replaced)["me", "Update", ""] == {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}}


async def test_managers_can_be_rewritten_and_forgotten(cluster: Cluster) -> None:
    found = await cluster.create(CONFIG_MAPS, config_map(a="1"), fieldManager="x")
    entry = {**found["metadata"]["managedFields"][0], "manager": "y"}
    patch = [{"op": "replace", "path": "/metadata/managedFields", "value": [entry]}]
    found = content(await cluster.patch(f"{CONFIG_MAPS}/cm", patch, "json-patch"))
    assert list(managed(found)) == [("y", "Update", "")]
    broken = {"metadata": {"managedFields": [{"manager": "z", "operation": "Nothing"}]}}
    assert managed(content(await cluster.patch(f"{CONFIG_MAPS}/cm", broken))) == managed(found)
    found = content(await cluster.patch(f"{CONFIG_MAPS}/cm", {"metadata": {"managedFields": [{}]}}))
    assert "managedFields" not in found["metadata"]
    refused = await apply(cluster, f"{CONFIG_MAPS}/cm", config_map(a="2"))
    assert content(refused)["message"] == (
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a'
    )


async def test_what_is_too_large_loses_its_managers(cluster: Cluster) -> None:
    names = [f"{number:05}" + "k" * 190 for number in range(3500)]
    found = await cluster.create(CONFIG_MAPS, config_map(**dict.fromkeys(names, "v" * 60)))
    assert "managedFields" not in found["metadata"]


async def test_who_may_not_create_cannot_by_apply(cluster: Cluster) -> None:
    await cluster.create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", {
        "metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}],
    })
    await cluster.create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", {
        "metadata": {"name": "r"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": "bob", "apiGroup": "rbac.authorization.k8s.io"}],
    })
    cluster.token = "bob"
    response = await apply(cluster, f"{CONFIG_MAPS}/cm", config_map())
    assert response.status == 403
    assert 'cannot create resource "configmaps"' in content(response)["message"]


@pytest.mark.parametrize(("change", "code", "message"), [
    ({"spec": {"foo": 1}}, 500, ".spec.foo: field not declared in schema"),
    ({"kind": "ReplicaSet"}, 400, "invalid object type: apps/v1, Kind=ReplicaSet"),
    ({"apiVersion": "", "kind": None}, 400, "invalid object type: /, Kind="),
    ({"apiVersion": "apps/v2"}, 400, "invalid object type: apps/v2, Kind=Deployment"),
    ({"metadata": {"name": "other"}}, 400, "does not match the name on the URL"),
    ({"metadata": {"name": "web", "managedFields": []}}, 400, "metadata.managedFields must be nil"),
    ({"metadata": {"name": "web", "uid": "u"}}, 409, "no existing object was found"),
])
async def test_refusals(cluster: Cluster, change: dict[str, Any], code: int, message: str) -> None:
    response = await apply(cluster, WEB, {**deployment(), **change})
    assert response.status == code
    assert message in content(response)["message"]


async def test_options(cluster: Cluster) -> None:
    response = await apply(cluster, WEB, deployment(), "")
    assert (response.status, content(response)["message"]) == (
        422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
    response = await cluster.patch(f"{CONFIG_MAPS}/cm", {}, force="true")
    assert "may not be specified for non-apply patch" in content(response)["message"]


async def test_versions_of_a_kind_share_their_managers(cluster: Cluster) -> None:
    path = "/apis/autoscaling/{}/namespaces/default/horizontalpodautoscalers"
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    body = {"metadata": {"name": "h"}, "spec": {"scaleTargetRef": reference, "maxReplicas": 3}}
    await cluster.create(path.format("v1"), {**body, "apiVersion": "autoscaling/v1"}, fieldManager="old")
    wanted = {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", **json.loads(json.dumps(body)),
    }
    wanted["spec"]["maxReplicas"] = 4
    response = await apply(cluster, path.format("v2") + "/h", wanted)
    assert content(response)["message"] == (
        'Apply failed with 1 conflict: conflict with "old" using autoscaling/v1: .spec.maxReplicas'
    )


async def test_custom_objects_merge_by_their_schema(cluster: Cluster) -> None:
    item = {"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}, "required": ["id"]}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "whole": {"type": "array", "items": {"type": "string"}},
        "parts": {
            "type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
        },
    }}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await cluster.create(definitions, {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    })
    established = {"status": {
        "conditions": [{"type": "Established", "status": "True"}, {"type": "NamesAccepted", "status": "True"}],
        "acceptedNames": names, "storedVersions": ["v1"],
    }}
    await cluster.patch(f"{definitions}/widgets.example.com/status", established)
    path = "/apis/example.com/v1/namespaces/default/widgets/w"
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    assert (await apply(cluster, path, {**widget, "spec": {"whole": ["a"], "parts": [{"id": "1"}]}})).status == 201
    response = await apply(cluster, path, {**widget, "spec": {"parts": [{"id": "2", "size": 1}]}}, "b")
    assert content(response)["spec"] == {"whole": ["a"], "parts": [{"id": "1"}, {"id": "2", "size": 1}]}
    response = await apply(cluster, path, {**widget, "spec": {"whole": ["b"]}}, "b")
    assert content(response)["message"] == 'Apply failed with 1 conflict: conflict with "a": .spec.whole'
    response = await apply(cluster, path, {**widget, "spec": {"foo": 1}}, "b")
    assert ".spec.foo: field not declared in schema" in content(response)["message"]
