"""Which requests a webhook is asked about."""

from typing import Any

import pytest

from tests.component.apiserver.conftest import CONFIG_MAPS, PODS, Cluster, config_map, content, pod
from tests.component.apiserver.webhook_server import (
    MUTATING,
    VALIDATING,
    WebhookServer,
    allow,
    configuration,
    deny,
    mutate,
    patch,
    validate,
    webhook,
)

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
NAMESPACES = "/api/v1/namespaces"
BUDGETS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"


def rule(**fields: Any) -> dict[str, Any]:
    return {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"], **fields}


def deployment(name: str = "web") -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    return {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}}


async def ready_pod(cluster: Cluster) -> None:
    """Make a pod that runs on a node."""
    await cluster.create("/api/v1/nodes", {"metadata": {"name": "n"}})
    await cluster.create(PODS, pod(nodeName="n"))
    await cluster.patch(f"{PODS}/p/status", {"status": {"phase": "Running", "podIP": "10.0.0.1"}})


@pytest.mark.parametrize(("rules", "asked"), [
    pytest.param([rule()], True, id="everything"),
    pytest.param([], False, id="no-rules"),
    pytest.param([rule(operations=["UPDATE"])], False, id="other-operation"),
    pytest.param([rule(apiGroups=["apps"])], False, id="other-group"),
    pytest.param([rule(apiVersions=["v2"])], False, id="other-version"),
    pytest.param([rule(resources=["configmaps"])], True, id="resource"),
    pytest.param([rule(resources=["configmaps/*"])], True, id="with-subresources"),
    pytest.param([rule(resources=["*/*"])], True, id="all-with-subresources"),
    pytest.param([rule(resources=["configmaps/status"])], False, id="subresource"),
    pytest.param([rule(resources=["secrets"])], False, id="other-resource"),
    pytest.param([rule(scope="Namespaced")], True, id="namespaced"),
    pytest.param([rule(scope="Cluster")], False, id="cluster-scope"),
    pytest.param([rule(resources=["secrets"]), rule()], True, id="any-of-several"),
])
async def test_rules(cluster: Cluster, hooks: WebhookServer, rules: list[Any], asked: bool) -> None:
    await validate(cluster, webhook(hooks.serve("/x", allow()), rules=rules))
    await cluster.create(CONFIG_MAPS, config_map())
    assert bool(hooks.asked) is asked


async def test_scope_of_namespaces(cluster: Cluster, hooks: WebhookServer) -> None:
    client = hooks.serve("/x", allow())
    await validate(cluster, webhook(client, rules=[rule(scope="Namespaced")]))
    await cluster.create(NAMESPACES, {"metadata": {"name": "a"}})
    assert hooks.asked == []
    await validate(cluster, webhook(client, rules=[rule(scope="Cluster")]), name="second")
    await cluster.create(NAMESPACES, {"metadata": {"name": "b"}})
    assert hooks.last["name"] == hooks.last["namespace"] == "b"


