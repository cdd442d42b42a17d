"""ValidatingAdmissionPolicy: what is refused, in which words, with which code, and for whom."""

from typing import Any

import pytest

from kubewheel.apiserver.exchange import Exchange
from tests.component.admission_policies.conftest import (
    DEPLOYMENTS,
    GROUP,
    VALIDATING,
    VALIDATING_BINDINGS,
    binding,
    deployment,
    patching,
    policy,
    rule,
    use,
    validating,
)
from tests.component.apiserver.conftest import CONFIG_MAPS, PODS, Cluster, config_map, content, pod
from tests.component.custom_resources.conftest import CRONTABS, crontab, define, definition

DENIED = "ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request: "


async def refused(api: Cluster, body: dict[str, Any] | None = None, path: str = CONFIG_MAPS) -> Any:
    response = await api.ask("POST", path, body or config_map())
    assert response.status != 201, content(response)
    return content(response)


async def test_refusal(api: Cluster) -> None:
    await use(api, validating("object.metadata.name.startsWith('a')"))
    status = await refused(api)
    text = f"{DENIED}failed expression: object.metadata.name.startsWith('a')"
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"] == f'configmaps "cm" is forbidden: {text}'
    assert status["details"] == {"name": "cm", "kind": "configmaps", "causes": [{"message": text}]}
    await api.create(CONFIG_MAPS, config_map("abc"))


@pytest.mark.parametrize(("written", "code", "text"), [
    pytest.param({"message": " no "}, 422, "no", id="message"),
    pytest.param({"messageExpression": "'not ' + object.metadata.name"}, 422, "not cm", id="message-expression"),
    pytest.param({"messageExpression": "object.nope + ''", "message": "no"}, 422, "no", id="failing-message"),
    pytest.param({"messageExpression": r"'a\nb'", "message": "no"}, 422, "no", id="long-message"),
    pytest.param({"reason": "Forbidden"}, 403, "failed expression: false", id="forbidden"),
    pytest.param({"reason": "Unauthorized"}, 401, "failed expression: false", id="unauthorized"),
    pytest.param({"reason": "RequestEntityTooLarge"}, 413, "failed expression: false", id="too-large"),
])
async def test_messages_and_reasons(api: Cluster, written: dict[str, Any], code: int, text: str) -> None:
    await use(api, validating({"expression": "false", **written}))
    status = await refused(api)
    assert (status["code"], status["reason"]) == (code, written.get("reason", "Invalid"))
    assert status["message"].endswith(f"{DENIED}{text}")


@pytest.mark.parametrize("expression", [
    "object.data['k'] == 'v' && oldObject == null", "request.operation == 'CREATE' && request.name == 'cm'",
    "request.resource.resource == 'configmaps' && request.kind.kind == 'ConfigMap'",
    "request.userInfo.username == 'admin' && 'system:masters' in request.userInfo.groups",
    "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'",
    "namespaceObject.metadata.creationTimestamp < timestamp('2100-01-01T00:00:00Z')",
    "authorizer.group('').resource('pods').namespace('default').check('create').allowed()",
    "authorizer.requestResource.check('create').allowed() && authorizer.path('/healthz').check('get').allowed()",
    "!authorizer.serviceAccount('default', 'x').group('').resource('secrets').check('get').allowed()",
    "authorizer.group('apps').resource('deployments').subresource('scale').name('x').check('get').allowed()",
    "variables.name == 'cm' && variables.twice == 'cmcm'", "!has(object.metadata.nope)", "request.dryRun == false",
    "object.?data.k.orValue('') == 'v'", "request.options.kind == 'CreateOptions'", "params == null",
])
async def test_what_expressions_see(api: Cluster, expression: str) -> None:
    variables = [
        {"name": "name", "expression": "object.metadata.name"},
        {"name": "twice", "expression": "variables.name + variables.name"},
        {"name": "broken", "expression": "1 / 0"},
    ]
    kind = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}} if "params" in expression else {}
    await use(api, validating({"expression": expression, "message": "wrong"}, variables=variables, **kind))
    await api.create(CONFIG_MAPS, config_map(k="v"))


