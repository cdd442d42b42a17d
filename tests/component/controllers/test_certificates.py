"""Certificates by request: made, approved with kubectl, issued, and good for logging in."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubewheel.api.errors import StatusError
from kubewheel.api.registry import Registry
from kubewheel.apiserver import ApiServer, ApiServerSettings
from kubewheel.client import Client
from kubewheel.controllers import ControllersSettings, certificates, prepare, run_engine
from kubewheel.libs import signing, tls
from kubewheel.libs.clock import RealClock, rfc3339
from kubewheel.libs.wire import Identity, Object
from kubewheel.storage.memory import MemoryStore

KIND = "CertificateSigningRequest.certificates.k8s.io"
CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET = "kubernetes.io/kube-apiserver-client-kubelet"
SERVING = "kubernetes.io/kubelet-serving"
USAGES = ("digital signature", "client auth")
NODES = "system:nodes"
CREATE = {"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests"], "verbs": ["create"]}
MASTERS = ("system:masters", "system:authenticated")
ACCOUNTS = "system:serviceaccounts"


@dataclass
class Cluster:
    """A server on a port, with all controllers."""

    server: ApiServer
    client: Client
    folder: Path
    url: str = ""

    def as_user(self, name: str, *groups: str) -> Client:
        identity = Identity(name, (*groups, "system:authenticated"))
        return Client(self.server.transport(identity), self.server.backend.registry)

    def write_kubeconfig(self, user: dict[str, str]) -> Path:
        path = self.folder / "kubeconfig"
        there = {"server": self.url, "certificate-authority": f"{self.folder}/ca.crt"}
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": there}], "users": [{"name": "c", "user": user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        }))
        return path

    async def kubectl(self, *words: str, user: dict[str, str] | None = None) -> str:
        config = self.write_kubeconfig(user or {"token": "admin"})
        program = Path(sys.executable).with_name("kubectl")
        done = await asyncio.to_thread(
            subprocess.run, [program, "--kubeconfig", config, *words], capture_output=True, text=True, timeout=30,
            check=False,
        )
        return done.stdout + done.stderr

    async def until(self, name: str, *conditions: str) -> Any:
        """Return the request once it has these conditions, or a certificate without any."""
        async with asyncio.timeout(5):
            while True:
                found = await self.client.get(KIND, name)
                status = found.get("status") or {}
                kinds = {each["type"] for each in status.get("conditions") or ()}
                if kinds >= set(conditions) and (status.get("certificate") or "Failed" in conditions):
                    return found
                await asyncio.sleep(0.01)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    clock, registry = RealClock(), Registry.builtin()
    authority = tls.make_authority("test", _now(), 30)
    serving = tls.issue(authority, tls.Subject("kubernetes", names=("127.0.0.1",)), _now(), 30)
    for name, content in (("ca", authority), ("server", serving)):
        (tmp_path / f"{name}.crt").write_bytes(content.certificate_pem())
        (tmp_path / f"{name}.key").write_bytes(content.key_pem())
    settings = ApiServerSettings(
        client_ca=authority.certificate_pem(), tokens={"admin": Identity("admin", ("system:masters",))},
    )
    server = ApiServer(MemoryStore(), registry, settings, clock)
    await server.bootstrap()

    def client_for(name: str) -> Client:
        user = f"system:serviceaccount:kube-system:{name}"
        identity = Identity(user, (ACCOUNTS, f"{ACCOUNTS}:kube-system", "system:authenticated"))
        return Client(server.transport(identity), registry)

    shared = Client(server.transport(Identity("system:kube-controller-manager", ("system:authenticated",))), registry)
    wanted = ControllersSettings(client_for=client_for, sign_certificate=signing.signer(authority), enabled=tuple(
        f"certificatesigningrequest-{each}-controller" for each in ("approving", "signing", "cleaner")
    ))
    context = tls.server_context(tmp_path / "server.crt", tmp_path / "server.key", tmp_path / "ca.crt")
    listener = await server.serve(host="127.0.0.1", port=0, ssl_context=context)
    made = Cluster(server, Client(server.transport(Identity("tester", MASTERS)), registry), tmp_path)
    made.url = f"https://127.0.0.1:{listener.port}"
    with suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            running = [
                group.create_task(server.run(), name="server"),
                group.create_task(run_engine(prepare(shared, clock=clock, settings=wanted)), name="controllers"),
            ]
            yield made
            for task in running:
                task.cancel()
    await listener.close()


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def ask(
    name: str, organizations: Sequence[str] = (), alternatives: Sequence[x509.GeneralName] = ()
) -> tuple[bytes, bytes]:
    """Return a request for a certificate and the key that it was made with."""
    key = tls.make_key()
    subject = x509.Name([
        *(x509.NameAttribute(NameOID.ORGANIZATION_NAME, each) for each in organizations),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), tls.key_pem(key)


def request(
    name: str, pem: bytes, signer: str = CLIENT, usages: Sequence[str] = USAGES, **spec: Any
) -> dict[str, Any]:
    asked = {"request": base64.b64encode(pem).decode(), "signerName": signer, "usages": list(usages), **spec}
    return {
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
        "spec": asked,
    }


def issued(found: Object) -> x509.Certificate:
    return x509.load_pem_x509_certificate(base64.b64decode(found["status"]["certificate"]))


async def test_approved_with_kubectl_and_good_for_logging_in(cluster: Cluster) -> None:
    pem, key = ask("jane", ["developers"])
    await cluster.client.create(role("ask", [CREATE]))
    await bind(cluster, "ask", "mallory")
    made = await cluster.as_user("mallory", "staff").create(request("jane", pem, expirationSeconds=3600, username="x"))
    assert made["spec"]["username"] == "mallory"
    assert made["spec"]["groups"] == ["staff", "system:authenticated"]
    assert "Pending" in await cluster.kubectl("get", "csr", "jane")
    assert "certificatesigningrequest.certificates.k8s.io/jane approved" in await cluster.kubectl(
        "certificate", "approve", "jane"
    )
    found = await cluster.until("jane", "Approved")
    assert "Approved,Issued" in await cluster.kubectl("get", "csr", "jane")
    certificate = issued(found)
    assert certificate.subject == x509.load_pem_x509_csr(pem).subject
    lasting = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lasting.total_seconds() == 3600 + 300
    (cluster.folder / "jane.crt").write_bytes(base64.b64decode(found["status"]["certificate"]))
    (cluster.folder / "jane.key").write_bytes(key)
    user = {"client-certificate": f"{cluster.folder}/jane.crt", "client-key": f"{cluster.folder}/jane.key"}
    told = await cluster.kubectl("auth", "whoami", user=user)
    assert "jane" in told
    assert "developers" in told
    assert 'User "jane" cannot list resource "pods"' in await cluster.kubectl("get", "pods", user=user)


async def test_denied_is_never_issued(cluster: Cluster) -> None:
    pem, _ = ask("jane")
    await cluster.client.create(request("jane", pem))
    assert "denied" in await cluster.kubectl("certificate", "deny", "jane")
    assert "Denied" in await cluster.kubectl("get", "csr", "jane")
    assert "is already Denied" in await cluster.kubectl("certificate", "approve", "jane")
    assert "certificate" not in (await cluster.client.get(KIND, "jane"))["status"]


def role(name: str, rules: Sequence[Object]) -> Object:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules,
    }


async def bind(cluster: Cluster, role: str, user: str) -> None:
    await cluster.client.create({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": role.split(":")[-1]},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}],
    })


@pytest.mark.parametrize(("user", "kind", "text"), [
    pytest.param("bootstrapper", "nodeclient", "kubelet", id="new-node"),
    pytest.param("system:node:n1", "selfnodeclient", "self kubelet", id="renewal"),
])
async def test_kubelets_are_approved_by_themselves(cluster: Cluster, user: str, kind: str, text: str) -> None:
    await bind(cluster, f"system:certificates.k8s.io:certificatesigningrequests:{kind}", user)
    pem, _ = ask("system:node:n1", [NODES])
    await cluster.client.create({**request("wait", pem, KUBELET)})  # Of somebody who has no such role.
    asker = cluster.as_user(user, NODES)
    await cluster.client.create(role("ask", [CREATE]))
    await bind(cluster, "ask", user)
    await asker.create(request("n1", pem, KUBELET))
    found = await cluster.until("n1", "Approved")
    (condition,) = found["status"]["conditions"]
    assert condition["reason"] == "AutoApproved"
    assert condition["message"] == f"Auto approving {text} client certificate after SubjectAccessReview."
    usage = issued(found).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


@pytest.mark.parametrize(("signer", "usages", "organizations", "alternatives", "message"), [
    pytest.param(CLIENT, ("server auth",), (), (), "invalid usage for client certificate: server auth", id="server"),
    pytest.param(
        CLIENT, ("digital signature",), (), (), "missing required usage for client certificate: client auth",
        id="usage",
    ),
    pytest.param(SERVING, ("server auth",), (), (), "subject organization is not system:nodes", id="organization"),
    pytest.param(
        SERVING, ("digital signature", "server auth"), (NODES,), (), "DNS or IP subjectAltName is required", id="names",
    ),
    pytest.param(
        SERVING, ("server auth",), (NODES,), (x509.DNSName("n1"),),
        "usages did not match [digital signature key encipherment server auth]", id="serving-usages",
    ),
    pytest.param(
        KUBELET, USAGES, (NODES,), (x509.DNSName("n1"),), "DNS subjectAltNames are not allowed", id="kubelet-names",
    ),
    pytest.param(KUBELET, USAGES, (NODES,), (), "subject common name does not begin with system:node:", id="name"),
])
async def test_what_a_signer_does_not_give(
    cluster: Cluster, signer: str, usages: Sequence[str], organizations: Sequence[str],
    alternatives: Sequence[x509.GeneralName], message: str,
) -> None:
    pem, _ = ask("jane", organizations, alternatives)
    made = await cluster.client.create(request("jane", pem, signer, usages))
    approval = {"type": "Approved", "status": "True", "reason": "Test", "message": ""}
    await cluster.client.update({**made, "status": {"conditions": [approval]}}, subresource="approval")
    found = await cluster.until("jane", "Approved", "Failed")
    failed = found["status"]["conditions"][1]
    assert (failed["reason"], failed["message"]) == ("SignerValidationFailure", message)
    assert "certificate" not in found["status"]


async def test_serving_certificates_keep_their_names(cluster: Cluster) -> None:
    names = (x509.DNSName("n1"),)
    pem, _ = ask("system:node:n1", [NODES], names)
    await cluster.client.create(request("n1", pem, SERVING, ("digital signature", "server auth")))
    await cluster.kubectl("certificate", "approve", "n1")
    found = issued(await cluster.until("n1", "Approved"))
    assert tuple(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == names


async def test_nobody_becomes_a_master(cluster: Cluster) -> None:
    pem, _ = ask("jane", ["system:masters"])
    with pytest.raises(StatusError, match=f"use of {CLIENT} signer with system:masters group is not allowed"):
        await cluster.client.create(request("jane", pem))


async def test_decisions_and_signatures_need_the_signers_permission(cluster: Cluster) -> None:
    pem, _ = ask("jane")
    made = await cluster.client.create(request("jane", pem))
    rules = [{
        "apiGroups": ["certificates.k8s.io"], "verbs": ["update", "get"],
        "resources": ["certificatesigningrequests/approval", "certificatesigningrequests/status"],
    }]
    await cluster.client.create(role("some", rules))
    await bind(cluster, "some", "bob")
    bob = cluster.as_user("bob")
    approved = {**made, "status": {"conditions": [{"type": "Approved", "status": "True", "reason": "R"}]}}
    with pytest.raises(StatusError, match=r'user not permitted to approve requests with signerName "kubernetes'):
        await bob.update(approved, subresource="approval")
    with pytest.raises(StatusError, match=r'user not permitted to sign requests with signerName "kubernetes'):
        await bob.update({**made, "status": {"certificate": "LS0tCg=="}}, subresource="status")
    rules.append({
        "apiGroups": ["certificates.k8s.io"], "verbs": ["approve"], "resources": ["signers"],
        "resourceNames": ["kubernetes.io/*"],
    })
    found = await cluster.client.get("ClusterRole.rbac.authorization.k8s.io", "some")
    await cluster.client.update({**found, "rules": rules})
    await bob.update(approved, subresource="approval")
    await cluster.until("jane", "Approved")


async def test_trust_bundles_of_a_signer_need_its_permission(cluster: Cluster) -> None:
    bundle = {
        "apiVersion": "certificates.k8s.io/v1", "kind": "ClusterTrustBundle",
        "metadata": {"name": "example.com:signer:one"},
        "spec": {"signerName": "example.com/signer", "trustBundle": (cluster.folder / "ca.crt").read_text()},
    }
    rule = {"apiGroups": ["certificates.k8s.io"], "resources": ["clustertrustbundles"], "verbs": ["create"]}
    await cluster.client.create(role("some", [rule]))
    await bind(cluster, "some", "bob")
    with pytest.raises(StatusError, match=r'user not permitted to attest for signerName "example.com/signer"'):
        await cluster.as_user("bob").create(bundle)
    assert (await cluster.client.create(bundle))["spec"]["signerName"] == "example.com/signer"


NOW = 1_800_000_000.0


def old(kind: str = "", certificate: str = "", updated: float = NOW) -> dict[str, Any]:
    status: dict[str, Any] = {}
    if kind:
        status["conditions"] = [{"type": kind, "lastUpdateTime": rfc3339(updated)}]
    if certificate:
        status["certificate"] = certificate
    return {"metadata": {"name": "r", "creationTimestamp": rfc3339(NOW)}, "spec": {}, "status": status}


@pytest.mark.parametrize(("found", "expected"), [
    pytest.param(old(), NOW + 24 * 3600, id="pending"),
    pytest.param(old("Denied"), NOW + 3600, id="denied"),
    pytest.param(old("Failed"), NOW + 3600, id="failed"),
    pytest.param(old("Approved"), None, id="waits-for-its-signer"),
    pytest.param(old("Approved", "bm9uZQ=="), NOW + 3600, id="issued"),
])
def test_when_requests_go(found: dict[str, Any], expected: float | None) -> None:
    assert certificates.clean.end(found) == expected


def test_requests_of_expired_certificates_go() -> None:
    authority = tls.make_authority("test", _now(), 3650)
    pem, _ = ask("jane")
    certificate = signing.signer(authority)(pem, USAGES, 600, NOW - 10_000)
    made = old("Approved", base64.b64encode(certificate).decode())
    assert certificates.clean.end(made) == NOW - 10_000 + 600
