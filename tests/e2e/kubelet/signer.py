"""A signer of certificates for pods: a client that decides on requests, as somebody's controller would."""

import asyncio
import base64
import datetime
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubewheel.client import Client, Informer
from kubewheel.libs import tasks, tls
from kubewheel.libs.clock import RealClock, rfc3339
from kubewheel.libs.wire import Object

NAME = "kubewheel.example/spiffe"
PATH = "kubewheel.example/spiffe-path"  # the annotation by which a pod's author chooses the path of the name
TEN_MINUTES = datetime.timedelta(minutes=10)


def make_authority(name: str) -> tls.Pair:
    return tls.make_authority(name, datetime.datetime.now(datetime.UTC), 30)


def bundle(name: str, *authorities: tls.Pair, signer: str = "", labels: Mapping[str, str] | None = None) -> Object:
    """Return a ClusterTrustBundle."""
    spec = {"trustBundle": "".join(each.certificate_pem().decode() for each in authorities)}
    if signer:
        spec["signerName"] = signer
    metadata = {"name": name, "labels": dict(labels or {})}
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "ClusterTrustBundle", "metadata": metadata, "spec": spec}


def spiffe_name(request: Object) -> str:
    """Return the name that a request's certificate is for."""
    spec, namespace = request["spec"], request["metadata"]["namespace"]
    default = f"ns/{namespace}/sa/{spec['serviceAccountName']}"
    return f"spiffe://cluster.test/{(spec.get('unverifiedUserAnnotations') or {}).get(PATH) or default}"


class Signer:
    """Issues what is asked of it, unless it is told to deny."""

    def __init__(self, client: Client) -> None:
        self.authority = make_authority("pods")
        self.denies = False
        self.seen: list[Object] = []
        self._client = client
        self._requests = Informer(client, "PodCertificateRequest.certificates.k8s.io", clock=RealClock())
        self._new: asyncio.Queue[Object] = asyncio.Queue()

    async def run(self) -> None:
        self._requests.add_handler(lambda type, new, old: self._new.put_nowait(new) if new and not old else None)
        async with asyncio.TaskGroup() as group:
            tasks.create_task(group, self._requests.run(), name="requests of the signer")
            while True:
                request = await self._new.get()
                if request["spec"]["signerName"] == NAME:
                    self.seen.append(request)
                    await self._decide(request)

    async def _decide(self, request: Object) -> None:
        status = self._denial() if self.denies else self._issued(request)
        await self._client.update({**request, "status": status}, subresource="status")

    def _condition(self, kind: str, reason: str, message: str = "") -> dict[str, Any]:
        now = rfc3339(RealClock().now())
        return {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now}

    def _denial(self) -> dict[str, Any]:
        return {"conditions": [self._condition("Denied", "NotToday", "come back tomorrow")]}

    def _issued(self, request: Object) -> dict[str, Any]:
        asked = x509.load_der_x509_csr(base64.b64decode(request["spec"]["stubPKCS10Request"]))
        assert asked.is_signature_valid
        begins = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        ends = begins + datetime.timedelta(seconds=request["spec"]["maxExpirationSeconds"])
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        made = (
            x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(self.authority.certificate.subject)
            .public_key(asked.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(begins).not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(spiffe_name(request))]), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(self.authority.key, hashes.SHA256())
        )
        chain = made.public_bytes(serialization.Encoding.PEM).decode()
        return {
            "conditions": [self._condition("Issued", "Issued")], "certificateChain": f"noise\n{chain}noise\n",
            "notBefore": rfc3339(begins.timestamp()), "notAfter": rfc3339(ends.timestamp()),
            "beginRefreshAt": rfc3339((ends - 2 * TEN_MINUTES).timestamp()),
        }