async def test_failing_expressions(api: Cluster) -> None:
    await use(api, validating("object.nope == 1"))
    expected = f"{DENIED}expression 'object.nope == 1' resulted in error: no such key: nope"
    assert (await refused(api))["message"].endswith(expected)
    assert (await api.patch(f"{VALIDATING}/p", {"spec": {"failurePolicy": "Ignore"}})).status == 200
    await api.create(CONFIG_MAPS, config_map())


async def test_too_much_work(api: Cluster) -> None:
    text = "lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0))"
    await use(api, validating(text))
    assert "resulted in error: operation cancelled: actual cost limit exceeded" in (await refused(api))["message"]


async def test_conditions(api: Cluster) -> None:
    conditions = [{"name": "not-mine", "expression": "object.metadata.name != 'mine'"}]
    await use(api, validating("false", matchConditions=conditions))
    await refused(api)
    await api.create(CONFIG_MAPS, config_map("mine"))
    assert (await api.patch(f"{VALIDATING}/p", {"spec": {"matchConditions": [
        {"name": "a", "expression": "object.nope == 1"}]}})).status == 200
    assert "expression 'object.nope == 1' resulted in error" in (await refused(api))["message"]


async def test_actions(api: Cluster) -> None:
    await use(api, validating("false", auditAnnotations=[
        {"key": "name", "valueExpression": "string(object.metadata.name)"}, {"key": "none", "valueExpression": "null"},
    ]), validationActions=["Warn", "Audit"])
    records: list[dict[str, str]] = []
    original = api.server._handler

    async def handle(exchange: Exchange) -> Any:
        response = await original(exchange)
        records.append(dict(exchange.annotations))
        return response

    api.server._handler = handle  # type: ignore[method-assign]
    response = await api.ask("POST", CONFIG_MAPS, config_map())
    assert response.status == 201
    assert response.headers["Warning"] == (
        "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-binding': "
        'failed expression: false"'
    )
    assert records[0]["p/name"] == "cm"
    assert "p/none" not in records[0]
    assert '"expressionIndex":0' in records[0]["validation.policy.admission.k8s.io/validation_failure"]


async def test_bindings_narrow(api: Cluster) -> None:
    await api.create("/api/v1/namespaces", {"metadata": {"name": "prod", "labels": {"env": "prod"}}})
    await use(api, validating("false"), matchResources={"namespaceSelector": {"matchLabels": {"env": "prod"}}})
    await api.create(CONFIG_MAPS, config_map())
    await refused(api, path="/api/v1/namespaces/prod/configmaps")


async def test_a_policy_without_binding_does_nothing(api: Cluster) -> None:
    await api.create(VALIDATING, validating("false"))
    await api.create(CONFIG_MAPS, config_map("before"))
    await api.create(VALIDATING_BINDINGS, binding("ValidatingAdmissionPolicy", validationActions=["Deny"]))
    await refused(api)
    assert (await api.ask("DELETE", f"{VALIDATING_BINDINGS}/b")).status == 200
    await api.create(CONFIG_MAPS, config_map("after"))


async def test_a_changed_policy_counts_at_once(api: Cluster) -> None:
    await use(api, validating("true"))
    await api.create(CONFIG_MAPS, config_map("a"))
    assert (await api.patch(f"{VALIDATING}/p", {"spec": {"validations": [{"expression": "false"}]}})).status == 200
    await refused(api)


@pytest.mark.parametrize("operation", ["UPDATE", "DELETE"])
async def test_operations(api: Cluster, operation: str) -> None:
    await api.create(CONFIG_MAPS, config_map(k="v"))
    await use(api, validating({"expression": "oldObject.data.k != 'v'", "message": "kept"},
                              rules=[rule("configmaps", "", "v1", operation)]))
    path = f"{CONFIG_MAPS}/cm"
    first = await api.patch(path, {"data": {"k": "w"}})
    second = await api.ask("DELETE", path)
    assert (first.status, second.status) == ((422, 200) if operation == "UPDATE" else (200, 200))
    if operation == "DELETE":
        await api.create(CONFIG_MAPS, config_map(k="v"))
        response = await api.ask("DELETE", path)
        assert response.status == 422
        assert content(response)["message"].endswith("kept")


