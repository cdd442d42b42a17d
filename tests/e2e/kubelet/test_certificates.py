"""Trust anchors and certificates in pods' volumes: one cluster, one signer, real TLS between two pods."""

import asyncio
import datetime
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509

from kubewheel.libs import tasks, tls
from tests.e2e.kubelet import harness, signer
from tests.e2e.kubelet.harness import Cluster, pod, sh
from tests.e2e.kubelet.signer import Signer, bundle, make_authority

pytestmark = [pytest.mark.containerd, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
conformance = pytest.mark.conformance
OTHER_SIGNER = "kubewheel.example/roots"
MANY = 101


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[tuple[Cluster, Signer]]:
    async with harness.new_cluster() as made:
        await made.start_agent()
        ours = Signer(made.admin)
        made.tasks.append(tasks.create_task(made.group, ours.run(), name="signer"))
        await made.admin.create(bundle("pods", ours.authority))
        yield made, ours


def sources(*listed: dict[str, Any], name: str = "trust") -> dict[str, Any]:
    return {"name": name, "projected": {"sources": list(listed)}}


def mounting(name: str, *volumes: dict[str, Any], command: tuple[str, ...] = (), **spec: Any) -> dict[str, Any]:
    mounts = [{"name": each["name"], "mountPath": f"/{each['name']}"} for each in volumes]
    container = {"volumeMounts": [*mounts, *spec.pop("mounts", ())]}
    return pod(name, *command, container=container, volumes=[*volumes, *spec.pop("volumes", ())], **spec)


def trusting(path: str = "ca.pem", **source: Any) -> dict[str, Any]:
    return {"clusterTrustBundle": {"path": path, **source}}


async def certificates(cluster: Cluster, name: str, path: str = "/trust/ca.pem") -> set[str]:
    """Return the common names in a file of a pod."""
    text = await cluster.exec(name, "cat", path)
    found = x509.load_pem_x509_certificates(text.encode()) if text.strip() else []
    return {tls.subject_of(each).common_name for each in found}


async def is_told(cluster: Cluster, name: str, text: str) -> None:
    async def check() -> bool:
        return any(text in event for event in await cluster.events(name))

    await cluster.until(check, f"event of {name}: {text}")
    assert harness.phase(await cluster.get(name)) == "Pending"


@conformance("Mounting a single ClusterTrustBundle")
@conformance("Mounting multiple ClusterTrustBundle volumes")
async def test_by_name(world: tuple[Cluster, Signer]) -> None:
    cluster, _ = world
    first, second, third = (make_authority(name) for name in ("first", "second", "third"))
    await cluster.admin.create(bundle("one", first))
    await cluster.admin.create(bundle("two", second))
    volumes = [sources(trusting(name="one")), sources(trusting("deep/two.pem", name="two"), name="more")]
    await cluster.run(mounting("by-name", *volumes, securityContext={"runAsUser": 4242}))
    await cluster.running("by-name")
    assert await certificates(cluster, "by-name") == {"first"}
    assert await certificates(cluster, "by-name", "/more/deep/two.pem") == {"second"}
    assert (await cluster.exec("by-name", "stat", "-L", "-c", "%a %u", "/trust/ca.pem")).strip() == "600 4242"
    changed = {"spec": bundle("one", first, third)["spec"]}
    await cluster.admin.patch("ClusterTrustBundle.certificates.k8s.io", "one", changed)

    async def both() -> bool:
        return await certificates(cluster, "by-name") == {"first", "third"}

    await cluster.until(both, "the new anchors in the running pod")


@conformance(
    "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] should be capable "
    "to mount multiple trust bundles by signer+labels can combine multiple CTBs with signer name and label selector"
)
@conformance(
    "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] should be capable "
    "to mount multiple trust bundles by signer+labels can combine all signer CTBs with an empty label selector"
)
@conformance(
    "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] should be capable "
    "to mount multiple trust bundles by signer+labels should start if only signer name and nil label selector "
    "+ optional=true"
)
@conformance(
    "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] should be capable "
    "to mount multiple trust bundles by signer+labels should start if only signer name and explicit label selector "
    "matches nothing + optional=true"
)
async def test_by_signer(world: tuple[Cluster, Signer]) -> None:
    cluster, _ = world
    roots = {name: make_authority(name) for name in ("live", "dead", "plain")}
    prefix = OTHER_SIGNER.replace("/", ":")
    for name, root in roots.items():
        # The first is in all of them, and yet once in what the pod sees.
        listed = [root] if name == "live" else [roots["live"], root]
        await cluster.admin.create(bundle(f"{prefix}:{name}", *listed, signer=OTHER_SIGNER, labels={"state": name}))
    every = {"signerName": OTHER_SIGNER}
    chosen = {"matchExpressions": [{"key": "state", "operator": "In", "values": ["live", "dead"]}]}
    await cluster.run(mounting(
        "by-signer",
        sources(trusting("some", **every, labelSelector=chosen), trusting("all", **every, labelSelector={}),
                trusting("none", **every, optional=True), trusting("nobody", name="nobody", optional=True),
                trusting("never", **every, labelSelector={"matchLabels": {"state": "odd"}}, optional=True)),
    ))
    await cluster.running("by-signer")
    found = {
        name: await certificates(cluster, "by-signer", f"/trust/{name}")
        for name in ("some", "all", "none", "never", "nobody")
    }
    assert found == {
        "some": {"live", "dead"}, "all": set(roots), "none": set(), "never": set(), "nobody": set(),
    }
    assert (await cluster.exec("by-signer", "grep", "-c", "BEGIN", "/trust/all")).strip() == "3"


@conformance(
    "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] should prevent "
    "a pod from starting if: sets optional=false and no trust bundle matches query"
)
@conformance(
    "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] should prevent "
    "a pod from starting if: sets optional=false and the configured CTB does not exist"
)
async def test_missing(world: tuple[Cluster, Signer]) -> None:
    cluster, _ = world
    await cluster.run(mounting("no-match", sources(trusting(signerName=OTHER_SIGNER, labelSelector={"matchLabels": {
        "state": "odd"}}))))
    await cluster.run(mounting("no-name", sources(trusting(name="late"))))
    matched = "combination of signerName and labelSelector matched zero ClusterTrustBundles"
    await is_told(cluster, "no-match", matched)
    await is_told(cluster, "no-name", 'clustertrustbundles.certificates.k8s.io "late" not found')
    await cluster.admin.create(bundle("late", make_authority("late")))
    await cluster.running("no-name")
    assert await certificates(cluster, "no-name") == {"late"}


@conformance("Mounting big number (>100) of ClusterTrustBundle volumes")
async def test_many(world: tuple[Cluster, Signer]) -> None:
    cluster, _ = world
    root = make_authority("many")
    async with asyncio.TaskGroup() as group:
        for number in range(MANY):
            made = cluster.admin.create(bundle(f"many-{number}", root))
            tasks.create_task(group, made, name=f"bundle {number}")
    await cluster.run(mounting("many", sources(*(
        trusting(f"{number}.pem", name=f"many-{number}") for number in range(MANY)))))
    await cluster.running("many")
    told = await cluster.exec("many", *sh("cat /trust/*.pem | grep -c BEGIN"))
    assert int(told) == MANY


def certified(name: str = "own", **source: Any) -> dict[str, Any]:
    wanted = {"signerName": signer.NAME, "keyType": "ED25519", "credentialBundlePath": "all.pem", **source}
    return sources({"podCertificate": wanted}, trusting(name="pods"), name=name)


def lifetime(certificate: x509.Certificate) -> datetime.timedelta:
    return certificate.not_valid_after_utc - certificate.not_valid_before_utc


def uri(certificate: x509.Certificate) -> str:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return names.get_values_for_type(x509.UniformResourceIdentifier)[0]




@conformance("Projected PodCertificate Default Expiration")
@conformance("Projected PodCertificate Custom Expiration")
@conformance("Projected PodCertificate UserAnnotations")
async def test_certificates(world: tuple[Cluster, Signer]) -> None:
    cluster, ours = world
    annotations = {signer.PATH: "any/where"}
    await cluster.run(mounting(
        "certified", certified(), certified("hour", maxExpirationSeconds=3600, keyType="ECDSAP384",
                                            userAnnotations=annotations, keyPath="key", certificateChainPath="chain"),
    ))
    await cluster.running("certified")
    text = await cluster.exec("certified", "cat", "/own/all.pem")
    assert text.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert "noise" not in text
    own = x509.load_pem_x509_certificate(text.encode())
    assert lifetime(own) == datetime.timedelta(hours=24)
    assert uri(own) == "spiffe://cluster.test/ns/default/sa/default"
    chain = await cluster.exec("certified", "cat", "/hour/chain")
    key = await cluster.exec("certified", "cat", "/hour/key")
    assert await cluster.exec("certified", "cat", "/hour/all.pem") == key + chain
    hour = x509.load_pem_x509_certificate(chain.encode())
    assert lifetime(hour) == datetime.timedelta(hours=1)
    assert uri(hour) == "spiffe://cluster.test/any/where"
    assert {each["spec"]["nodeName"] for each in ours.seen} == {harness.NODE}
    await cluster.delete("certified")
    await cluster.gone("certified")


async def test_denied(world: tuple[Cluster, Signer]) -> None:
    cluster, ours = world
    ours.denies = True
    await cluster.run(mounting("denied", certified()))
    await is_told(cluster, "denied", 'PodCertificateRequest was permanently denied: reason="NotToday"')
    ours.denies = False
    asked = [each for each in ours.seen if each["spec"]["podName"] == "denied"]
    assert len(asked) == 1
    await cluster.delete("denied", grace=0)


SERVER = """
import socket, ssl
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile="/own/ca.pem")
context.verify_mode = ssl.CERT_REQUIRED
context.load_cert_chain("/own/all.pem")
with socket.create_server(("", 8443)) as listener:
    while True:
        with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
            peer.sendall(peer.getpeercert()["subjectAltName"][0][1].encode())
"""
CLIENT = """
import socket, ssl, sys
context = ssl.create_default_context(cafile="/own/ca.pem")
context.check_hostname = False
context.load_cert_chain("/own/all.pem")
with context.wrap_socket(socket.create_connection((sys.argv[1], 8443), 5)) as peer:
    print(peer.getpeercert()["subjectAltName"][0][1], peer.recv(100).decode())
"""


def with_python(name: str, *command: str) -> dict[str, Any]:
    """Return a pod with this machine's Python."""
    wanted = [Path(each) for each in ("/usr", "/lib", "/lib64", sys.base_prefix)]
    places = [str(each) for each in wanted if each.exists() and each.parent != Path("/usr")]
    volumes = [{"name": f"host{index}", "hostPath": {"path": place}} for index, place in enumerate(places)]
    mounts = [
        {"name": f"host{index}", "mountPath": place, "readOnly": True} for index, place in enumerate(places)
    ]
    annotations = {signer.PATH: name}
    own = certified(userAnnotations=annotations, keyType="ECDSAP256")
    return mounting(name, own, command=command, volumes=volumes, mounts=mounts)


@conformance("Projected PodCertificate mTLS Connection")
async def test_mutual_tls(world: tuple[Cluster, Signer]) -> None:
    cluster, _ = world
    python = os.path.realpath(sys.executable)
    await cluster.run(with_python("server", python, "-c", SERVER))
    await cluster.run(with_python("client", "sleep", "1000"))
    server = await cluster.running("server")
    await cluster.running("client")
    said: list[str] = []

    async def answered() -> bool:
        try:
            said[:] = [await cluster.exec("client", python, "-c", CLIENT, server["status"]["podIP"])]
        except AssertionError:
            return False  # The server's interpreter is still starting.
        return True

    await cluster.until(answered, "an answer over TLS")
    assert said[0].split() == ["spiffe://cluster.test/server", "spiffe://cluster.test/client"]
