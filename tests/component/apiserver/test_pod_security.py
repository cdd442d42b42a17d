"""Pod security standards, as labels of namespaces ask for them."""

import random
from typing import Any

import pytest

from kubewheel.api.pod_security.policy import Level, Policy, Standard
from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.apiserver.admission_settings import AdmissionSettings, PodSecuritySettings
from kubewheel.apiserver.audit import Record
from kubewheel.libs.clock import SteppedClock
from kubewheel.libs.wire import Identity, Response
from kubewheel.storage.memory import MemoryStore
from tests.component.apiserver.conftest import ADMIN, PODS, Cluster, content, pod

NAMESPACE = "/api/v1/namespaces/default"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PREFIX = "pod-security.kubernetes.io/"
VIOLATIONS = (
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), '
    'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), '
    'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), '
    'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
    '"Localhost")'
)


async def label(cluster: Cluster, **labels: str) -> Response:
    named = {PREFIX + name.replace("_", "-"): value for name, value in labels.items()}
    return await cluster.patch(NAMESPACE, {"metadata": {"labels": named}})


def hardened(name: str = "p", image: str = "i") -> dict[str, Any]:
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return pod(
        name, containers=[{"name": "c", "image": image, "securityContext": context}],
        securityContext={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    )


def deployment(**spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod(**spec)["spec"]}
    return {"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}


def warnings(response: Response) -> list[str]:
    return [each.strip() for each in response.headers.get("Warning", "").split("299 - ") if each.strip(", ")]


async def test_enforced(cluster: Cluster) -> None:
    await label(cluster, enforce="restricted")
    refused = await cluster.ask("POST", PODS, pod())
    assert refused.status == 403
    text = f'violates PodSecurity "restricted:latest": {VIOLATIONS}'
    assert content(refused)["message"] == f'pods "p" is forbidden: {text}'
    assert content(refused)["reason"] == "Forbidden"
    await cluster.create(PODS, hardened())


async def test_without_labels_everything_goes(cluster: Cluster) -> None:
    response = await cluster.ask("POST", PODS, pod(hostNetwork=True))
    assert (response.status, warnings(response)) == (201, [])


async def test_versions(cluster: Cluster) -> None:
    await label(cluster, enforce="restricted", enforce_version="v1.7")
    body = pod(securityContext={"runAsNonRoot": True})
    await cluster.create(PODS, body)
    await label(cluster, enforce_version="v1.8")
    refused = content(await cluster.ask("POST", PODS, {**body, "metadata": {"name": "q"}}))
    assert refused["message"].startswith('pods "q" is forbidden: violates PodSecurity "restricted:v1.8": allowPriv')


async def test_warned(cluster: Cluster) -> None:
    await label(cluster, warn="baseline")
    response = await cluster.ask("POST", PODS, pod(hostNetwork=True))
    assert response.status == 201
    text = 'would violate PodSecurity \\"baseline:latest\\": host namespaces (hostNetwork=true)'
    assert warnings(response) == [f'"{text}"']


async def test_refusals_bring_no_warnings(cluster: Cluster) -> None:
    await label(cluster, enforce="baseline", warn="restricted")
    response = await cluster.ask("POST", PODS, pod(hostNetwork=True))
    assert (response.status, warnings(response)) == (403, [])


async def test_workloads_are_warned_and_not_refused(cluster: Cluster) -> None:
    await label(cluster, enforce="restricted", warn="baseline")
    response = await cluster.ask("POST", DEPLOYMENTS, deployment(hostPID=True))
    assert response.status == 201
    assert "host namespaces (hostPID=true)" in warnings(response)[0]
    job = {"metadata": {"name": "j"}, "spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": {
        "spec": {**pod(hostIPC=True)["spec"], "restartPolicy": "Never"},
    }}}}}
    response = await cluster.ask("POST", "/apis/batch/v1/namespaces/default/cronjobs", job)
    assert response.status == 201
    assert "host namespaces (hostIPC=true)" in warnings(response)[0]


async def test_audited(cluster: Cluster) -> None:
    records: list[Record] = []
    cluster.server.audit.sinks.append(records.append)
    await label(cluster, audit="baseline", enforce="privileged")
    await cluster.create(PODS, pod(hostPID=True))
    assert records[-1].annotations == {
        f"{PREFIX}audit-violations": 'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)',
        f"{PREFIX}enforce-policy": "privileged:latest",
    }


