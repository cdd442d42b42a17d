"""Admission plugins that a cluster may have besides: each switched on, and what it does."""

import json
import random
from typing import Any

import pytest

from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.admission import chain
from kubewheel.apiserver.admission_settings import AdmissionSettings, EventLimit
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Response
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver.conftest import ADMIN, CONFIG_MAPS, PODS, Cluster, config_map, content, pod

NAMESPACE = "/api/v1/namespaces/default"
CLAIMS = f"{NAMESPACE}/persistentvolumeclaims"
EVENTS = f"{NAMESPACE}/events"
SERVICES = f"{NAMESPACE}/services"


async def start(*enabled: str, disabled: tuple[str, ...] = (), **admission: Any) -> Cluster:
    clock = SteppedClock()
    settings = ApiServerSettings(
        tokens={"admin": ADMIN, "bob": Identity("bob", ("dev",))}, enabled_admission=enabled,
        disabled_admission=("ServiceAccount", *disabled), admission=AdmissionSettings(**admission),
    )
    server = ApiServer(MemoryStore(), Registry.builtin(), settings, clock, randomness=random.Random(1))
    await server.bootstrap()
    return Cluster(server, clock)


async def annotate(cluster: Cluster, **annotations: str) -> None:
    named = {f"scheduler.alpha.kubernetes.io/{name.replace('_', '-')}": value for name, value in annotations.items()}
    assert (await cluster.patch(NAMESPACE, {"metadata": {"annotations": named}})).status == 200


def message(response: Response) -> str:
    return str(content(response)["message"])


async def refusal(cluster: Cluster, path: str, body: Any, status: int = 403, **options: Any) -> str:
    response = await cluster.ask("POST", path, body, **options)
    assert response.status == status, content(response)
    return message(response)


async def test_images_are_always_pulled() -> None:
    cluster = await start("AlwaysPullImages")
    first = {"name": "first", "image": "i:1", "imagePullPolicy": "Never"}
    made = await cluster.create(PODS, pod(
        containers=[{"name": "c", "image": "i:1", "imagePullPolicy": "IfNotPresent"}], initContainers=[first],
        volumes=[{"name": "v", "image": {"reference": "data:1", "pullPolicy": "Never"}}],
    ))
    spec = made["spec"]
    assert [each["imagePullPolicy"] for each in (*spec["containers"], *spec["initContainers"])] == ["Always"] * 2
    assert spec["volumes"][0]["image"]["pullPolicy"] == "Always"
    assert (await cluster.patch(f"{PODS}/p", {"metadata": {"labels": {"a": "b"}}})).status == 200


async def test_nodes_of_a_namespace() -> None:
    cluster = await start("PodNodeSelector", node_selectors={
        "clusterDefaultNodeSelector": "zone=a", "default": "zone=a,disk=ssd,team=x",
    })
    assert (await cluster.create(PODS, pod("default")))["spec"]["nodeSelector"] == {"zone": "a"}
    await annotate(cluster, node_selector="team=x")
    made = await cluster.create(PODS, pod("annotated", nodeSelector={"disk": "ssd"}))
    assert made["spec"]["nodeSelector"] == {"team": "x", "disk": "ssd"}
    assert await refusal(cluster, PODS, pod("other", nodeSelector={"team": "y"})) == (
        'pods "other" is forbidden: pod node label selector conflicts with its namespace node label selector'
    )
    assert await refusal(cluster, PODS, pod("unlisted", nodeSelector={"gpu": "1"})) == (
        'pods "unlisted" is forbidden: pod node label selector labels conflict with its namespace whitelist'
    )
    await annotate(cluster, node_selector="team")
    assert "invalid selector: team" in await refusal(cluster, PODS, pod("broken"))


def tolerations(made: Any) -> list[str]:
    return [each["key"] for each in made["spec"]["tolerations"] if not each["key"].startswith("node.kubernetes.io")]


