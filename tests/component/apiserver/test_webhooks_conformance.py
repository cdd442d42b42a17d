"""What the conformance tests of AdmissionWebhook assert, against a webhook server of ours.

Upstream's sample webhook server answers at paths like /always-deny and /mutating-configmaps; `Sample` does the same.
"""

import asyncio
from typing import Any

import pytest

from tests.component.apiserver.conftest import CONFIG_MAPS, PODS, Cluster, config_map, content, pod
from tests.component.apiserver.webhook_server import (
    GROUP,
    MUTATING,
    VALIDATING,
    WebhookServer,
    add,
    allow,
    configuration,
    deny,
    mutate,
    patch,
    patched,
    validate,
    webhook,
)
from tests.component.custom_resources.conftest import CRONTABS, DEFINITIONS, api, define, definition  # noqa: F401

START = {"mutation-start": "yes"}
BY_UNWANTED = "denied the request: the configmap contains unwanted key and value"
CONDITIONS = [{"name": "expression-1", "expression": "object.metadata.namespace == 'production'"}]
MORE_CONDITIONS = [*CONDITIONS, {"name": "expression-2", "expression": "object.metadata.namespace == 'staging'"}]


async def judge_config_map(asked: dict[str, Any]) -> Any:
    """Refuse what holds an unwanted key."""
    if (asked["object"].get("data") or {}).get("webhook-e2e-test") == "webhook-disallow":
        return {"allowed": False, "status": {"message": "the configmap contains unwanted key and value"}}
    return {"allowed": True}


async def judge_pod(asked: dict[str, Any]) -> Any:
    """Refuse pods by container name and by label; never answer about some."""
    found = asked["object"]
    if found["metadata"]["name"] == "hanging-pod":
        await asyncio.Event().wait()
    faults = []
    if any("webhook-disallow" in each["name"] for each in found["spec"]["containers"]):
        faults.append("the pod contains unwanted container name")
    if (found["metadata"].get("labels") or {}).get("webhook-e2e-test") == "webhook-disallow":
        faults.append("the pod contains unwanted label")
    return {"allowed": not faults, "status": {"message": "; ".join(faults)}}


async def change_stages(asked: dict[str, Any]) -> Any:
    """Add the next stage's mark to what has that of the stage before."""
    data = asked["object"].get("data") or {}
    marks = [
        add(f"/data/mutation-stage-{stage}", "yes") for stage, before in ((1, "start"), (2, "stage-1"))
        if f"mutation-{before}" in data and f"mutation-stage-{stage}" not in data
    ]
    return patched(*marks[:1]) if marks else {"allowed": True}


def disallowed(name: str = "bad") -> dict[str, Any]:
    return {"metadata": {"name": name}, "data": {"webhook-e2e-test": "webhook-disallow"}}


