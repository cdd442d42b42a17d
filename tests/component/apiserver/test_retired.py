"""Retired versions through the whole pipeline: both directions of every verb, warnings, the flag."""

import random
from typing import Any

import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Request
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, PODS, Cluster, content, pod

OLD = "/apis/extensions/v1beta1/namespaces/default/deployments"
NEW = "/apis/apps/v1/namespaces/default/deployments"
BACKEND = {"serviceName": "web", "servicePort": "http"}
WARNING = '299 - "extensions/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment"'


def deployment(**spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    return {
        "apiVersion": "extensions/v1beta1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": template, **spec},
    }


async def test_create_get_list_table(cluster: Cluster) -> None:
    made = await cluster.create(OLD, deployment())
    assert made["apiVersion"] == "extensions/v1beta1"
    assert made["spec"]["revisionHistoryLimit"] == 2**31 - 1
    stored = await cluster.get(f"{NEW}/web")
    assert stored["apiVersion"] == "apps/v1"
    assert stored["spec"]["selector"] == {"matchLabels": {"app": "web"}}
    listed = await cluster.get(OLD)
    assert (listed["kind"], listed["apiVersion"]) == ("DeploymentList", "extensions/v1beta1")
    assert listed["items"] == [await cluster.get(f"{OLD}/web")]
    table = await cluster.ask("GET", OLD, headers={"accept": "application/json;as=Table;g=meta.k8s.io;v=v1"})
    assert content(table)["rows"][0]["cells"][:2] == ["web", "0/1"]


@pytest.mark.parametrize(("method", "path"), [("GET", OLD), ("GET", f"{OLD}/web"), ("DELETE", f"{OLD}/web")])
async def test_every_use_is_warned_of(cluster: Cluster, method: str, path: str) -> None:
    await cluster.ask("POST", NEW, {**deployment(selector={"matchLabels": {"app": "web"}}), "apiVersion": "apps/v1"})
    response = await cluster.ask(method, path)
    assert response.status == 200
    assert response.headers["Warning"] == WARNING
    assert "Warning" not in (await cluster.ask("GET", NEW)).headers


@pytest.mark.parametrize(("kind", "patch"), [
    ("merge-patch", {"spec": {"rollbackTo": {"revision": 2}}}),
    ("strategic-merge-patch", {"spec": {"rollbackTo": {"revision": 2}}}),
    ("json-patch", [{"op": "add", "path": "/spec/rollbackTo", "value": {"revision": 2}}]),
])
async def test_patches_are_of_the_old_form(cluster: Cluster, kind: str, patch: Any) -> None:
    await cluster.create(OLD, deployment())
    patched = content(await cluster.patch(f"{OLD}/web", patch, kind))
    assert patched["spec"]["rollbackTo"] == {"revision": 2}
    stored = await cluster.get(f"{NEW}/web")
    assert stored["metadata"]["annotations"] == {"deprecated.deployment.rollback.to": "2"}


async def test_update_and_unknown_fields(cluster: Cluster) -> None:
    made = await cluster.create(OLD, deployment())
    changed = await cluster.ask("PUT", f"{OLD}/web", {**made, "spec": {**made["spec"], "replicas": 4}})
    assert content(changed)["spec"]["replicas"] == 4
    refused = await cluster.ask("POST", OLD, deployment(rolbackTo={}), fieldValidation="Strict")
    assert refused.status == 400
    assert 'unknown field "spec.rolbackTo"' in content(refused)["message"]


async def test_apply_in_the_old_version(cluster: Cluster) -> None:
    async def apply(path: str, body: Any, manager: str, **query: str) -> Any:
        return await cluster.ask(
            "PATCH", path, body, headers={"content-type": "application/apply-patch+yaml"}, fieldManager=manager, **query
        )

    assert (await apply(f"{OLD}/web", deployment(replicas=2), "one")).status == 201
    again = await apply(f"{OLD}/web", deployment(replicas=2), "one")
    assert again.status == 200
    assert content(again)["metadata"]["resourceVersion"] == (await cluster.get(f"{NEW}/web"))["metadata"][
        "resourceVersion"]
    rival = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 5}}
    conflict = await apply(f"{NEW}/web", rival, "two")
    assert conflict.status == 409
    assert 'conflict with "one"' in content(conflict)["message"]
    taken = content(await apply(f"{NEW}/web", rival, "two", force="true"))
    managers = {each["manager"]: each["apiVersion"] for each in taken["metadata"]["managedFields"]}
    assert managers == {"one": "extensions/v1beta1", "two": "apps/v1"}


