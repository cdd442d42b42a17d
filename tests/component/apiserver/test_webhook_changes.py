"""What webhooks change, in which order, and what becomes of changes that make no sense."""

import base64
import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.libs.clock import SteppedClock
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver import webhook_server
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, PODS, Cluster, config_map, content, pod
from tests.component.apiserver.webhook_server import (
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


def appending(letter: str) -> Any:
    """Return a webhook that writes down that it was asked."""

    async def judge(asked: dict[str, Any]) -> Any:
        trace = (asked["object"].get("data") or {}).get("trace", "")
        return patched(add("/data/trace", trace + letter))

    return judge


async def traced(cluster: Cluster) -> str:
    made = await cluster.create(CONFIG_MAPS, config_map(trace=""))
    return str(made["data"]["trace"])


async def test_order(cluster: Cluster, hooks: WebhookServer) -> None:
    for name in ("z", "a"):
        await mutate(cluster, *(
            webhook(hooks.serve(f"/{name}{index}", appending(f"{name}{index} ")), "configmaps",
                    name=f"{name}{9 - index}.example.com")
            for index in range(2)
        ), name=name)
    assert await traced(cluster) == "a0 a1 z0 z1 "


async def test_validating_webhooks_see_all_changes(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(hooks.serve("/m", appending("m")), "configmaps"))
    await validate(cluster, webhook(hooks.serve("/v", allow()), "configmaps"))
    await traced(cluster)
    assert hooks.last["object"]["data"] == {"trace": "m"}


async def test_a_refusal_ends_it(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(
        cluster, webhook(hooks.serve("/a", deny("no")), "configmaps", name="a.example.com"),
        webhook(hooks.serve("/b", allow()), "configmaps", name="b.example.com"),
    )
    response = await cluster.ask("POST", CONFIG_MAPS, config_map())
    assert content(response)["message"] == 'admission webhook "a.example.com" denied the request: no'
    assert len(hooks.asked) == 1


@pytest.mark.parametrize(("first", "second", "expected"), [
    pytest.param("IfNeeded", "Never", "aba", id="first"),
    pytest.param("Never", "IfNeeded", "ab", id="nothing-changed-after-the-second"),
    pytest.param("IfNeeded", "IfNeeded", "abab", id="both"),
    pytest.param("Never", "Never", "ab", id="none"),
])
async def test_reinvocation(
    cluster: Cluster, hooks: WebhookServer, first: str, second: str, expected: str
) -> None:
    await mutate(cluster, *(
        webhook(hooks.serve(f"/{name}", appending(name)), "configmaps", name=f"{name}.example.com",
                reinvocationPolicy=policy)
        for name, policy in (("a", first), ("b", second))
    ))
    assert await traced(cluster) == expected


async def test_no_second_round_without_changes(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, *(
        webhook(hooks.serve("/x", allow()), "configmaps", name=f"{name}.example.com", reinvocationPolicy="IfNeeded")
        for name in "ab"
    ))
    await traced(cluster)
    assert len(hooks.asked) == 2


async def test_built_in_plugins_look_again(cluster: Cluster, hooks: WebhookServer) -> None:
    await cluster.create("/apis/scheduling.k8s.io/v1/priorityclasses", {"metadata": {"name": "high"}, "value": 1000})
    amounts = {"type": "Container", "defaultRequest": {"cpu": "100m"}}
    await cluster.create("/api/v1/namespaces/default/limitranges", {
        "metadata": {"name": "l"}, "spec": {"limits": [amounts]},
    })
    await mutate(cluster, webhook(
        hooks.serve("/x", patch(add("/spec/initContainers", [{"name": "i", "image": "i"}]))), "pods",
    ))
    made = await cluster.create(PODS, pod())
    container = made["spec"]["initContainers"][0]
    assert container["resources"] == {"requests": {"cpu": "100m"}}
    assert container["volumeMounts"] == made["spec"]["containers"][0]["volumeMounts"]
    assert container["terminationMessagePolicy"] == "File"
    assert made["status"]["qosClass"] == "Burstable"


async def test_plugins_that_change_what_webhooks_left_let_them_look_again(
    cluster: Cluster, hooks: WebhookServer
) -> None:
    async def judge(asked: dict[str, Any]) -> Any:
        count = len(asked["object"]["spec"].get("initContainers") or ())
        return patched(add("/spec/initContainers", [{"name": "i", "image": "i"}])) if not count else {"allowed": True}

    await mutate(cluster, webhook(hooks.serve("/x", judge), "pods", reinvocationPolicy="IfNeeded"))
    await cluster.create(PODS, pod())
    assert len(hooks.asked) == 2
    # The service account's token was mounted into the new container in between.
    assert hooks.last["object"]["spec"]["initContainers"][0]["volumeMounts"]


@pytest.mark.parametrize(("operations", "message"), [
    pytest.param([{"op": "remove", "path": "/data/none"}], "Internal error occurred: ", id="no-such-field"),
    pytest.param([add("/data", "text")], "Internal error occurred: ", id="wrong-type"),
    pytest.param([add("/kind", "Secret")], "Internal error occurred: ", id="other-kind"),
    pytest.param([{"op": "test", "path": "/data", "value": {}}], "Internal error occurred: ", id="test-fails"),
    pytest.param(
        {"a": 1}, "received undecodable patch in webhook response: json: cannot unmarshal object", id="object",
    ),
    pytest.param([add("/metadata/namespace", "kube-system")], "the namespace of the provided object does not match "
                 "the namespace sent on the request", id="namespace"),
    pytest.param([add("/metadata/labels", {"a b": "c"})], 'ConfigMap "cm" is invalid: metadata.labels', id="invalid"),
])
async def test_changes_that_make_no_sense(
    cluster: Cluster, hooks: WebhookServer, operations: Any, message: str
) -> None:
    answer = {**patched(), "patch": base64.b64encode(orjson.dumps(operations)).decode()}
    await mutate(cluster, webhook(hooks.serve("/x", allow(**answer)), "configmaps"))
    response = await cluster.ask("POST", CONFIG_MAPS, config_map(a="1"))
    assert response.status >= 400
    assert message in content(response)["message"]


@pytest.mark.parametrize(("change", "message"), [
    pytest.param({"patchType": "MergePatch"}, 'unsupported patch type "MergePatch"', id="type"),
    pytest.param({"patchType": None}, "webhook returned response.patch but not response.patchType", id="no-type"),
    pytest.param({"patch": ""}, "webhook returned response.patchType but not response.patch", id="no-patch"),
    pytest.param({"patch": "%"}, "response.patch is not base64", id="no-base64"),
])
async def test_patches_that_are_none(
    cluster: Cluster, hooks: WebhookServer, change: dict[str, Any], message: str
) -> None:
    answer = {**patched(add("/data/b", "2")), **change}
    await mutate(cluster, webhook(hooks.serve("/x", allow(**answer)), "configmaps"))
    assert message in content(await cluster.ask("POST", CONFIG_MAPS, config_map()))["message"]


async def test_unknown_fields_are_dropped(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(hooks.serve("/x", patch(add("/nonsense", {}), add("/data/b", "2"))), "configmaps"))
    made = await cluster.create(CONFIG_MAPS, config_map(a="1"))
    assert "nonsense" not in made
    assert made["data"] == {"a": "1", "b": "2"}


async def test_what_only_the_server_decides(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(hooks.serve("/x", patch(
        add("/metadata/uid", "mine"), add("/metadata/creationTimestamp", "2000-01-01T00:00:00Z"),
        add("/metadata/generation", 7), add("/metadata/resourceVersion", "1"),
    )), "configmaps"))
    made = await cluster.create(CONFIG_MAPS, config_map())
    assert made["metadata"]["uid"] != "mine"
    assert made["metadata"]["creationTimestamp"].startswith("2027")
    assert "generation" not in made["metadata"]


async def test_updates(cluster: Cluster, hooks: WebhookServer) -> None:
    await cluster.create(CONFIG_MAPS, config_map(a="1"))
    await mutate(cluster, webhook(hooks.serve("/x", patch(add("/metadata/labels", {"seen": "yes"}))), "configmaps"))
    changed = content(await cluster.patch(f"{CONFIG_MAPS}/cm", {"data": {"a": "2"}}))
    assert changed["metadata"]["labels"] == {"seen": "yes"}
    hooks.serve("/x", patch(add("/metadata/name", "other")))
    response = await cluster.patch(f"{CONFIG_MAPS}/cm", {"data": {"a": "3"}})
    assert "metadata.name: Invalid value" in content(response)["message"]


async def test_a_change_of_the_spec_counts(cluster: Cluster, hooks: WebhookServer) -> None:
    path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    await cluster.create(path, {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {}}})
    await mutate(cluster, webhook(hooks.serve("/x", patch(add("/spec/minAvailable", 2))), "poddisruptionbudgets"))
    changed = content(await cluster.patch(f"{path}/b", {"metadata": {"labels": {"a": "b"}}}))
    assert (changed["spec"]["minAvailable"], changed["metadata"]["generation"]) == (2, 2)


async def test_deletes_cannot_be_changed(cluster: Cluster, hooks: WebhookServer) -> None:
    await cluster.create(CONFIG_MAPS, config_map())
    await mutate(cluster, webhook(
        hooks.serve("/x", patch(add("/metadata/labels", {"a": "b"}))), "configmaps", operations=["DELETE"],
    ))
    response = await cluster.ask("DELETE", f"{CONFIG_MAPS}/cm")
    assert content(response)["message"] == (
        'Internal error occurred: admission webhook "hook.example.com" attempted to modify the object, which is not '
        "supported for this operation"
    )


async def test_field_managers_survive_nonsense(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(hooks.serve("/x", patch(
        add("/metadata/managedFields", [{"manager": "x", "operation": "Nonsense", "apiVersion": "v1"}]),
    )), "configmaps"))
    response = await cluster.ask("POST", CONFIG_MAPS, config_map(a="1"), fieldManager="me")
    assert ".metadata.managedFields was in an invalid state after admission" in response.headers["Warning"]
    assert [each["manager"] for each in content(response)["metadata"]["managedFields"]] == ["me"]


async def test_commands_can_be_changed(cluster: Cluster, hooks: WebhookServer) -> None:
    await mutate(cluster, webhook(
        hooks.serve("/m", patch(add("/command", ["true"]))), "pods/exec", operations=["CONNECT"],
    ))
    await validate(cluster, webhook(hooks.serve("/v", deny()), "pods/exec", operations=["CONNECT"]))
    await cluster.ask("GET", f"{PODS}/p/exec", command="rm")
    assert hooks.last["object"]["command"] == ["true"]


async def test_a_second_round_repeats_nothing(tmp_path: Path) -> None:
    """What plugins of ours have added, they do not add again."""
    enabled = ("AlwaysPullImages", "PodNodeSelector", "PodTolerationRestriction", "ExtendedResourceToleration")
    settings = ApiServerSettings(tokens={"admin": ADMIN}, enabled_admission=enabled)
    server = ApiServer(MemoryStore(), Registry.builtin(), settings, SteppedClock(), randomness=random.Random(1))
    await server.bootstrap()
    cluster = Cluster(server, SteppedClock())
    await cluster.create("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
    tolerations = '[{"key": "team", "operator": "Exists", "effect": "NoSchedule"}]'
    await cluster.patch("/api/v1/namespaces/default", {"metadata": {"annotations": {
        "scheduler.alpha.kubernetes.io/node-selector": "zone=a",
        "scheduler.alpha.kubernetes.io/defaultTolerations": tolerations,
    }}})
    await cluster.create("/apis/node.k8s.io/v1/runtimeclasses", {
        "metadata": {"name": "kata"}, "handler": "kata", "overhead": {"podFixed": {"cpu": "100m"}},
        "scheduling": {"nodeSelector": {"kata": "yes"}, "tolerations": [{"key": "kata", "operator": "Exists"}]},
    })
    body = pod(runtimeClassName="kata")
    body["spec"]["containers"][0]["resources"] = {"limits": {"example.com/gpu": "1"}}
    plain = await cluster.create(PODS, body)
    async with webhook_server.running(tmp_path) as hooks:
        await mutate(cluster, webhook(hooks.serve("/x", patch(add("/metadata/labels", {"seen": "yes"}))), "pods"))
        changed = await cluster.create(PODS, {**body, "metadata": {"name": "q"}})
        await server.backend.webhooks.client.close()
    assert changed["metadata"]["labels"] == {"seen": "yes"}
    volume, other = (each["spec"]["volumes"].pop() for each in (plain, changed))
    mounts = [each["spec"]["containers"][0].pop("volumeMounts") for each in (plain, changed)]
    assert changed["spec"] == plain["spec"]
    assert volume["projected"] == other["projected"]
    assert [len(each) for each in mounts] == [1, 1]
