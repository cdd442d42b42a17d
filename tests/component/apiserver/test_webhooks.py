"""Admission webhooks as clients and webhooks see them: what is asked, what an answer does."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.admission_settings import AdmissionSettings
from kubewheel.apiserver.webhook_credentials import Credentials, WebhookUsers
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Response
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver import webhook_server
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, PODS, Cluster, config_map, content, pod
from tests.component.apiserver.webhook_server import (
    MUTATING,
    VALIDATING,
    WebhookServer,
    add,
    allow,
    deny,
    mutate,
    patch,
    patched,
    validate,
    webhook,
)


async def refusal(cluster: Cluster, path: str = CONFIG_MAPS, body: Any = None, **query: str) -> Any:
    """Return the Status that refuses a creation."""
    response = await cluster.ask("POST", path, body or config_map(), **query)
    assert response.status >= 400, content(response)
    return content(response)


async def test_what_a_webhook_is_asked(cluster: Cluster, hooks: WebhookServer) -> None:
    await validate(cluster, webhook(hooks.serve("/x", allow()), "configmaps", timeoutSeconds=7))
    body = config_map(a="1")
    await cluster.ask("POST", CONFIG_MAPS, body, token="admin", fieldManager="me", fieldValidation="Strict")
    asked = hooks.last
    shown = asked.pop("object")
    assert shown["metadata"]["uid"]
    assert shown["metadata"]["namespace"] == "default"
    assert (shown["kind"], shown["apiVersion"], shown["data"]) == ("ConfigMap", "v1", {"a": "1"})
    assert asked.pop("uid") != shown["metadata"]["uid"]
    kind, resource = {"group": "", "version": "v1", "kind": "ConfigMap"}, {
        "group": "", "version": "v1", "resource": "configmaps",
    }
    assert asked == {
        "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource, "name": "cm",
        "namespace": "default", "operation": "CREATE", "dryRun": False, "oldObject": None,
        "userInfo": {"username": "admin", "groups": ["system:masters", "system:authenticated"]},
        "options": {
            "kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me", "fieldValidation": "Strict",
        },
    }
    assert hooks.queries[-1] == {"timeout": ["7s"]}
    await cluster.patch(f"{CONFIG_MAPS}/cm", {"data": {"a": "2"}})
    asked = hooks.last
    assert asked["operation"] == "UPDATE"
    assert (asked["object"]["data"], asked["oldObject"]["data"]) == ({"a": "2"}, {"a": "1"})
    assert asked["options"]["kind"] == "UpdateOptions"


async def test_deletes_show_what_goes(cluster: Cluster, hooks: WebhookServer) -> None:
    await validate(cluster, webhook(hooks.serve("/x", allow()), "configmaps", operations=["DELETE"]))
    for name in "ab":
        await cluster.create(CONFIG_MAPS, config_map(name))
    assert hooks.asked == []
    await cluster.ask("DELETE", f"{CONFIG_MAPS}/a", {"propagationPolicy": "Foreground", "gracePeriodSeconds": 0})
    assert hooks.last["object"] is None
    assert hooks.last["oldObject"]["metadata"]["name"] == hooks.last["name"] == "a"
    assert hooks.last["options"] == {
        "kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1", "propagationPolicy": "Foreground",
        "gracePeriodSeconds": 0,
    }
    await cluster.ask("DELETE", CONFIG_MAPS)
    assert {each["oldObject"]["metadata"]["name"] for each in hooks.asked} >= {"b"}
    hooks.serve("/x", deny("it stays"))
    await cluster.create(CONFIG_MAPS, config_map("c"))
    response = await cluster.ask("DELETE", CONFIG_MAPS)
    assert content(response)["message"] == 'admission webhook "hook.example.com" denied the request: it stays'
    assert (await cluster.ask("GET", f"{CONFIG_MAPS}/c")).status == 200


@pytest.mark.parametrize(("status", "message", "code", "reason"), [
    pytest.param(None, " without explanation", 400, "", id="nothing"),
    pytest.param({"message": "no"}, ": no", 400, "", id="message"),
    pytest.param({"reason": "Because"}, ": Because", 400, "Because", id="reason"),
    pytest.param({"message": "no", "reason": "Forbidden", "code": 403}, ": no", 403, "Forbidden", id="all"),
    pytest.param({"message": "no", "code": 200, "status": "Success"}, ": no", 400, "", id="a-success-is-none"),
    pytest.param({"code": 418, "message": "tea"}, ": tea", 418, "", id="any-code"),
])
async def test_refusals(
    cluster: Cluster, hooks: WebhookServer, status: Any, message: str, code: int, reason: str
) -> None:
    await validate(cluster, webhook(hooks.serve("/x", allow(allowed=False, status=status)), "configmaps"))
    refused = await refusal(cluster)
    assert refused["message"] == f'admission webhook "hook.example.com" denied the request{message}'
    assert (refused["code"], refused["reason"], refused["status"]) == (code, reason, "Failure")


async def test_details_of_refusals_are_passed_on(cluster: Cluster, hooks: WebhookServer) -> None:
    details = {"causes": [{"reason": "FieldValueInvalid", "message": "bad", "field": "data"}]}
    await mutate(cluster, webhook(hooks.serve("/x", deny("no", details=details, code=422)), "configmaps"))
    assert (await refusal(cluster))["details"] == details


@pytest.mark.parametrize(("answer", "message"), [
    pytest.param(
        {"response": None}, "received invalid webhook response: webhook response was absent", id="no-response",
    ),
    pytest.param({"response": {"uid": "x", "allowed": True}}, 'expected response.uid="', id="other-uid"),
    pytest.param(
        {"allowed": True, "patch": "e30="}, "validating webhook may not return response.patch", id="patch",
    ),
    pytest.param(
        {"allowed": True, "patchType": "JSONPatch"}, "validating webhook may not return response.patchType", id="type",
    ),
    pytest.param(
        Response(500, body=b"it\nhurts"), 'an error on the server ("it\\nhurts") has prevented the request from '
        "succeeding", id="status-500",
    ),
    pytest.param(Response(404), "the server could not find the requested resource", id="status-404"),
    pytest.param(Response(403, body=b"go away"), "failed to call webhook: go away", id="status-403"),
    pytest.param(Response(302), "the server responded with the status code 302 but did not return", id="status-302"),
    pytest.param(Response(body=b"hello"), "couldn't get version/kind; json parse error", id="no-json"),
])
async def test_answers_that_are_none(cluster: Cluster, hooks: WebhookServer, answer: Any, message: str) -> None:
    async def judge(_: Any) -> Any:
        return answer

    await validate(cluster, webhook(hooks.serve("/x", judge), "configmaps"))
    refused = await refusal(cluster)
    assert refused["message"].startswith('Internal error occurred: failed calling webhook "hook.example.com": ')
    assert message in refused["message"]
    assert (refused["code"], refused["reason"]) == (500, "InternalError")
    open_hook = webhook(hooks.serve("/x", judge), "configmaps", failurePolicy="Ignore")
    await cluster.ask("PUT", f"{VALIDATING}/hooks", {
        **await cluster.get(f"{VALIDATING}/hooks"), "webhooks": [open_hook],
    })
    await cluster.create(CONFIG_MAPS, config_map())


async def test_an_answer_in_another_version_is_refused(cluster: Cluster, hooks: WebhookServer) -> None:
    async def judge(asked: Any) -> Any:
        return {"apiVersion": "admission.k8s.io/v1beta1", "response": {"uid": asked["uid"], "allowed": True}}

    await validate(cluster, webhook(hooks.serve("/x", judge), "configmaps"))
    assert (await refusal(cluster))["message"].endswith(
        "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1beta1, "
        "Kind=AdmissionReview"
    )


@pytest.mark.parametrize(("change", "message"), [
    pytest.param({"url": "https://localhost:1/x"}, "connect: connection refused", id="refused"),
    pytest.param({"caBundle": ""}, "tls: failed to verify certificate: x509: certificate signed by unknown authority",
                 id="untrusted"),
    pytest.param({"caBundle": "bm9uZQ=="}, "could not get REST client: unable to load root certificates", id="bundle"),
    pytest.param({"url": "https://none.invalid/x"}, "dial tcp: lookup: no such host", id="name"),
])
async def test_webhooks_out_of_reach(cluster: Cluster, hooks: WebhookServer, change: Any, message: str) -> None:
    client = {**hooks.serve("/x", allow()), **change}
    await validate(cluster, webhook(client, "configmaps"))
    assert message in (await refusal(cluster))["message"]


async def test_services(cluster: Cluster, hooks: WebhookServer) -> None:
    hooks.serve("/by/service", deny("reached"))
    service = {"namespace": "default", "name": "hook", "port": hooks.port, "path": "/by/service"}
    await validate(cluster, webhook({"service": service, "caBundle": hooks.authority}, "configmaps"))
    url = f"https://hook.default.svc:{hooks.port}/by/service?timeout=10s"
    failed = 'Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post'
    assert (await refusal(cluster))["message"] == f'{failed} "{url}": service "hook" not found'
    services = "/api/v1/namespaces/default/services"
    port = {"name": "https", "port": hooks.port}
    await cluster.create(services, {"metadata": {"name": "hook"}, "spec": {"ports": [{**port, "port": 1}]}})
    assert f'no service port {hooks.port} found for service "hook"' in (await refusal(cluster))["message"]
    await cluster.patch(f"{services}/hook", {"spec": {"ports": [port]}})
    assert (await refusal(cluster))["message"] == f'{failed} "{url}": no endpoints available for service "hook"'
    await cluster.ask("DELETE", f"{services}/hook")
    spec = {"type": "ExternalName", "externalName": "localhost"}
    await cluster.create(services, {"metadata": {"name": "hook"}, "spec": spec})
    assert "denied the request: reached" in (await refusal(cluster))["message"]


async def test_endpoints_of_services(cluster: Cluster, hooks: WebhookServer) -> None:
    hooks.serve("/", deny("reached"))
    client = {"service": {"namespace": "default", "name": "hook"}, "caBundle": hooks.authority}
    await validate(cluster, webhook(client, "configmaps"))
    spec = {"ports": [{"name": "https", "port": 443, "targetPort": 9443}, {"name": "other", "port": 80}]}
    await cluster.create("/api/v1/namespaces/default/services", {"metadata": {"name": "hook"}, "spec": spec})
    made = await cluster.create("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
        "metadata": {"name": "hook-1", "labels": {"kubernetes.io/service-name": "hook"}}, "addressType": "IPv4",
        "endpoints": [
            {"addresses": ["10.0.0.1"], "conditions": {"ready": False}},
            {"addresses": ["10.0.0.2"], "conditions": {"ready": True}},
        ],
        "ports": [{"name": "https", "port": hooks.port}, {"name": "other", "port": 1}],
    })
    store = cluster.server.backend.store
    entry = store.list("endpointslices.discovery.k8s.io").entries[0]
    made["endpoints"][1]["addresses"] = ["127.0.0.1"]  # No client may write that; pods have other addresses.
    await store.write(entry.key, made, expected=entry.revision)
    assert "denied the request: reached" in (await refusal(cluster))["message"]


@pytest.mark.parametrize(("users", "expected"), [
    pytest.param({"localhost": Credentials("Bearer t")}, None, id="another-port"),
    pytest.param({"*": Credentials("Bearer t")}, "Bearer t", id="everybody"),
])
async def test_credentials(tmp_path: Path, users: Any, expected: str | None) -> None:
    admission = AdmissionSettings(webhook_users={"ValidatingAdmissionWebhook": WebhookUsers(users)})
    settings = ApiServerSettings(tokens={"admin": ADMIN}, admission=admission)
    server = ApiServer(MemoryStore(), Registry.builtin(), settings, SteppedClock())
    await server.bootstrap()
    cluster = Cluster(server, SteppedClock())
    async with webhook_server.running(tmp_path) as hooks:
        client = hooks.serve("/x", allow())
        await mutate(cluster, webhook(client, "configmaps"))
        await validate(cluster, webhook(client, "configmaps"))
        await cluster.create(CONFIG_MAPS, config_map())
        assert [each.get("authorization") for each in hooks.headers] == [None, expected]
        await server.backend.webhooks.client.close()


async def test_a_webhook_that_was_restarted(cluster: Cluster, tmp_path: Path) -> None:
    async with webhook_server.running(tmp_path) as first:
        await validate(cluster, webhook(first.serve("/x", allow()), "configmaps"))
        await cluster.create(CONFIG_MAPS, config_map("a"))
    async with webhook_server.running(tmp_path, first.port) as second:
        second.serve("/x", allow())
        await cluster.create(CONFIG_MAPS, config_map("b"))
        assert len(second.asked) == 1
        await cluster.server.backend.webhooks.client.close()


async def test_dry_runs(cluster: Cluster, hooks: WebhookServer) -> None:
    made = await validate(cluster, webhook(hooks.serve("/x", allow()), "configmaps"))
    await cluster.create(CONFIG_MAPS, config_map(), dryRun="All")
    assert hooks.last["dryRun"] is True
    assert hooks.last["options"]["dryRun"] == ["All"]
    # No client can set these side effects any more, but what is stored may have them.
    backend = cluster.server.backend
    entry = backend.store.list("validatingwebhookconfigurations.admissionregistration.k8s.io").entries[0]
    made["webhooks"][0]["sideEffects"] = "Some"
    await backend.store.write(entry.key, made, expected=entry.revision)
    refused = await refusal(cluster, dryRun="All")
    assert refused["message"] == 'admission webhook "hook.example.com" does not support dry run'
    assert (refused["code"], refused["reason"]) == (400, "BadRequest")
    await cluster.create(CONFIG_MAPS, config_map())


async def test_warnings(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(hooks.serve("/m", allow(warnings=["first", "both"])), "configmaps"))
    await validate(cluster, webhook(hooks.serve("/v", allow(warnings=["both", "last"])), "configmaps"))
    response = await cluster.ask("POST", CONFIG_MAPS, config_map())
    assert response.headers["Warning"] == '299 - "first", 299 - "both", 299 - "last"'
    hooks.serve("/v", deny("no"))
    refused = await cluster.ask("POST", CONFIG_MAPS, config_map("other"))
    assert refused.headers["Warning"] == '299 - "first", 299 - "both"'


async def test_long_warnings_are_cut(cluster: Cluster, hooks: WebhookServer) -> None:
    texts = ["x" * 4000, *(str(index) * 300 for index in range(10))]
    await validate(cluster, webhook(hooks.serve("/v", allow(warnings=texts)), "configmaps"))
    response = await cluster.ask("POST", CONFIG_MAPS, config_map())
    shown = response.headers["Warning"].split(", ")
    assert shown[0] == f'299 - "{"x" * 256}"'
    assert [len(each) for each in shown] == [len(shown[0])] * 11
    hooks.serve("/v", allow(warnings=[f"{index:0300}" for index in range(50)]))
    response = await cluster.ask("POST", CONFIG_MAPS, config_map("b"))
    assert len(response.headers["Warning"].split(", ")) == 16


async def test_audit_annotations(cluster: Cluster, hooks: WebhookServer) -> None:
    records: list[Any] = []
    cluster.server.audit.sinks.append(records.append)
    operation = add("/data/b", "2")
    await mutate(cluster, webhook(hooks.serve("/m", patch(operation)), "configmaps", name="m.example.com"))
    await validate(
        cluster, webhook(hooks.serve("/v", allow(auditAnnotations={"why": "so"})), "configmaps", name="v.example.com"),
    )
    await cluster.create(CONFIG_MAPS, config_map(a="1"))
    annotations = records[-1].annotations
    assert annotations["v.example.com/why"] == "so"
    assert annotations["mutation.webhook.admission.k8s.io/round_0_index_0"] == (
        '{"configuration":"hooks","webhook":"m.example.com","mutated":true}'
    )
    assert annotations["patch.webhook.admission.k8s.io/round_0_index_0"] == (
        '{"configuration":"hooks","webhook":"m.example.com","patch":[{"op":"add","path":"/data/b","value":"2"}],'
        '"patchType":"JSONPatch"}'
    )


async def test_several_webhooks_are_asked_at_once(cluster: Cluster, hooks: WebhookServer) -> None:
    barrier = asyncio.Barrier(3)

    async def judge(_: Any) -> Any:
        async with asyncio.timeout(5):
            await barrier.wait()
        return {"allowed": True}

    client = hooks.serve("/x", judge)
    await validate(cluster, *(webhook(client, "configmaps", name=f"{each}.example.com") for each in "abc"))
    await cluster.create(CONFIG_MAPS, config_map())
    assert len(hooks.asked) == 3


async def test_the_first_refusal_counts(cluster: Cluster, hooks: WebhookServer) -> None:
    for name in "ba":
        client = hooks.serve(f"/{name}", deny(f"from {name}"))
        await validate(cluster, webhook(client, "configmaps", name=f"{name}.example.com"), name=name)
    assert "from a" in (await refusal(cluster))["message"]


async def test_configurations_count_at_once_and_no_longer_than_they_exist(
    cluster: Cluster, hooks: WebhookServer
) -> None:
    await cluster.create(CONFIG_MAPS, config_map("a"))
    await validate(cluster, webhook(hooks.serve("/x", deny("no")), "configmaps"))
    await refusal(cluster)
    await cluster.ask("DELETE", f"{VALIDATING}/hooks")
    await cluster.create(CONFIG_MAPS, config_map())
    assert len(hooks.asked) == 1


async def test_metrics(cluster: Cluster, hooks: WebhookServer) -> None:
    await validate(cluster, webhook(hooks.serve("/v", deny("no", code=403)), "configmaps"))
    broken = {**hooks.serve("/m", allow()), "caBundle": ""}
    await mutate(cluster, webhook(broken, "configmaps", failurePolicy="Ignore"))
    await refusal(cluster)
    text = (await cluster.ask("GET", "/metrics")).body
    assert text is not None
    prefix, call = "apiserver_admission_webhook_", 'name="hook.example.com",operation="CREATE",type='
    for line in (
        f'{prefix}rejection_count{{{call}"validating",error_type="no_error",rejection_code="403"}} 1',
        f'{prefix}request_total{{{call}"validating",code="403",rejected="true"}} 1',
        f'{prefix}fail_open_count{{name="hook.example.com",type="admit"}} 1',
        f'{prefix}admission_duration_seconds_count{{{call}"admit",rejected="false"}} 1',
    ):
        assert line in text.decode()


async def test_an_older_review_for_webhooks_that_know_no_newer(cluster: Cluster, hooks: WebhookServer) -> None:
    async def judge(_: Any) -> Any:
        return {"apiVersion": "", "kind": "", "response": {"allowed": True, **{
            key: value for key, value in patched(add("/data/b", "2")).items() if key == "patch"
        }}}

    await mutate(cluster, webhook(hooks.serve("/x", judge), "configmaps", admissionReviewVersions=["v2", "v1beta1"]))
    assert (await cluster.create(CONFIG_MAPS, config_map(a="1")))["data"] == {"a": "1", "b": "2"}


async def test_no_warning_about_configurations(cluster: Cluster, hooks: WebhookServer) -> None:
    for path in (VALIDATING, MUTATING):
        body = webhook_server.configuration(webhook(hooks.serve("/x", allow()), "configmaps"))
        assert "Warning" not in (await cluster.ask("POST", path, body)).headers


async def test_pods_are_completed_after_webhooks(cluster: Cluster, hooks: WebhookServer) -> None:
    amounts = {"cpu": "1", "memory": "1Gi"}
    await mutate(cluster, webhook(
        hooks.serve("/x", patch(add("/spec/containers/0/resources", {"limits": amounts}))), "pods",
    ))
    made = await cluster.create(PODS, pod())
    assert made["status"]["qosClass"] == "Guaranteed"
    assert made["spec"]["containers"][0]["resources"] == {"limits": amounts, "requests": amounts}
    assert made["metadata"]["generation"] == 1
