"""Requests for certificates of pods: which a node may make, who may decide on them."""

import base64
from typing import Any

import pytest

from kubewheel.libs import certificate_keys
from tests.component.apiserver.conftest import PODS, Cluster, content, pod

REQUESTS = "/apis/certificates.k8s.io/v1/namespaces/default/podcertificaterequests"
ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
SIGNER = "example.com/pods"
NODE = {"impersonate-user": "system:node:n1", "impersonate-group": "system:nodes"}
BOB = {"impersonate-user": "bob"}
STUB = base64.b64encode(certificate_keys.stub_request(certificate_keys.make("ECDSAP256"))).decode()


def mounting(name: str, node: str = "n1", **metadata: Any) -> dict[str, Any]:
    source = {"signerName": SIGNER, "keyType": "ED25519", "credentialBundlePath": "all"}
    volume = {"name": "v", "projected": {"sources": [{"podCertificate": source}]}}
    made = pod(name, nodeName=node, volumes=[volume])
    made["metadata"].update(metadata)
    return made


@pytest.fixture
async def request_body(cluster: Cluster) -> dict[str, Any]:
    """A request that node n1 may make."""
    for name in ("n1", "n2"):
        await cluster.create("/api/v1/nodes", {"metadata": {"name": name}})
    made = await cluster.create(PODS, mounting("web"))
    await cluster.create(PODS, mounting("far", "n2"))
    node, account = await cluster.get("/api/v1/nodes/n1"), await cluster.get(ACCOUNT)
    return {"metadata": {"generateName": "req-"}, "spec": {
        "signerName": SIGNER, "podName": "web", "podUID": made["metadata"]["uid"], "nodeName": "n1",
        "nodeUID": node["metadata"]["uid"], "serviceAccountName": "default",
        "serviceAccountUID": account["metadata"]["uid"], "stubPKCS10Request": STUB,
    }}


async def ask(cluster: Cluster, body: dict[str, Any], **changes: str) -> tuple[int, str]:
    sent = {**body, "spec": {**body["spec"], **changes}}
    response = await cluster.ask("POST", REQUESTS, sent, headers=NODE)
    return response.status, content(response).get("message", "")


async def test_a_node_asks_for_its_pod(cluster: Cluster, request_body: dict[str, Any]) -> None:
    assert (await ask(cluster, request_body))[0] == 201
    assert (await cluster.ask("GET", ACCOUNT, headers=NODE)).status == 200
    assert (await cluster.ask("GET", f"{ACCOUNT}s", headers=NODE)).status == 403
    (made,) = (await cluster.get(REQUESTS, fieldSelector="spec.nodeName=n1"))["items"]
    assert made["spec"]["maxExpirationSeconds"] == 86400
    path = f"{REQUESTS}/{made['metadata']['name']}"
    assert (await cluster.ask("DELETE", path, headers=NODE)).status == 403


REFUSALS = [
    ({"nodeName": "n2"}, 'NodeName="n2", which is not the requesting node "n1"'),
    ({"nodeUID": "x"}, 'for pod "default/web" names node UID "x", inconsistent with the running node'),
    ({"podName": "none"}, 'pod "default/none" named in the PodCertificateRequest: pod "none" not found'),
    ({"podUID": "x"}, 'for pod "default/web" contains pod UID ("x") which differs from running pod'),
    ({"serviceAccountName": "root"}, 'contains serviceAccountName ("root") that differs from running pod ("default")'),
    ({"serviceAccountUID": "x"}, 'names service account UID "x", which differs from the running service account'),
    ({"signerName": "example.com/other"}, 'pod "default/web" mounts no podCertificate of signer "example.com/other"'),
]


@pytest.mark.parametrize(("changes", "problem"), REFUSALS, ids=[next(iter(changes)) for changes, _ in REFUSALS])
async def test_what_a_node_may_not_ask(
    cluster: Cluster, request_body: dict[str, Any], changes: dict[str, str], problem: str
) -> None:
    status, message = await ask(cluster, request_body, **changes)
    assert status == 403
    assert problem in message


async def test_pods_of_others_and_mirrors(cluster: Cluster, request_body: dict[str, Any]) -> None:
    far = await cluster.get(f"{PODS}/far")
    status, message = await ask(cluster, request_body, podName="far", podUID=far["metadata"]["uid"])
    assert (status, 'pod "default/far" is not running on node "n1"' in message) == (403, True)
    mirror = await cluster.create(PODS, mounting("mirror", annotations={"kubernetes.io/config.mirror": "x"}))
    status, message = await ask(cluster, request_body, podName="mirror", podUID=mirror["metadata"]["uid"])
    assert (status, 'pod "default/mirror" is a mirror pod' in message) == (403, True)


async def test_only_its_signer_decides(cluster: Cluster, request_body: dict[str, Any]) -> None:
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    status = ["podcertificaterequests/status"]
    rules = [{"verbs": ["update"], "apiGroups": ["certificates.k8s.io"], "resources": status}]
    await cluster.create(f"{rbac}/clusterroles", {"metadata": {"name": "decide"}, "rules": rules})
    await cluster.create(f"{rbac}/clusterrolebindings", {
        "metadata": {"name": "decide"}, "subjects": [{"kind": "User", "name": "bob"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "decide"},
    })
    made = await cluster.create(REQUESTS, request_body)
    denial = {"type": "Denied", "status": "True", "reason": "No", "lastTransitionTime": "2027-01-01T00:00:00Z"}
    path = f"{REQUESTS}/{made['metadata']['name']}/status"
    sent = {**made, "status": {"conditions": [denial]}}
    response = await cluster.ask("PUT", path, sent, headers=BOB)
    detail = f'spec.signerName: Forbidden: User "bob" is not permitted to "sign" for signer "{SIGNER}"'
    assert (response.status, detail in content(response)["message"]) == (422, True)
    rules.append({
        "verbs": ["sign"], "apiGroups": ["certificates.k8s.io"], "resources": ["signers"],
        "resourceNames": ["example.com/*"],
    })
    await cluster.patch(f"{rbac}/clusterroles/decide", {"rules": rules})
    assert (await cluster.ask("PUT", path, sent, headers=BOB)).status == 200