async def test_tolerations_of_a_namespace() -> None:
    cluster = await start("PodTolerationRestriction", default_tolerations=({"key": "everyone", "operator": "Exists"},))
    assert tolerations(await cluster.create(PODS, pod("default"))) == ["everyone"]
    await annotate(cluster, defaultTolerations=json.dumps([{"key": "team", "operator": "Exists"}]))
    own = {"key": "team", "operator": "Equal", "value": "x"}
    made = await cluster.create(PODS, pod("covered", tolerations=[own]))
    assert [each for each in made["spec"]["tolerations"] if each["key"] == "team"] == [
        {"key": "team", "operator": "Exists"}
    ]
    burst = {"resources": {"requests": {"cpu": "1"}}, "name": "c", "image": "i"}
    made = await cluster.create(PODS, pod("burstable", containers=[burst]))
    assert "node.kubernetes.io/memory-pressure" in [each["key"] for each in made["spec"]["tolerations"]]
    allowed = [{"key": "team", "operator": "Exists"}, {"operator": "Exists", "effect": "NoExecute"}]
    await annotate(cluster, tolerationsWhitelist=json.dumps(allowed))
    assert await refusal(cluster, PODS, pod("other", tolerations=[{"key": "gpu", "operator": "Exists"}])) == (
        'pods "other" is forbidden: pod tolerations (possibly merged with namespace default tolerations) conflict with '
        "its namespace whitelist"
    )
    await annotate(cluster, tolerationsWhitelist="{}")
    assert "is no list of tolerations" in await refusal(cluster, PODS, pod("broken"))


def event(name: str, about: str = "p") -> dict[str, Any]:
    return {
        "metadata": {"name": name}, "involvedObject": {"kind": "Pod", "namespace": "default", "name": about},
        "source": {"component": "test"}, "reason": "R", "message": "m", "type": "Normal",
    }


async def test_events_are_limited() -> None:
    cluster = await start("EventRateLimit", event_limits=(
        EventLimit("SourceAndObject", 0.5, 2), EventLimit("Namespace", 100.0, 4),
    ))
    for name in ("a", "b"):
        await cluster.create(EVENTS, event(name))
    text = await refusal(cluster, EVENTS, event("c"), 429)
    assert text == "Too many requests: limit reached on type SourceAndObject for key testPoddefaultp"
    await cluster.create(EVENTS, event("d", "other"))
    assert await refusal(cluster, EVENTS, event("e", "third"), 429) == (
        "Too many requests: limit reached on type Namespace for key default"
    )
    cluster.clock.advance(2)
    await cluster.create(EVENTS, event("f"))
    assert (await cluster.ask("POST", EVENTS, event("g"))).status == 429


async def test_devices_are_tolerated() -> None:
    cluster = await start("ExtendedResourceToleration")
    needs = {"requests": {"example.com/gpu": "1", "cpu": "1"}, "limits": {"example.com/gpu": "1"}}
    made = await cluster.create(PODS, pod(containers=[{"name": "c", "image": "i", "resources": needs}]))
    assert {"key": "example.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in made["spec"]["tolerations"]
    assert tolerations(await cluster.create(PODS, pod("q"))) == []


async def test_anti_affinity_between_nodes_only() -> None:
    cluster = await start("LimitPodHardAntiAffinityTopology")

    def body(key: str) -> dict[str, Any]:
        term = {"topologyKey": key, "labelSelector": {}}
        return pod(affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})

    assert await refusal(cluster, PODS, body("zone")) == (
        'pods "p" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key '
        "kubernetes.io/hostname is allowed"
    )
    await cluster.create(PODS, body("kubernetes.io/hostname"))


async def test_external_addresses_are_denied() -> None:
    cluster = await start()

    def service(name: str, *addresses: str) -> dict[str, Any]:
        return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], "externalIPs": list(addresses)}}

    await cluster.create(SERVICES, service("old", "1.2.3.4", "1.2.3.5"))
    cluster.server.backend.admission = chain.Chain(chain.select(chain.discover(), ("DenyServiceExternalIPs",), ()))
    assert await refusal(cluster, SERVICES, service("s", "1.2.3.4")) == (
        'services "s" is forbidden: Use of external IPs is denied by admission control'
    )
    fewer = {"spec": {"externalIPs": ["1.2.3.5"]}}
    assert (await cluster.patch(f"{SERVICES}/old", fewer)).status == 200
    assert (await cluster.patch(f"{SERVICES}/old", {"spec": {"externalIPs": ["9.9.9.9"]}})).status == 403


@pytest.mark.parametrize(("phase", "expands", "expected"), [
    pytest.param("Pending", True, "except resources.requests and volumeAttributesClassName for bound", id="unbound"),
    pytest.param("Bound", False, "only dynamically provisioned pvc can be resized and the storageclass that provisions "
                 "the pvc must support resize", id="class"),
    pytest.param("Bound", True, "", id="good"),
])
async def test_growing_claims(phase: str, expands: bool, expected: str) -> None:
    cluster = await start()
    await cluster.create("/apis/storage.k8s.io/v1/storageclasses", {
        "metadata": {"name": "disk"}, "provisioner": "p", "allowVolumeExpansion": expands,
    })
    size = {"resources": {"requests": {"storage": "1Gi"}}}
    await cluster.create(CLAIMS, {"metadata": {"name": "c"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "disk", **size,
    }})
    await cluster.patch(f"{CLAIMS}/c", {"spec": {"volumeName": "v"}})
    await cluster.patch(f"{CLAIMS}/c/status", {"status": {"phase": phase, "capacity": {"storage": "1Gi"}}})
    response = await cluster.patch(f"{CLAIMS}/c", {"spec": {"resources": {"requests": {"storage": "2Gi"}}}})
    if expected:
        assert expected in message(response)
    else:
        assert response.status == 200