async def test_updates_that_matter(cluster: Cluster) -> None:
    await cluster.create(PODS, pod())
    await label(cluster, enforce="restricted")
    assert (await cluster.patch(f"{PODS}/p", {"metadata": {"labels": {"a": "b"}}})).status == 200
    changed = [{"op": "replace", "path": "/spec/containers/0/image", "value": "other"}]
    assert (await cluster.patch(f"{PODS}/p", changed, "json-patch")).status == 403
    debugger = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "i"}]}}
    refused = await cluster.patch(f"{PODS}/p/ephemeralcontainers", debugger, "strategic-merge-patch")
    assert refused.status == 403
    assert 'containers "c", "debug" must set' in content(refused)["message"]
    assert (await cluster.patch(f"{PODS}/p/status", {"status": {"phase": "Running"}})).status == 200


async def test_labels_that_are_wrong(cluster: Cluster) -> None:
    refused = await label(cluster, enforce="strict")
    assert refused.status == 422
    assert content(refused)["message"] == (
        'Namespace "default" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": '
        "must be one of privileged, baseline, restricted"
    )
    made = {"metadata": {"name": "n", "labels": {f"{PREFIX}warn-version": "1.2"}}}
    refused = await cluster.ask("POST", "/api/v1/namespaces", made)
    assert 'Invalid value: "1.2": must be "latest" or "v1.x"' in content(refused)["message"]


async def test_existing_pods_are_told_of(cluster: Cluster) -> None:
    for name in ("b", "a"):
        await cluster.create(PODS, pod(name, hostPID=True))
    await cluster.create(PODS, hardened("fine"))
    response = await label(cluster, enforce="baseline")
    assert response.status == 200
    assert warnings(response) == [
        '"existing pods in namespace \\"default\\" violate the new PodSecurity enforce level \\"baseline:latest\\"",',
        '"a (and 1 other pod): host namespaces"',
    ]
    assert warnings(await label(cluster, enforce="privileged")) == []
    assert len(warnings(await label(cluster, enforce="restricted"))) == 2
    assert warnings(await label(cluster, audit="restricted")) == []


async def with_settings(settings: PodSecuritySettings) -> Cluster:
    wanted = ApiServerSettings(
        tokens={"admin": ADMIN, "ci": Identity("ci", ("system:masters",))}, disabled_admission=("ServiceAccount",),
        admission=AdmissionSettings(settings),
    )
    clock = SteppedClock()
    server = ApiServer(MemoryStore(), Registry.builtin(), wanted, clock, randomness=random.Random(1))
    await server.bootstrap()
    return Cluster(server, clock)


@pytest.mark.parametrize(("token", "path", "spec", "status"), [
    pytest.param("admin", PODS, {}, 403, id="everybody"),
    pytest.param("ci", PODS, {}, 201, id="user"),
    pytest.param("admin", "/api/v1/namespaces/kube-system/pods", {}, 201, id="namespace"),
    pytest.param("admin", PODS, {"runtimeClassName": "kata"}, 201, id="runtime-class"),
])
async def test_exemptions(token: str, path: str, spec: dict[str, Any], status: int) -> None:
    cluster = await with_settings(PodSecuritySettings(
        Policy(enforce=Standard(Level.BASELINE)), frozenset({"ci"}), frozenset({"kata"}), frozenset({"kube-system"}),
    ))
    await cluster.create("/apis/node.k8s.io/v1/runtimeclasses", {"metadata": {"name": "kata"}, "handler": "kata"})
    response = await cluster.ask("POST", path, pod(hostPID=True, **spec), token=token)
    assert response.status == status


async def test_labels_without_effect_are_told_of() -> None:
    cluster = await with_settings(PodSecuritySettings(namespaces=frozenset({"default", "free"})))
    (line,) = warnings(await label(cluster, enforce="baseline", warn="privileged"))
    ignored = "the policy (enforce=baseline:latest) will be ignored"
    assert line == f'"namespace \\"default\\" is exempt from Pod Security, and {ignored}"'
    made = {"metadata": {"name": "free", "labels": {f"{PREFIX}warn": "restricted", f"{PREFIX}warn-version": "v1.30"}}}
    (line,) = warnings(await cluster.ask("POST", "/api/v1/namespaces", made))
    assert "the policy (warn=restricted:v1.30) will be ignored" in line


def test_with_kubectl(kubewheel: Any) -> None:
    """A label on the namespace changes what admission does for new pods."""
    kubewheel.kubectl("create", "namespace", "team")
    kubewheel.kubectl("run", "before", "--image=nginx", "-n", "team")
    kubewheel.kubectl("label", "namespace", "team", f"{PREFIX}enforce=restricted")
    with pytest.raises(Exception, match=r'pods "after" is forbidden: violates PodSecurity "restricted:'):
        kubewheel.kubectl("run", "after", "--image=nginx", "-n", "team")
    kubewheel.kubectl("label", "namespace", "team", f"{PREFIX}enforce-")
    kubewheel.kubectl("run", "after", "--image=nginx", "-n", "team")