async def test_subresources(api: Cluster) -> None:
    await api.create(DEPLOYMENTS, deployment())
    await use(api, validating({"expression": "object.spec.replicas < 5", "message": "too many"},
                              rules=[rule("deployments/scale", "apps")]))
    refusal = await api.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 9}})
    assert content(refusal)["message"].endswith("too many")
    assert (await api.patch(f"{DEPLOYMENTS}/d", {"spec": {"replicas": 9}})).status == 200


async def test_custom_resources(api: Cluster) -> None:
    await define(api, definition())
    group, version = CRONTABS.split("/")[2:4]
    await use(api, validating("object.spec.replicas > 1", rules=[rule("*", group, version)]))
    assert "denied request" in (await refused(api, crontab(replicas=1), CRONTABS))["message"]
    await api.create(CRONTABS, crontab(replicas=2))


async def test_policies_do_not_judge_themselves(api: Cluster) -> None:
    everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]}
    await use(api, validating("false", rules=[everything]))
    await refused(api)
    assert (await api.ask("DELETE", f"{VALIDATING_BINDINGS}/p-binding")).status == 200
    await api.create(CONFIG_MAPS, config_map())


KIND = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}}
REFERENCE = {"name": "limits", "parameterNotFoundAction": "Deny"}


class TestParams:
    """Parameters."""

    async def limited(self, api: Cluster, **reference: Any) -> None:
        await use(api, validating(
            {"expression": "object.spec.replicas <= int(params.data.most)",
             "messageExpression": "'at most ' + params.data.most"},
            rules=[rule("deployments", "apps")], **KIND,
        ), paramRef={**REFERENCE, **reference})

    async def test_by_name(self, api: Cluster) -> None:
        await self.limited(api)
        status = await refused(api, deployment(), DEPLOYMENTS)
        assert status["message"].endswith(
            f"{DENIED}failed to configure binding: no params found for policy binding with `Deny` "
            "parameterNotFoundAction"
        )
        await api.create(CONFIG_MAPS, config_map("limits", most="2"))
        await api.create(DEPLOYMENTS, deployment(replicas=2))
        status = await refused(api, deployment("e", 3), DEPLOYMENTS)
        assert status["message"].endswith("at most 2")
        assert (await api.patch(f"{CONFIG_MAPS}/limits", {"data": {"most": "3"}})).status == 200
        await api.create(DEPLOYMENTS, deployment("e", 3))

    async def test_not_found_is_allowed(self, api: Cluster) -> None:
        await self.limited(api, parameterNotFoundAction="Allow", namespace="kube-system")
        await api.create(DEPLOYMENTS, deployment(replicas=99))

    async def test_by_selector(self, api: Cluster) -> None:
        for name, most in (("a", "5"), ("b", "2")):
            await api.create(CONFIG_MAPS, {**config_map(name, most=most), "metadata": {
                "name": name, "labels": {"limit": "yes"}}})
        await use(api, validating("object.spec.replicas <= int(params.data.most)", **KIND,
                                  rules=[rule("deployments", "apps")]),
                  paramRef={"selector": {"matchLabels": {"limit": "yes"}}, "parameterNotFoundAction": "Deny"})
        await api.create(DEPLOYMENTS, deployment(replicas=2))
        await refused(api, deployment("e", 3), DEPLOYMENTS)

    async def test_custom_kind(self, api: Cluster) -> None:
        await define(api, definition())
        await api.create(CRONTABS, crontab(replicas=2))
        group, version = CRONTABS.split("/")[2:4]
        kind = {"apiVersion": f"{group}/{version}", "kind": "CronTab"}
        await use(api, validating("object.spec.replicas <= params.spec.replicas", paramKind=kind,
                                  rules=[rule("deployments", "apps")]),
                  paramRef={"name": "c", "parameterNotFoundAction": "Deny"})
        await api.create(DEPLOYMENTS, deployment(replicas=2))
        await refused(api, deployment("e", 3), DEPLOYMENTS)

    async def test_unknown_kind(self, api: Cluster) -> None:
        await use(api, validating("true", paramKind={"apiVersion": "x.io/v1", "kind": "Nope"}),
                  paramRef=REFERENCE)
        assert (await refused(api))["message"].endswith(
            "ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource "
            "referenced by paramKind: 'x.io/v1, Kind=Nope'"
        )

    async def test_namespaced_for_cluster_scoped(self, api: Cluster) -> None:
        await use(api, validating("true", **KIND, rules=[rule("nodes")]), paramRef=REFERENCE)
        status = await refused(api, {"metadata": {"name": "n"}}, "/api/v1/nodes")
        assert status["message"].endswith(
            "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
        )