async def test_watch_shows_the_old_form(cluster: Cluster) -> None:
    made = await cluster.create(OLD, deployment())
    response = await cluster.server.transport(ADMIN).send(
        Request("GET", OLD, {"watch": ["true"], "resourceVersion": [made["metadata"]["resourceVersion"]]})
    )
    assert response.events is not None
    await cluster.patch(f"{NEW}/web", {"spec": {"replicas": 3}})
    event = await anext(response.events)
    assert (event.type, event.object["apiVersion"], event.object["spec"]["replicas"]) == (
        "MODIFIED", "extensions/v1beta1", 3,
    )
    await response.events.aclose()  # type: ignore[attr-defined]


async def test_scale_has_the_old_form(cluster: Cluster) -> None:
    await cluster.create(OLD, deployment())
    scale = await cluster.get(f"{OLD}/web/scale")
    assert scale["apiVersion"] == "extensions/v1beta1"
    assert scale["status"] == {"replicas": 0, "selector": {"app": "web"}, "targetSelector": "app=web"}
    changed = await cluster.ask("PUT", f"{OLD}/web/scale", {**scale, "spec": {"replicas": 7}})
    assert content(changed)["spec"] == {"replicas": 7}
    assert (await cluster.get(f"{NEW}/web"))["spec"]["replicas"] == 7


async def test_status_has_the_old_form(cluster: Cluster) -> None:
    path = "/apis/extensions/v1beta1/namespaces/default/ingresses"
    rules = [{"http": {"paths": [{"path": "/", "backend": BACKEND}]}}]
    await cluster.create(path, {"metadata": {"name": "web"}, "spec": {"rules": rules}})
    point = {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}
    patched = content(await cluster.patch(f"{path}/web/status", {"status": point}))
    assert patched["status"] == point
    assert patched["spec"]["rules"][0]["http"]["paths"][0]["backend"] == BACKEND