def free_definition(**properties: Any) -> dict[str, Any]:
    """Return a definition with v1, which is stored, and v2; without `properties` of `data` it takes any field."""
    body = definition()
    data = {"data": {"type": "object", "properties": properties}}
    schema = {"type": "object", "properties": data} if properties else {
        "type": "object", "x-kubernetes-preserve-unknown-fields": True,
    }
    body["spec"]["versions"] = [
        {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": schema}}
        for name in ("v1", "v2")
    ]
    return body


async def impatient(cluster: Cluster, path: str, name: str, only: str = "", seconds: float = 0.02) -> None:
    """Let webhooks of a configuration, or `only` one, have less time than clients can say."""
    backend = cluster.server.backend
    resource = path.rpartition("/")[2] + ".admissionregistration.k8s.io"
    entry = next(each for each in backend.store.list(resource).entries if each.key.name == name)
    changed = await cluster.get(f"{path}/{name}")
    for each in changed["webhooks"]:
        if only in ("", each["name"]):
            each["timeoutSeconds"] = seconds
    await backend.store.write(entry.key, changed, expected=entry.revision)


@pytest.mark.conformance("Admission webhook, discovery document")
async def test_should_include_webhook_resources_in_discovery_documents(cluster: Cluster) -> None:
    """AdmissionWebhook should include webhook resources in discovery documents"""
    group = next(
        each for each in (await cluster.get("/apis"))["groups"] if each["name"] == "admissionregistration.k8s.io"
    )
    assert "v1" in [each["version"] for each in group["versions"]]
    assert (await cluster.get("/apis/admissionregistration.k8s.io"))["name"] == "admissionregistration.k8s.io"
    names = {each["name"] for each in (await cluster.get(GROUP))["resources"]}
    assert {"mutatingwebhookconfigurations", "validatingwebhookconfigurations"} <= names


@pytest.mark.conformance("Admission webhook, deny create")
async def test_should_be_able_to_deny_pod_and_configmap_creation(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook should be able to deny pod and configmap creation"""
    spared = {"matchExpressions": [{"key": "skip-webhook-admission", "operator": "NotIn", "values": ["yes"]}]}
    unreachable = {"service": {"namespace": "default", "name": "fail-open", "path": "/configmaps"}}
    await validate(
        cluster, webhook(hooks.serve("/pods", judge_pod), "pods", name="pods.k8s.io", operations=["CREATE"]),
        webhook(hooks.serve("/configmaps", judge_config_map), "configmaps", name="configmaps.k8s.io",
                namespaceSelector=spared),
        webhook(unreachable, "configmaps", name="fail-open.k8s.io", failurePolicy="Ignore"),
    )
    wrong = pod("disallowed")
    wrong["metadata"]["labels"] = {"webhook-e2e-test": "webhook-disallow"}
    wrong["spec"]["containers"][0]["name"] = "webhook-disallow"
    message = content(await cluster.ask("POST", PODS, wrong))["message"]
    assert "unwanted container name" in message
    assert "unwanted label" in message
    await impatient(cluster, VALIDATING, "hooks", "pods.k8s.io")
    message = content(await cluster.ask("POST", PODS, pod("hanging-pod")))["message"]
    assert 'failed calling webhook "pods.k8s.io"' in message
    assert message.endswith("context deadline exceeded")
    assert BY_UNWANTED in content(await cluster.ask("POST", CONFIG_MAPS, disallowed()))["message"]
    made = await cluster.create(CONFIG_MAPS, {"metadata": {"name": "good"}, "data": {"admit": "this"}})
    update = {**made, "data": disallowed()["data"]}
    assert BY_UNWANTED in content(await cluster.ask("PUT", f"{CONFIG_MAPS}/good", update))["message"]
    answer = await cluster.patch(f"{CONFIG_MAPS}/good", {"data": disallowed()["data"]})
    assert BY_UNWANTED in content(answer)["message"]
    await cluster.create("/api/v1/namespaces", {
        "metadata": {"name": "exempted", "labels": {"skip-webhook-admission": "yes"}},
    })
    await cluster.create("/api/v1/namespaces/exempted/configmaps", disallowed())


@pytest.mark.conformance("Admission webhook, deny attach")
async def test_should_be_able_to_deny_attaching_pod(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook should be able to deny attaching pod"""
    await cluster.create(PODS, pod())
    await validate(cluster, webhook(
        hooks.serve("/pods/attach", deny("attaching to pod 'to-be-attached-pod' is not allowed")), "pods/attach",
        operations=["CONNECT"],
    ))
    answer = await cluster.ask("POST", f"{PODS}/p/attach", container="c")
    assert "attaching to pod 'to-be-attached-pod' is not allowed" in content(answer)["message"]


@pytest.mark.conformance("Admission webhook, deny custom resource create and delete")
async def test_should_be_able_to_deny_custom_resource_creation_update_and_deletion(
    api: Cluster, hooks: WebhookServer  # noqa: F811
) -> None:
    """AdmissionWebhook should be able to deny custom resource creation, update and deletion"""

    async def judge(asked: dict[str, Any]) -> Any:
        found = asked["object"] or asked["oldObject"]
        if (found.get("data") or {}).get("webhook-e2e-test") == "webhook-disallow":
            return {"allowed": False, "status": {"message": "the custom resource contains unwanted data"}}
        return {"allowed": True}

    await define(api, free_definition())
    await validate(api, webhook(
        hooks.serve("/custom-resource", judge), "crontabs", operations=["CREATE", "UPDATE", "DELETE"],
    ))
    resource = {"apiVersion": "stable.example.com/v1", "kind": "CronTab"}
    refused = await api.ask("POST", CRONTABS, {**resource, **disallowed()})
    assert "the custom resource contains unwanted data" in content(refused)["message"]
    await api.create(CRONTABS, {**resource, "metadata": {"name": "good"}, "data": {"a": "b"}})
    refused = await api.patch(f"{CRONTABS}/good", {"data": disallowed()["data"]})
    assert "the custom resource contains unwanted data" in content(refused)["message"]
    await api.ask("DELETE", f"{VALIDATING}/hooks")
    await api.create(CRONTABS, {**resource, **disallowed()})
    await validate(api, webhook(hooks.serve("/custom-resource", judge), "crontabs", operations=["DELETE"]))
    refused = await api.ask("DELETE", f"{CRONTABS}/bad")
    assert "the custom resource contains unwanted data" in content(refused)["message"]
    await api.patch(f"{CRONTABS}/bad", {"data": {"webhook-e2e-test": "webhook-allow"}})
    assert (await api.ask("DELETE", f"{CRONTABS}/bad")).status == 200


@pytest.mark.conformance("Admission webhook, fail closed")
async def test_should_unconditionally_reject_operations_on_fail_closed_webhook(
    cluster: Cluster, hooks: WebhookServer
) -> None:
    """AdmissionWebhook should unconditionally reject operations on fail closed webhook"""
    client = {**hooks.serve("/configmaps", allow()), "caBundle": ""}
    await validate(cluster, webhook(client, "configmaps", failurePolicy="Fail"))
    refused = content(await cluster.ask("POST", CONFIG_MAPS, config_map("foo")))
    assert refused["reason"] == "InternalError"
    assert hooks.asked == []


@pytest.mark.conformance("Admission webhook, ordered mutation")
async def test_should_mutate_configmap(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook should mutate configmap"""
    client = hooks.serve("/mutating-configmaps", change_stages)
    await mutate(cluster, *(
        webhook(client, "configmaps", name=f"adding-configmap-data-stage-{stage}.k8s.io") for stage in (1, 2)
    ))
    made = await cluster.create(CONFIG_MAPS, config_map(**START))
    assert made["data"] == {**START, "mutation-stage-1": "yes", "mutation-stage-2": "yes"}


@pytest.mark.conformance("Admission webhook, mutation with defaulting")
async def test_should_mutate_pod_and_apply_defaults_after_mutation(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook should mutate pod and apply defaults after mutation"""
    added = [{"name": "webhook-added-init-container", "image": "webhook-added-image"}]
    await mutate(cluster, webhook(hooks.serve("/mutating-pods", patch(add("/spec/initContainers", added))), "pods"))
    made = await cluster.create(PODS, pod("webhook-to-be-mutated"))
    container, = made["spec"]["initContainers"]
    assert container["name"] == "webhook-added-init-container"
    assert container["terminationMessagePolicy"] == "File"


@pytest.mark.conformance(
    "Admission webhook, admission control not allowed on webhook configuration objects"
)
async def test_should_not_be_able_to_mutate_or_prevent_deletion_of_webhook_configuration_objects(
    cluster: Cluster, hooks: WebhookServer
) -> None:
    """AdmissionWebhook should not be able to mutate or prevent deletion of webhook configuration objects"""
    resources = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
    await validate(cluster, webhook(hooks.serve("/always-deny", deny()), *resources, operations=["DELETE"]))
    await mutate(cluster, webhook(
        hooks.serve("/add-label", patch(add("/metadata/labels", {"added": "yes"}))), *resources, operations=["CREATE"],
    ))
    for path in (VALIDATING, MUTATING):
        body = configuration(webhook(hooks.serve("/other", allow()), "invalid"), name="dummy")
        made = await cluster.create(path, body)
        assert "labels" not in made["metadata"]
        assert (await cluster.ask("DELETE", f"{path}/dummy")).status == 200


@pytest.mark.conformance("Admission webhook, deny custom resource definition")
async def test_should_deny_crd_creation(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook should deny crd creation"""
    await validate(cluster, webhook(
        hooks.serve("/crd", deny("the crd contains unwanted label")), "customresourcedefinitions",
        operations=["CREATE"],
    ))
    assert "the crd contains unwanted label" in content(
        await cluster.ask("POST", DEFINITIONS, definition())
    )["message"]


async def stage_webhooks(server: Cluster, hooks: WebhookServer) -> None:
    client = hooks.serve("/mutating-custom-resource", change_stages)
    await mutate(server, *(
        webhook(client, "crontabs", name=f"mutate-custom-resource-data-stage-{stage}.k8s.io") for stage in (1, 2)
    ))


def custom(version: str = "v1") -> dict[str, Any]:
    return {
        "apiVersion": f"stable.example.com/{version}", "kind": "CronTab", "metadata": {"name": "cr"}, "data": START,
    }


@pytest.mark.conformance("Admission webhook, mutate custom resource")
async def test_should_mutate_custom_resource(api: Cluster, hooks: WebhookServer) -> None:  # noqa: F811
    """AdmissionWebhook should mutate custom resource"""
    await define(api, free_definition())
    await stage_webhooks(api, hooks)
    made = await api.create(CRONTABS, custom())
    assert made["data"] == {**START, "mutation-stage-1": "yes", "mutation-stage-2": "yes"}
    newer = {**custom("v2"), "metadata": {"name": "newer"}}
    made = await api.create(CRONTABS.replace("/v1/", "/v2/"), newer)
    assert (made["apiVersion"], len(made["data"])) == ("stable.example.com/v2", 3)


@pytest.mark.conformance("Admission webhook, mutate custom resource with different stored version")
async def test_should_mutate_custom_resource_with_different_stored_version(
    api: Cluster, hooks: WebhookServer  # noqa: F811
) -> None:
    """AdmissionWebhook should mutate custom resource with different stored version"""
    await define(api, free_definition())
    await stage_webhooks(api, hooks)
    await api.create(CRONTABS, custom())
    name = f"{DEFINITIONS}/crontabs.stable.example.com"
    versions = (await api.get(name))["spec"]["versions"]
    for version in versions:
        version["storage"] = version["name"] == "v2"
    assert (await api.patch(name, {"spec": {"versions": versions}})).status == 200
    answer = await api.patch(f"{CRONTABS}/cr", {"dummy": "test"})
    assert answer.status == 200
    assert content(answer)["dummy"] == "test"
    assert len(content(answer)["data"]) == 3


@pytest.mark.conformance("Admission webhook, mutate custom resource with pruning")
async def test_should_mutate_custom_resource_with_pruning(api: Cluster, hooks: WebhookServer) -> None:  # noqa: F811
    """AdmissionWebhook should mutate custom resource with pruning"""
    known = {name: {"type": "string"} for name in ("mutation-start", "mutation-stage-1")}
    await define(api, free_definition(**known))
    await stage_webhooks(api, hooks)
    assert (await api.create(CRONTABS, custom()))["data"] == {**START, "mutation-stage-1": "yes"}


@pytest.mark.conformance("Admission webhook, honor timeout")
async def test_should_honor_timeout(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook should honor timeout"""
    answered = asyncio.Event()

    async def judge(_: dict[str, Any]) -> Any:
        await answered.wait()
        return {"allowed": True}

    slow = webhook(hooks.serve("/always-allow-delay-5s", judge), "configmaps", timeoutSeconds=1)
    await validate(cluster, {**slow, "failurePolicy": "Fail"})
    await impatient(cluster, VALIDATING, "hooks")
    refused = content(await cluster.ask("POST", CONFIG_MAPS, config_map("a")))
    assert "failed calling webhook" in refused["message"]
    assert "?timeout=1s" in refused["message"]
    assert "context deadline exceeded" in refused["message"]
    await cluster.ask("DELETE", f"{VALIDATING}/hooks")
    await validate(cluster, {**slow, "failurePolicy": "Ignore"})
    await impatient(cluster, VALIDATING, "hooks")
    await cluster.create(CONFIG_MAPS, config_map("b"))
    await cluster.ask("DELETE", f"{VALIDATING}/hooks")
    del slow["timeoutSeconds"]
    made = await validate(cluster, slow)
    assert made["webhooks"][0]["timeoutSeconds"] == 10
    asyncio.get_running_loop().call_later(0.05, answered.set)
    await cluster.create(CONFIG_MAPS, config_map("c"))


@pytest.mark.conformance("Admission webhook, update validating webhook")
async def test_patching_and_updating_a_validating_webhook_should_work(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook patching/updating a validating webhook should work"""
    made = await validate(cluster, webhook(hooks.serve("/configmaps", judge_config_map), "configmaps",
                                           operations=["CREATE"]))
    assert BY_UNWANTED in content(await cluster.ask("POST", CONFIG_MAPS, disallowed("a")))["message"]
    made["webhooks"][0]["rules"][0]["operations"] = ["UPDATE"]
    changed = await cluster.ask("PUT", f"{VALIDATING}/hooks", made)
    assert content(changed)["metadata"]["generation"] == 2
    await cluster.create(CONFIG_MAPS, disallowed("b"))
    step = [{"op": "replace", "path": "/webhooks/0/rules/0/operations", "value": ["CREATE"]}]
    assert (await cluster.patch(f"{VALIDATING}/hooks", step, "json-patch")).status == 200
    assert BY_UNWANTED in content(await cluster.ask("POST", CONFIG_MAPS, disallowed("c")))["message"]


@pytest.mark.conformance("Admission webhook, update mutating webhook")
async def test_patching_and_updating_a_mutating_webhook_should_work(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook patching/updating a mutating webhook should work"""
    made = await mutate(cluster, webhook(hooks.serve("/mutating-configmaps", change_stages), "configmaps",
                                         operations=["CREATE"]))
    made["webhooks"][0]["rules"][0]["operations"] = ["UPDATE"]
    await cluster.ask("PUT", f"{MUTATING}/hooks", made)
    assert (await cluster.create(CONFIG_MAPS, config_map("a", **START)))["data"] == START
    step = [{"op": "replace", "path": "/webhooks/0/rules/0/operations", "value": ["CREATE"]}]
    assert (await cluster.patch(f"{MUTATING}/hooks", step, "json-patch")).status == 200
    assert "mutation-stage-1" in (await cluster.create(CONFIG_MAPS, config_map("b", **START)))["data"]


@pytest.mark.parametrize(("path", "make", "judge"), [
    pytest.param(VALIDATING, validate, judge_config_map, id="validating",
                 marks=pytest.mark.conformance("Admission webhook, list validating webhooks")),
    pytest.param(MUTATING, mutate, change_stages, id="mutating",
                 marks=pytest.mark.conformance("Admission webhook, list mutating webhooks")),
])
async def test_listing_webhooks_should_work(
    cluster: Cluster, hooks: WebhookServer, path: str, make: Any, judge: Any
) -> None:
    """AdmissionWebhook listing validating webhooks should work; listing mutating webhooks should work"""
    for index in range(10):
        body = configuration(webhook(hooks.serve("/configmaps", judge), "configmaps"), name=f"hook-{index}")
        body["metadata"]["labels"] = {"e2e-list-test-uuid": "u"}
        await cluster.create(path, body)
    assert len((await cluster.get(path, labelSelector="e2e-list-test-uuid=u"))["items"]) == 10
    body = {"data": {**START, **disallowed()["data"]}}
    answer = content(await cluster.ask("POST", CONFIG_MAPS, {**body, "metadata": {"name": "a"}}))
    assert BY_UNWANTED in answer.get("message", "") or "mutation-stage-1" in answer.get("data", ())
    await cluster.ask("DELETE", path, labelSelector="e2e-list-test-uuid=u")
    assert (await cluster.get(path))["items"] == []
    assert (await cluster.create(CONFIG_MAPS, {**body, "metadata": {"name": "b"}}))["data"] == body["data"]


@pytest.mark.parametrize("path", [
    pytest.param(VALIDATING, id="validating", marks=pytest.mark.conformance(
        "Validating Admission webhook, create and update validating webhook configuration with matchConditions")),
    pytest.param(MUTATING, id="mutating", marks=pytest.mark.conformance(
        "Mutating Admission webhook, create and update mutating webhook configuration with matchConditions")),
])
async def test_should_be_able_to_create_and_update_configurations_with_match_conditions(
    cluster: Cluster, hooks: WebhookServer, path: str
) -> None:
    """AdmissionWebhook should be able to create and update webhook configurations with match conditions"""
    body = configuration(webhook(hooks.serve("/always-deny", deny()), "configmaps", matchConditions=CONDITIONS))
    made = await cluster.create(path, body)
    assert (await cluster.get(f"{path}/hooks"))["webhooks"][0]["matchConditions"] == CONDITIONS
    made["webhooks"][0]["matchConditions"] = MORE_CONDITIONS
    assert (await cluster.ask("PUT", f"{path}/hooks", made)).status == 200
    assert (await cluster.get(f"{path}/hooks"))["webhooks"][0]["matchConditions"] == MORE_CONDITIONS


@pytest.mark.parametrize("path", [
    pytest.param(VALIDATING, id="validating", marks=pytest.mark.conformance(
        "Validing Admission webhook, reject validating webhook configurations with invalid matchConditions")),
    pytest.param(MUTATING, id="mutating", marks=pytest.mark.conformance(
        "Mutating Admission webhook, reject mutating webhook configurations with invalid matchConditions")),
])
async def test_should_reject_configurations_with_invalid_match_conditions(
    cluster: Cluster, hooks: WebhookServer, path: str
) -> None:
    """AdmissionWebhook should reject webhook configurations with invalid match conditions"""
    conditions = [{"name": "invalid-expression-1", "expression": "... [] bad expression"}]
    body = configuration(webhook(hooks.serve("/always-deny", deny()), "configmaps", matchConditions=conditions))
    assert "compilation failed" in content(await cluster.ask("POST", path, body))["message"]


@pytest.mark.conformance("Mutating Admission webhook, mutating webhook excluding object with specific name")
async def test_should_mutate_everything_except_skip_me_configmaps(cluster: Cluster, hooks: WebhookServer) -> None:
    """AdmissionWebhook should mutate everything except 'skip-me' configmaps"""
    conditions = [{"name": "skip-me", "expression": "object.metadata.name != 'skip-me'"}]
    await mutate(cluster, webhook(
        hooks.serve("/mutating-configmaps", change_stages), "configmaps", matchConditions=conditions,
    ))
    made = await cluster.create(CONFIG_MAPS, config_map("random", **START))
    assert made["data"] == {**START, "mutation-stage-1": "yes"}
    assert (await cluster.create(CONFIG_MAPS, config_map("skip-me", **START)))["data"] == START