@pytest.mark.parametrize(("spec", "path", "text"), [
    ({"validations": [{"expression": "object.x >"}]}, "spec.validations[0].expression",
     "compilation failed: ERROR: <input>:1:11: Syntax error"),
    ({"validations": [{"expression": "1 + 1"}]}, "spec.validations[0].expression", "must evaluate to bool but got int"),
    ({"validations": [{"expression": "params.x == 1"}]}, "spec.validations[0].expression",
     "undeclared reference to 'params'"),
    ({"validations": [{"expression": "request.nope == 1"}]},
     "spec.validations[0].expression", "undefined field 'nope'"),
    ({"validations": [{"expression": "variables.b == 1"}]}, "spec.validations[0].expression", "undefined field 'b'"),
    ({"validations": [{"expression": "true", "messageExpression": "1"}]}, "spec.validations[0].messageExpression",
     "must evaluate to string but got int"),
    ({"variables": [{"name": "a", "expression": "variables.b"}, {"name": "b", "expression": "1"}],
      "validations": [{"expression": "true"}]}, "spec.variables[0].expression", "undefined field 'b'"),
    ({"matchConditions": [{"name": "a", "expression": "'x'"}], "validations": [{"expression": "true"}]},
     "spec.matchConditions[0].expression", "must evaluate to bool but got string"),
    ({"auditAnnotations": [{"key": "a", "valueExpression": "1"}]}, "spec.auditAnnotations[0].valueExpression",
     "must evaluate to one of [string null_type] but got int"),
])
async def test_expressions_that_can_never_work(api: Cluster, spec: dict[str, Any], path: str, text: str) -> None:
    response = await api.ask("POST", VALIDATING, policy("ValidatingAdmissionPolicy", **spec))
    assert response.status == 422
    causes = content(response)["details"]["causes"]
    assert [(each["field"], text in each["message"]) for each in causes] == [(path, True)]


async def test_webhooks_conditions_that_can_never_work(api: Cluster) -> None:
    response = await api.ask("POST", f"{GROUP}/validatingwebhookconfigurations", {
        "metadata": {"name": "w"}, "webhooks": [{
            "name": "a.example.com", "clientConfig": {"url": "https://example.com"}, "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "matchConditions": [{"name": "a", "expression": "nope"}],
        }],
    })
    assert "webhooks[0].matchConditions[0].expression: Invalid value" in content(response)["message"]
    assert "undeclared reference to 'nope'" in content(response)["message"]


async def test_what_an_object_is_judged_in_another_version_as(api: Cluster) -> None:
    await use(api, validating({"expression": "request.kind.version == 'v2' && has(object.spec.metrics)",
                               "message": "as v2"},
                              rules=[rule("horizontalpodautoscalers", "autoscaling", "v2")]))
    body = {"metadata": {"name": "h"}, "spec": {
        "maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"},
        "targetCPUUtilizationPercentage": 50,
    }}
    await api.create("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers", body)


async def test_nothing_is_asked_without_policies(api: Cluster) -> None:
    assert len(api.server.backend.policies.validating) == 0
    await api.create(PODS, pod())


@pytest.mark.parametrize(("selector", "allowed"), [
    (".fieldSelector('spec.nodeName=n1')", True), (".fieldSelector('spec.nodeName=n2')", False),
    (".fieldSelector('spec.nodeName!=n1')", False), (".fieldSelector('spec.nodeName')", False),
    (".labelSelector('node=n1')", False), ("", False),
    (".labelSelector('a=b').fieldSelector('spec.nodeName=n1')", True),
])
async def test_the_authorizer_looks_at_selectors(api: Cluster, selector: str, allowed: bool) -> None:
    check = f"authorizer.group('').resource('pods'){selector}.check('list').allowed()"
    await use(api, validating(f"request.userInfo.username != 'system:node:n1' || {check}", rules=[rule("events")]))
    event = {
        "metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "namespace": "default"}, "reason": "r",
        "message": "m", "type": "Normal",
    }
    node = {"impersonate-user": "system:node:n1", "impersonate-group": "system:nodes"}
    response = await api.ask("POST", "/api/v1/namespaces/default/events", event, headers=node)
    assert response.status == (201 if allowed else 422), content(response)