async def test_namespaces_come_with_their_first_object() -> None:
    cluster = await start("NamespaceAutoProvision")
    await cluster.create("/api/v1/namespaces/new/configmaps", config_map())
    assert (await cluster.get("/api/v1/namespaces/new"))["status"]["phase"] == "Active"


async def test_namespaces_must_exist() -> None:
    cluster = await start("NamespaceExists", disabled=("NamespaceLifecycle",))
    text = await refusal(cluster, "/api/v1/namespaces/new/configmaps", config_map(), 404)
    assert text == 'namespaces "new" not found'
    await cluster.create(CONFIG_MAPS, config_map())


async def test_nothing_goes() -> None:
    cluster = await start("AlwaysAdmit")
    await cluster.create(CONFIG_MAPS, config_map())
    cluster.server.backend.admission = chain.Chain(chain.select(chain.discover(), ("AlwaysDeny",), ()))
    text = "is forbidden: admission control is denying all modifications"
    assert text in await refusal(cluster, CONFIG_MAPS, config_map("other"))
    assert text in message(await cluster.ask("DELETE", f"{CONFIG_MAPS}/cm"))


async def test_owners_need_permission() -> None:
    cluster = await start("OwnerReferencesPermissionEnforcement")
    owner = await cluster.create(CONFIG_MAPS, config_map("owner"))
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "patch", "get"]}]
    role = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
    await cluster.create(role, {"metadata": {"name": "r"}, "rules": rules})
    await cluster.create(role.replace("roles", "rolebindings"), {
        "metadata": {"name": "r"}, "roleRef": {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"},
        "subjects": [{"kind": "User", "name": "bob", "apiGroup": "rbac.authorization.k8s.io"}],
    })
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}

    def owned(**fields: Any) -> dict[str, Any]:
        return {**config_map("owned"), "metadata": {"name": "owned", "ownerReferences": [{**reference, **fields}]}}

    assert "cannot set an ownerRef on a resource you can't delete" in await refusal(
        cluster, CONFIG_MAPS, owned(), token="bob"
    )
    rules[0]["verbs"].append("delete")
    await cluster.patch(f"{role}/r", {"rules": rules})
    assert "a resource you can't set finalizers on" in await refusal(
        cluster, CONFIG_MAPS, owned(blockOwnerDeletion=True), token="bob"
    )
    assert "cannot find RESTMapping for APIVersion v1 Kind Nope" in await refusal(
        cluster, CONFIG_MAPS, owned(kind="Nope", blockOwnerDeletion=True), token="bob"
    )
    rules.append({"apiGroups": [""], "resources": ["configmaps/finalizers"], "verbs": ["update"]})
    await cluster.patch(f"{role}/r", {"rules": rules})
    await cluster.create(CONFIG_MAPS, owned(blockOwnerDeletion=True), token="bob")


async def test_pods_know_where_they_are() -> None:
    cluster = await start()
    zone, region = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
    await cluster.create("/api/v1/nodes", {"metadata": {"name": "n1", "labels": {zone: "a", region: "r", "x": "y"}}})
    await cluster.create(PODS, pod())
    binding = {"metadata": {"name": "p", "labels": {"own": "1"}}, "target": {"kind": "Node", "name": "n1"}}
    assert (await cluster.ask("POST", f"{PODS}/p/binding", binding)).status == 201
    assert (await cluster.get(f"{PODS}/p"))["metadata"]["labels"] == {zone: "a", region: "r", "own": "1"}
    made = await cluster.create(PODS, pod("bound", nodeName="n1"))
    assert made["metadata"]["labels"] == {zone: "a", region: "r"}
    without = await start(disabled=("PodTopologyLabels",))
    await without.create("/api/v1/nodes", {"metadata": {"name": "n1", "labels": {zone: "a"}}})
    assert "labels" not in (await without.create(PODS, pod(nodeName="n1")))["metadata"]


async def test_protection_can_be_left_out() -> None:
    cluster = await start(disabled=("StorageObjectInUseProtection",))
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    assert "finalizers" not in (await cluster.create(CLAIMS, {"metadata": {"name": "c"}, "spec": spec}))["metadata"]
