"""MutatingAdmissionPolicy: what becomes of objects, and what is wrong with policies."""

from typing import Any

import pytest

from tests.component.admission_policies.conftest import (
    DEPLOYMENTS,
    GROUP,
    MUTATING,
    VALIDATING,
    applying,
    deployment,
    patching,
    rule,
    use,
    validating,
)
from tests.component.apiserver.conftest import CONFIG_MAPS, PODS, Cluster, config_map, content, pod
from tests.component.apiserver.test_webhook_changes import appending, traced
from tests.component.apiserver.webhook_server import WebhookServer, mutate, webhook
from tests.component.custom_resources.conftest import CRONTABS, crontab, define, definition

DENIED = "policy 'p' with binding 'p-binding' denied request: "


async def refused(api: Cluster, body: dict[str, Any] | None = None, path: str = CONFIG_MAPS) -> Any:
    response = await api.ask("POST", path, body or config_map())
    assert response.status != 201, content(response)
    return content(response)


async def test_apply_configuration(api: Cluster) -> None:
    await use(api, applying("Object{metadata: Object.metadata{annotations: {'by': 'policy'}}}"))
    body = config_map(k="v")
    body["metadata"]["annotations"] = {"mine": "yes"}
    made = await api.create(CONFIG_MAPS, body)
    assert made["metadata"]["annotations"] == {"mine": "yes", "by": "policy"}
    assert made["data"] == {"k": "v"}


async def test_lists_are_merged_by_their_keys(api: Cluster) -> None:
    await use(api, applying(
        "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: "
        "object.spec.template.spec.containers.map(c, Object.spec.template.spec.containers{name: c.name, "
        "env: [Object.spec.template.spec.containers.env{name: 'A', value: 'b'}]}), "
        "initContainers: [Object.spec.template.spec.initContainers{name: 'mesh', image: 'mesh:1', "
        "restartPolicy: 'Always'}]}}}}",
        rules=[rule("deployments", "apps")],
    ))
    made = await api.create(DEPLOYMENTS, deployment())
    spec = made["spec"]["template"]["spec"]
    assert [(each["name"], each["image"], each["env"]) for each in spec["containers"]] == [
        ("c", "i", [{"name": "A", "value": "b"}])]
    assert spec["initContainers"][0]["terminationMessagePath"] == "/dev/termination-log"  # Defaults come behind.


@pytest.mark.parametrize(("expression", "expected"), [
    ("[JSONPatch{op: 'add', path: '/data/new', value: 'x'}]", {"k": "v", "new": "x"}),
    ("[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('a/b~c'), value: 'x'}]", None),
    ("[JSONPatch{op: 'test', path: '/data/k', value: 'other'}, JSONPatch{op: 'remove', path: '/data'}]", {"k": "v"}),
    ("[JSONPatch{op: 'copy', from: '/data/k', path: '/data/l'}]", {"k": "v", "l": "v"}),
    ("[JSONPatch{op: 'replace', path: '/data', value: {'z': string(1 + 1)}}]", {"z": "2"}),
    ("has(object.data.k) ? [JSONPatch{op: 'remove', path: '/data/k'}] : []", {}),
])
async def test_json_patch(api: Cluster, expression: str, expected: dict[str, str] | None) -> None:
    if expected is None:
        response = await api.ask("POST", MUTATING, patching(expression))
        assert response.status == 201
        return
    await use(api, patching(expression))
    made = await api.create(CONFIG_MAPS, config_map(k="v"))
    assert made.get("data", {}) == expected


async def test_variables_params_and_conditions(api: Cluster) -> None:
    await api.create(CONFIG_MAPS, config_map("settings", team="blue"))
    await use(api, applying(
        "Object{metadata: Object.metadata{labels: {'team': variables.team}}}",
        variables=[{"name": "team", "expression": "string(params.data.team)"}],
        paramKind={"apiVersion": "v1", "kind": "ConfigMap"}, rules=[rule("pods")],
        matchConditions=[{"name": "unlabelled", "expression": "!has(object.metadata.labels)"}],
    ), paramRef={"name": "settings", "parameterNotFoundAction": "Deny"})
    assert (await api.create(PODS, pod("a")))["metadata"]["labels"] == {"team": "blue"}
    labelled = pod("b")
    labelled["metadata"]["labels"] = {"x": "y"}
    assert (await api.create(PODS, labelled))["metadata"]["labels"] == {"x": "y"}


async def test_later_mutations_see_earlier_ones(api: Cluster) -> None:
    await use(api, applying(
        "Object{metadata: Object.metadata{labels: {'a': '1'}}}",
        "Object{metadata: Object.metadata{labels: {'b': object.metadata.labels.a + '2'}}}",
    ))
    assert (await api.create(CONFIG_MAPS, config_map()))["metadata"]["labels"] == {"a": "1", "b": "12"}


@pytest.mark.parametrize(("again", "expected"), [("Never", None), ("IfNeeded", "yes")])
async def test_reinvocation(api: Cluster, again: str, expected: str | None) -> None:
    late = "has(object.metadata.labels) && 'late' in object.metadata.labels"
    await use(api, applying(
        f"Object{{metadata: Object.metadata{{annotations: {late} ? {{'saw': 'yes'}} : {{'first': 'yes'}}}}}}",
        reinvocationPolicy=again,
    ), "a")
    await use(api, applying("Object{metadata: Object.metadata{labels: {'late': '1'}}}"), "b")
    made = await api.create(CONFIG_MAPS, config_map())
    assert made["metadata"]["annotations"].get("saw") == expected


def appending_policy(letter: str, **spec: Any) -> dict[str, Any]:
    """Return a policy that writes down that it looked at an object."""
    return applying(f"Object{{data: {{'trace': string(object.data.trace) + '{letter}'}}}}", **spec)