async def test_metrics(api: Cluster) -> None:
    await use(api, validating("object.metadata.name != 'bad'"), "a", validationActions=["Deny", "Audit"])
    await use(api, validating("object.metadata.name != 'bad'"), "b", validationActions=["Warn"])
    await use(api, validating("1 / size(object.data) == 1", failurePolicy="Ignore"), "c")
    await use(api, validating("params.x == 1", paramKind={"apiVersion": "no.example/v1", "kind": "None"}), "d")
    await use(api, patching("[JSONPatch{op: 'add', path: '/data', value: {}}]"), "m")
    await api.ask("POST", CONFIG_MAPS, config_map("bad"))
    text = (await api.ask("GET", "/metrics")).body
    assert text is not None
    prefix = "apiserver_validating_admission_policy_check_total"
    for labels in (
        'enforcement_action="deny",error_type="no_error",policy="a",policy_binding="a-binding"',
        'enforcement_action="audit",error_type="no_error",policy="a",policy_binding="a-binding"',
        'enforcement_action="warn",error_type="no_error",policy="b",policy_binding="b-binding"',
        'enforcement_action="allow",error_type="invalid_error",policy="c",policy_binding="c-binding"',
        'enforcement_action="deny",error_type="invalid_error",policy="d",policy_binding=""',
    ):
        assert f"{prefix}{{{labels}}} 1\n" in text.decode()
    mutations = 'apiserver_mutating_admission_policy_check_duration_seconds_count{error_type="no_error",policy="m"'
    assert f'{mutations},policy_binding="m-binding"}} 1' in text.decode()


async def test_work_without_end_is_counted_as_such(api: Cluster) -> None:
    numbers = f"[{', '.join('1' * 40)}]"
    work = f"{numbers}.all(a, {numbers}.all(b, {numbers}.all(c, {numbers}.all(d, a + b + c + d > 0))))"
    await use(api, validating(work))
    found = await refused(api)
    assert "operation cancelled: actual cost limit exceeded" in found["message"]
    text = (await api.ask("GET", "/metrics")).body
    assert text is not None
    assert b'enforcement_action="deny",error_type="out_of_budget",policy="p"' in text


async def test_parameters_are_read_by_those_who_may(api: Cluster) -> None:
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    await api.create(f"{rbac}/clusterroles", {"metadata": {"name": "policies"}, "rules": [
        {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["*"], "verbs": ["*"]},
    ]})
    subject = {"kind": "User", "name": "bob", "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "policies"}
    await api.create(f"{rbac}/clusterrolebindings", {
        "metadata": {"name": "policies"}, "subjects": [subject], "roleRef": reference,
    })
    made = validating("params.data.k == 'v'", paramKind={"apiVersion": "v1", "kind": "Secret"})
    made["metadata"]["name"] = "p"
    response = await api.ask("POST", VALIDATING, made, token="bob")
    assert response.status == 422
    assert content(response)["message"].endswith(
        'spec.paramKind: Forbidden: user &{bob  [dev system:authenticated] map[]} must have "get" permission on all '
        "objects of the referenced paramKind (kind=Secret, apiVersion=v1)"
    )
    await api.create(VALIDATING, made)
    bound = binding("ValidatingAdmissionPolicy", validationActions=["Deny"], paramRef={
        "name": "s", "namespace": "default", "parameterNotFoundAction": "Deny",
    })
    response = await api.ask("POST", VALIDATING_BINDINGS, bound, token="bob")
    assert 'does not have "get" permission on the object referenced by paramRef' in content(response)["message"]
    del bound["spec"]["paramRef"]
    assert (await api.ask("POST", VALIDATING_BINDINGS, bound, token="bob")).status == 201