async def test_namespace_selectors(cluster: Cluster, hooks: WebhookServer) -> None:
    selector = {"matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}]}
    await validate(cluster, webhook(
        hooks.serve("/x", deny()), "configmaps", "namespaces", "priorityclasses", namespaceSelector=selector,
    ))
    skipped = {"metadata": {"name": "quiet", "labels": {"skip": "yes"}}}
    await cluster.create(NAMESPACES, skipped)  # The namespace itself is judged by its own labels.
    await cluster.create(f"{NAMESPACES}/quiet/configmaps", config_map())
    assert hooks.asked == []
    assert (await cluster.ask("POST", NAMESPACES, {"metadata": {"name": "loud"}})).status == 400
    assert (await cluster.ask("POST", CONFIG_MAPS, config_map())).status == 400
    # What is in no namespace is never spared.
    body = {"metadata": {"name": "p"}, "value": 1}
    assert (await cluster.ask("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", body)).status == 400


async def test_object_selectors_look_at_new_and_old(cluster: Cluster, hooks: WebhookServer) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    await validate(cluster, webhook(
        hooks.serve("/x", allow()), "configmaps", operations=["*"], objectSelector={"matchLabels": {"a": "b"}},
    ))
    await cluster.patch(f"{CONFIG_MAPS}/cm", {"data": {"x": "y"}})
    assert hooks.asked == []
    for count, labels in enumerate(({"a": "b"}, {"a": None}), 1):
        await cluster.patch(f"{CONFIG_MAPS}/cm", {"metadata": {"labels": labels}})
        assert len(hooks.asked) == count
    await cluster.ask("DELETE", f"{CONFIG_MAPS}/cm")
    assert len(hooks.asked) == 2


@pytest.mark.parametrize(("policy", "asked"), [("Equivalent", True), ("Exact", False)])
async def test_equivalent_versions(cluster: Cluster, hooks: WebhookServer, policy: str, asked: bool) -> None:
    await validate(cluster, webhook(hooks.serve("/x", allow()), matchPolicy=policy, rules=[
        rule(apiGroups=["autoscaling"], apiVersions=["v1"], resources=["horizontalpodautoscalers"]),
    ]))
    target = {"type": "Utilization", "averageUtilization": 60}
    await cluster.create(BUDGETS, {"metadata": {"name": "h"}, "spec": {
        "scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}, "maxReplicas": 3,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }})
    assert bool(hooks.asked) is asked
    if asked:
        assert (hooks.last["kind"]["version"], hooks.last["requestKind"]["version"]) == ("v1", "v2")
        assert (hooks.last["resource"]["version"], hooks.last["requestResource"]["version"]) == ("v1", "v2")
        assert hooks.last["object"]["apiVersion"] == "autoscaling/v1"
        assert hooks.last["object"]["spec"]["targetCPUUtilizationPercentage"] == 60


async def test_changes_in_another_version(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(
        hooks.serve("/x", patch({"op": "add", "path": "/spec/targetCPUUtilizationPercentage", "value": 33})),
        rules=[rule(apiGroups=["autoscaling"], apiVersions=["v1"], resources=["horizontalpodautoscalers"])],
    ))
    made = await cluster.create(BUDGETS, {"metadata": {"name": "h"}, "spec": {
        "scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}, "maxReplicas": 3,
    }})
    assert made["apiVersion"] == "autoscaling/v2"
    assert made["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 33


async def test_events_have_two_groups(cluster: Cluster, hooks: WebhookServer) -> None:
    await validate(cluster, webhook(
        hooks.serve("/x", allow()), rules=[rule(apiGroups=["events.k8s.io"], resources=["events"])],
    ))
    await cluster.create("/api/v1/namespaces/default/events", {
        "metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"},
        "reason": "r", "message": "said", "type": "Normal",
    })
    assert hooks.last["object"]["apiVersion"] == "events.k8s.io/v1"
    assert hooks.last["object"]["note"] == "said"


async def test_scale(cluster: Cluster, hooks: WebhookServer) -> None:
    await cluster.create(DEPLOYMENTS, deployment())
    await validate(cluster, webhook(hooks.serve("/v", allow()), "deployments/scale", name="v.example.com"))
    await mutate(cluster, webhook(
        hooks.serve("/m", patch({"op": "add", "path": "/spec/replicas", "value": 4})), "deployments/scale",
    ))
    response = await cluster.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 9}})
    assert content(response)["spec"]["replicas"] == 4
    asked = hooks.last
    assert asked["kind"] == {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    assert asked["resource"] == {"group": "apps", "version": "v1", "resource": "deployments"}
    assert (asked["subResource"], asked["requestSubResource"]) == ("scale", "scale")
    assert (asked["object"]["spec"], asked["oldObject"]["spec"]) == ({"replicas": 4}, {"replicas": 1})
    stored = await cluster.get(f"{DEPLOYMENTS}/web")
    assert (stored["spec"]["replicas"], stored["metadata"]["generation"]) == (4, 2)
    hooks.serve("/m", patch({"op": "add", "path": "/spec/replicas", "value": -1}))
    assert (await cluster.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 9}})).status == 422


async def test_status(cluster: Cluster, hooks: WebhookServer) -> None:
    await ready_pod(cluster)
    await mutate(cluster, webhook(hooks.serve("/x", patch(
        {"op": "add", "path": "/status/message", "value": "seen"},
        {"op": "add", "path": "/spec/nodeName", "value": "elsewhere"},
    )), "pods/status"))
    changed = content(await cluster.patch(f"{PODS}/p/status", {"status": {"reason": "r"}}))
    assert changed["status"]["message"] == "seen"
    assert changed["spec"]["nodeName"] == "n"  # A write of the status changes nothing else, whoever asks for it.
    assert hooks.last["subResource"] == "status"