@pytest.mark.parametrize(("policies", "webhooks", "expected"), [
    pytest.param("Never", "Never", "pqw", id="none"),
    # What the webhook changes lets both policies look again, and what they change is behind the webhook.
    pytest.param("IfNeeded", "Never", "pqwpq", id="policies"),
    # Nothing has changed since the webhook was asked.
    pytest.param("Never", "IfNeeded", "pqw", id="webhook"),
    pytest.param("IfNeeded", "IfNeeded", "pqwpqw", id="both"),
])
async def test_policies_and_webhooks_look_again(
    api: Cluster, hooks: WebhookServer, policies: str, webhooks: str, expected: str
) -> None:
    for letter in "pq":
        await use(api, appending_policy(letter, reinvocationPolicy=policies), letter)
    await mutate(api, webhook(hooks.serve("/w", appending("w")), "configmaps", reinvocationPolicy=webhooks))
    assert await traced(api) == expected


async def test_validating_policies_see_what_mutating_ones_made(api: Cluster) -> None:
    await use(api, applying("Object{metadata: Object.metadata{labels: {'a': '1'}}}"), "m")
    await use(api, validating("object.metadata.?labels.a.orValue('') == '1'"), "v")
    await api.create(CONFIG_MAPS, config_map())
    assert (await api.get(VALIDATING))["items"][0]["metadata"]["name"] == "v"


async def test_custom_resources(api: Cluster) -> None:
    await define(api, definition())
    group, version = CRONTABS.split("/")[2:4]
    await use(api, applying("Object{spec: Object.spec{replicas: object.spec.replicas * 2}}",
                            rules=[rule("crontabs", group, version)]))
    assert (await api.create(CRONTABS, crontab(replicas=2)))["spec"]["replicas"] == 4


async def test_deletes_have_nothing_to_change(api: Cluster) -> None:
    await use(api, applying("Object{metadata: Object.metadata{labels: {'a': '1'}}}",
                            rules=[rule("configmaps", "", "v1", "*")]))
    await api.create(CONFIG_MAPS, config_map())
    assert (await api.ask("DELETE", f"{CONFIG_MAPS}/cm")).status == 200


@pytest.mark.parametrize(("made", "text"), [
    pytest.param(applying("Object{metadata: Object.metadata{labels: {'a': object.nope}}}"),
                 "resulted in error: no such key: nope", id="failure"),
    pytest.param(applying("Object{data: {'a': 1}}"), "error applying patch", id="type"),
    pytest.param(applying("Object{nope: 1}"), "error applying patch: failed to convert patch object to typed object: "
                 ".nope: field not declared in schema", id="field"),
    pytest.param(applying("Object{metadata: Object.wrong{}}"),
                 'type mismatch: unexpected type name "Object.wrong", expected "Object.metadata", which matches field '
                 "name path from root Object type", id="name"),
    pytest.param(patching("[JSONPatch{op: 'remove', path: '/nope'}]"), "JSONPath: ", id="path"),
    pytest.param(patching("[JSONPatch{op: 'add', path: '/nope', value: 1}]"), "nope", id="unknown-field"),
])
async def test_failures(api: Cluster, made: dict[str, Any], text: str) -> None:
    await use(api, made)
    status = await refused(api)
    assert (status["code"], status["reason"]) == (403, "Invalid")
    assert status["message"].startswith(DENIED)
    assert text in status["message"]
    assert status["details"]["causes"] == [{"message": status["message"]}]
    assert (await api.patch(f"{MUTATING}/p", {"spec": {"failurePolicy": "Ignore"}})).status == 200
    await api.create(CONFIG_MAPS, config_map())


async def test_atomic_lists_are_not_replaced(api: Cluster) -> None:
    await use(api, applying("Object{spec: Object.spec{containers: [Object.spec.containers{name: 'c', "
                            "command: ['x']}]}}", rules=[rule("pods")]))
    assert (await refused(api, pod(), PODS))["message"].endswith(
        "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
        ".spec.containers[0].command"
    )


@pytest.mark.parametrize(("made", "path", "text"), [
    (applying("1"), "spec.mutations[0].applyConfiguration.expression", "must evaluate to Object but got int"),
    (applying("Objekt{}"), "spec.mutations[0].applyConfiguration.expression", "undeclared reference to 'Objekt'"),
    (patching("[1]"), "spec.mutations[0].jsonPatch.expression", "must evaluate to list(JSONPatch) but got list(int)"),
    (patching("[]"), "spec.mutations[0].jsonPatch.expression", "must evaluate to list(JSONPatch) but got list(dyn)"),
    (patching("[JSONPatch{op: 1}]"), "spec.mutations[0].jsonPatch.expression",
     "expected type of field 'op' is 'string' but provided type is 'int'"),
    (patching("[JSONPatch{nope: 1}]"), "spec.mutations[0].jsonPatch.expression", "undefined field 'nope'"),
])
async def test_expressions_that_can_never_work(api: Cluster, made: dict[str, Any], path: str, text: str) -> None:
    response = await api.ask("POST", MUTATING, made)
    assert response.status == 422
    causes = content(response)["details"]["causes"]
    assert [(each["field"], text in each["message"]) for each in causes] == [(path, True)]


async def test_webhook_configurations_are_not_changed(api: Cluster) -> None:
    everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]}
    await use(api, applying("Object{metadata: Object.metadata{labels: {'a': '1'}}}", rules=[everything]))
    made = await api.create(f"{GROUP}/validatingwebhookconfigurations", {"metadata": {"name": "w"}})
    assert "labels" not in made["metadata"]