@pytest.mark.parametrize(("path", "body"), [
    ("/apis/networking.k8s.io/v1beta1/namespaces/default/ingresses", {"spec": {"backend": BACKEND}}),
    ("/apis/networking.k8s.io/v1beta1/ingressclasses", {"spec": {"controller": "example.com/a"}}),
    ("/apis/batch/v1beta1/namespaces/default/cronjobs", {"spec": {
        "schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}}}}}),
    ("/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets", {"spec": {"minAvailable": 1, "selector": {}}}),
    ("/apis/rbac.authorization.k8s.io/v1alpha1/clusterrolebindings", {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": "*", "apiVersion": "rbac.authorization.k8s.io/v1alpha1"}]}),
    ("/apis/rbac.authorization.k8s.io/v1beta1/namespaces/default/roles", {
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]}),
    ("/apis/storage.k8s.io/v1beta1/csidrivers", {"spec": {}}),
    ("/apis/storage.k8s.io/v1beta1/storageclasses", {"provisioner": "example.com/a"}),
    ("/apis/autoscaling/v2beta1/namespaces/default/horizontalpodautoscalers", {"spec": {
        "maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "targetAverageUtilization": 50}}]}}),
    ("/apis/autoscaling/v2beta2/namespaces/default/horizontalpodautoscalers", {"spec": {
        "maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}}}),
    ("/apis/discovery.k8s.io/v1beta1/namespaces/default/endpointslices", {
        "addressType": "IPv4", "endpoints": [
            {"addresses": ["10.0.0.1"], "topology": {"topology.kubernetes.io/zone": "a"}}]}),
    ("/apis/scheduling.k8s.io/v1alpha1/priorityclasses", {"value": 5}),
    ("/apis/coordination.k8s.io/v1beta1/namespaces/default/leases", {"spec": {"holderIdentity": "a"}}),
    ("/apis/events.k8s.io/v1beta1/namespaces/default/events", {
        "regarding": {"kind": "Pod", "name": "a", "namespace": "default"}, "note": "hello", "type": "Normal",
        "reason": "Because", "action": "Look", "reportingController": "example.com/a", "reportingInstance": "b",
        "eventTime": "2026-01-01T00:00:00.000000Z"}),
    ("/apis/node.k8s.io/v1beta1/runtimeclasses", {"handler": "runc"}),
    ("/apis/flowcontrol.apiserver.k8s.io/v1beta1/prioritylevelconfigurations", {"spec": {
        "type": "Limited", "limited": {"assuredConcurrencyShares": 5, "limitResponse": {"type": "Reject"}}}}),
    ("/apis/apps/v1beta2/namespaces/default/controllerrevisions", {"revision": 1, "data": {"a": 1}}),
    ("/apis/apps/v1beta1/namespaces/default/statefulsets", {"spec": {"serviceName": "a", "template": {
        "metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}}}),
    ("/apis/extensions/v1beta1/namespaces/default/daemonsets", {"spec": {"templateGeneration": 1, "template": {
        "metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}}}),
    ("/apis/extensions/v1beta1/namespaces/default/networkpolicies", {"spec": {"podSelector": {}}}),
    ("/apis/apiregistration.k8s.io/v1beta1/apiservices", {"metadata": {"name": "v1.a.example.com"}, "spec": {
        "group": "a.example.com", "version": "v1", "groupPriorityMinimum": 10, "versionPriority": 10,
        "service": {"name": "a", "namespace": "default"}, "insecureSkipTLSVerify": True}}),
    ("/apis/admissionregistration.k8s.io/v1beta1/validatingwebhookconfigurations", {"webhooks": [
        {"name": "a.example.com", "clientConfig": {"url": "https://example.com"}}]}),
])
async def test_every_version(cluster: Cluster, path: str, body: dict[str, Any]) -> None:
    body = {"metadata": {"name": "a"}, **body}
    made = await cluster.create(path, body, fieldValidation="Strict")
    _expect(made, body)
    name = made["metadata"]["name"]
    shown = await cluster.get(f"{path}/{name}")
    assert shown == made
    again = content(await cluster.ask("PUT", f"{path}/{name}", shown))
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"], "nothing has changed"
    assert (await cluster.ask("DELETE", f"{path}/{name}")).status == 200


def _expect(found: Any, wanted: Any) -> None:
    """Check that all of `wanted` is in `found`."""
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            _expect(found[name], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            _expect(one, other)
    else:
        assert found == wanted


async def test_metric_names_what_was_asked_for(cluster: Cluster) -> None:
    await cluster.ask("GET", OLD)
    await cluster.ask("GET", NEW)
    text = (await cluster.ask("GET", "/metrics")).body.decode()
    found = [line for line in text.splitlines() if line.startswith("apiserver_requested_deprecated_apis")]
    assert found == [
        'apiserver_requested_deprecated_apis{group="extensions",removed_release="1.16",resource="deployments",'
        'subresource="",version="v1beta1"} 1'
    ]


async def test_owner_in_an_old_version(cluster: Cluster) -> None:
    made = await cluster.create(OLD, deployment())
    owner = {"apiVersion": "extensions/v1beta1", "kind": "Deployment", "name": "web", "uid": made["metadata"]["uid"]}
    owned = await cluster.create(CONFIG_MAPS, {"metadata": {"name": "a", "ownerReferences": [owner]}})
    assert owned["metadata"]["ownerReferences"] == [owner]


@pytest.mark.parametrize(("version", "status"), [("policy/v1beta1", 201), ("policy/v1", 201), ("policy/v2", 400)])
async def test_evictions(cluster: Cluster, version: str, status: int) -> None:
    await cluster.create(PODS, pod("p"))
    body = {"apiVersion": version, "kind": "Eviction", "metadata": {"name": "p"}}
    response = await cluster.ask("POST", f"{PODS}/p/eviction", body)
    assert response.status == status, content(response)
    assert ("Warning" in response.headers) == (version == "policy/v1beta1")


async def test_reviews(cluster: Cluster) -> None:
    spec = {"user": "eve", "group": ["system:masters"], "resourceAttributes": {"verb": "get", "resource": "pods"}}
    review = await cluster.create("/apis/authorization.k8s.io/v1beta1/subjectaccessreviews", {"spec": spec})
    assert review["status"]["allowed"] is True
    assert review["spec"] == spec
    assert review["apiVersion"] == "authorization.k8s.io/v1beta1"
    tokens = await cluster.create("/apis/authentication.k8s.io/v1beta1/tokenreviews", {"spec": {"token": "bob"}})
    assert (tokens["apiVersion"], tokens["status"]["user"]["username"]) == ("authentication.k8s.io/v1beta1", "bob")


async def test_what_nothing_replaces_is_refused(cluster: Cluster) -> None:
    path = "/apis/policy/v1beta1/podsecuritypolicies"
    assert (await cluster.ask("GET", f"{path}/a")).status == 404
    refused = await cluster.ask("POST", path, {"metadata": {"name": "a"}})
    assert refused.status == 410
    assert content(refused)["reason"] == "Gone"
    assert "removed in v1.25" in content(refused)["message"]


async def test_off() -> None:
    settings = ApiServerSettings(retired_apis=False, tokens={"admin": Identity("admin", ("system:masters",))})
    server = ApiServer(
        MemoryStore(), Registry.builtin(), settings, SteppedClock(), randomness=random.Random(1)
    )
    await server.bootstrap()
    cluster = Cluster(server, SteppedClock())
    assert (await cluster.ask("GET", OLD)).status == 404
    groups = {each["name"] for each in (await cluster.get("/apis"))["groups"]}
    assert "extensions" not in groups
    refused = await cluster.ask("POST", NEW, deployment())
    assert refused.status == 400