@pytest.mark.parametrize(("subresource", "body", "kind"), [
    pytest.param("eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}},
                 {"group": "policy", "version": "v1", "kind": "Eviction"}, id="eviction"),
    pytest.param("binding", {"metadata": {"name": "p"}, "target": {"name": "n"}},
                 {"group": "", "version": "v1", "kind": "Binding"}, id="binding"),
])
async def test_pod_subresources(
    cluster: Cluster, hooks: WebhookServer, subresource: str, body: Any, kind: Any
) -> None:
    await ready_pod(cluster)
    await validate(cluster, webhook(hooks.serve("/x", deny("no")), f"pods/{subresource}"))
    response = await cluster.ask("POST", f"{PODS}/p/{subresource}", body)
    assert "denied the request: no" in content(response)["message"]
    assert (hooks.last["kind"], hooks.last["operation"], hooks.last["name"]) == (kind, "CREATE", "p")
    assert hooks.last["object"]["kind"] == kind["kind"]


async def test_an_eviction_is_no_delete(cluster: Cluster, hooks: WebhookServer) -> None:
    await ready_pod(cluster)
    await validate(cluster, webhook(hooks.serve("/x", deny("no")), "pods", operations=["DELETE"]))
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}
    assert (await cluster.ask("POST", f"{PODS}/p/eviction", body)).status == 201
    assert hooks.asked == []


@pytest.mark.parametrize(("path", "kind", "options"), [
    pytest.param("exec?command=ls&stdout=true&container=c", "PodExecOptions",
                 {"command": ["ls"], "stdout": True, "container": "c"}, id="exec"),
    pytest.param("portforward?ports=80", "PodPortForwardOptions", {"ports": [80]}, id="portforward"),
    pytest.param("proxy/healthz", "PodProxyOptions", {"path": "/healthz"}, id="proxy"),
])
async def test_connections(
    cluster: Cluster, hooks: WebhookServer, path: str, kind: str, options: dict[str, Any]
) -> None:
    await ready_pod(cluster)
    await validate(cluster, webhook(hooks.serve("/x", deny("no entry")), "pods/*", operations=["CONNECT"]))
    response = await cluster.ask("GET", f"{PODS}/p/{path}")
    assert "denied the request: no entry" in content(response)["message"]
    asked = hooks.last
    assert asked["object"] == {"kind": kind, "apiVersion": "v1", **options}
    assert (asked["operation"], asked["oldObject"], asked["options"]) == ("CONNECT", None, None)
    assert (asked["kind"]["kind"], asked["name"], asked["namespace"]) == (kind, "p", "default")


async def test_reviews_and_tokens(cluster: Cluster, hooks: WebhookServer) -> None:
    await validate(cluster, webhook(hooks.serve("/x", deny("no")), "*/*"))
    for path, body in (
        ("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}),
        ("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": "x"}}),
        ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
         {"spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}}}),
        ("/api/v1/namespaces/default/serviceaccounts/default/token", {"spec": {}}),
    ):
        response = await cluster.ask("POST", path, body)
        assert "denied the request: no" in content(response)["message"], path


async def test_generated_names(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(hooks.serve("/m", allow()), "configmaps"))
    await validate(cluster, webhook(hooks.serve("/v", allow()), "configmaps"))
    made = await cluster.create(CONFIG_MAPS, {"metadata": {"generateName": "x-"}})
    first, second = hooks.asked
    assert "name" not in first
    assert not {"name", "uid", "creationTimestamp"} & set(first["object"]["metadata"])
    assert second["name"] == second["object"]["metadata"]["name"] == made["metadata"]["name"]


async def test_configurations_are_exempt_from_webhooks(cluster: Cluster, hooks: WebhookServer) -> None:
    await validate(cluster, webhook(hooks.serve("/v", deny()), operations=["*"]))
    await mutate(cluster, webhook(hooks.serve("/m", deny()), operations=["*"]))
    body = configuration(webhook(hooks.serve("/x", allow()), "pods"), name="other")
    for path in (VALIDATING, MUTATING):
        await cluster.create(path, body)
        assert (await cluster.patch(f"{path}/other", {"metadata": {"labels": {"a": "b"}}})).status == 200
        assert (await cluster.ask("DELETE", f"{path}/other")).status == 200
    assert hooks.asked == []


async def test_a_namespace_that_is_gone(cluster: Cluster, hooks: WebhookServer) -> None:
    await validate(cluster, webhook(
        hooks.serve("/x", allow()), "localsubjectaccessreviews", namespaceSelector={"matchLabels": {"a": "b"}},
    ))
    spec = {"user": "bob", "resourceAttributes": {"namespace": "none", "verb": "get", "resource": "pods"}}
    path = "/apis/authorization.k8s.io/v1/namespaces/none/localsubjectaccessreviews"
    response = await cluster.ask("POST", path, {"metadata": {"namespace": "none"}, "spec": spec})
    assert content(response)["message"] == 'namespaces "none" not found'


class TestConditions:
    """matchConditions"""

    async def outcome(self, cluster: Cluster, hooks: WebhookServer, *expressions: str, **fields: Any) -> Any:
        """Return the answer to a creation while a webhook with conditions refuses everything it is asked about."""
        conditions = [{"name": f"c{index}", "expression": each} for index, each in enumerate(expressions)]
        await validate(cluster, webhook(
            hooks.serve("/x", deny("asked")), "configmaps", matchConditions=conditions, **fields,
        ))
        return content(await cluster.ask("POST", CONFIG_MAPS, config_map(a="1")))

    @pytest.mark.parametrize(("expressions", "asked"), [
        pytest.param(["object.metadata.name == 'cm'"], True, id="object"),
        pytest.param(["object.metadata.name == 'x'"], False, id="false"),
        pytest.param(["true", "false"], False, id="one-of-two-is-false"),
        pytest.param(["lists.range(300).all(x, lists.range(200).all(y, x + y >= 0))"], True, id="long-work"),
        pytest.param(["oldObject == null"], True, id="no-old-object"),
        pytest.param(
            ["request.operation == 'CREATE' && request.resource.resource == 'configmaps'"], True, id="request",
        ),
        pytest.param(["!('system:nodes' in request.userInfo.groups)"], True, id="user"),
        pytest.param(["request.namespace == 'default' && !request.dryRun"], True, id="namespace"),
        pytest.param(["authorizer.group('').resource('pods').check('get').allowed()"], True, id="authorizer"),
        pytest.param(["authorizer.requestResource.check('fly').allowed()"], True, id="of-the-resource"),
        pytest.param(["object.data.none == 'x'", "false"], False, id="false-outweighs-failure"),
    ])
    async def test_conditions(
        self, cluster: Cluster, hooks: WebhookServer, expressions: list[str], asked: bool
    ) -> None:
        answer = await self.outcome(cluster, hooks, *expressions)
        assert ("denied" in answer.get("message", "")) is asked

    async def test_failures_fail_closed(self, cluster: Cluster, hooks: WebhookServer) -> None:
        answer = await self.outcome(cluster, hooks, "object.data.none == 'x'")
        assert (answer["code"], answer["reason"]) == (403, "Forbidden")
        assert answer["message"] == (
            "configmaps \"cm\" is forbidden: expression 'object.data.none == 'x'' resulted in error: no such key: none"
        )
        assert hooks.asked == []

    async def test_failures_can_be_ignored(self, cluster: Cluster, hooks: WebhookServer) -> None:
        answer = await self.outcome(cluster, hooks, "object.data.none == 'x'", failurePolicy="Ignore")
        assert answer["kind"] == "ConfigMap"
        assert hooks.asked == []

    @pytest.mark.parametrize(("expression", "message"), [
        pytest.param("nothing == 1", "undeclared reference to 'nothing'", id="unknown-name"),
        pytest.param("1 + 1", "must evaluate to bool", id="no-bool"),
        pytest.param("params.x == 1", "undeclared reference to 'params'", id="no-params"),
    ])
    async def test_expressions_are_checked(
        self, cluster: Cluster, hooks: WebhookServer, expression: str, message: str
    ) -> None:
        conditions = [{"name": "c", "expression": expression}]
        body = configuration(webhook(hooks.serve("/x", allow()), "pods", matchConditions=conditions))
        for path in (VALIDATING, MUTATING):
            response = await cluster.ask("POST", path, body)
            assert response.status == 422
            assert message in content(response)["message"]
            assert content(response)["details"]["causes"][0]["field"] == "webhooks[0].matchConditions[0].expression"
