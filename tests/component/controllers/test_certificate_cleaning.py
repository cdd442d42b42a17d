"""Certificate requests that nobody decides on are forgotten."""

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from kubewheel.api.errors import StatusError
from kubewheel.libs import tls

KIND = "CertificateSigningRequest.certificates.k8s.io"


def request(name: str) -> dict[str, Any]:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(tls.make_key(), hashes.SHA256())
    pem = asked.public_bytes(serialization.Encoding.PEM)
    return {
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
        "spec": {
            "request": base64.b64encode(pem).decode(), "signerName": "example.com/signer", "usages": ["client auth"],
        },
    }


async def test_forgotten_after_a_day_or_an_hour(cluster: Any) -> None:
    await cluster.create(request("pending"), "")
    denied = await cluster.create(request("denied"), "")
    condition = {"type": "Denied", "status": "True", "reason": "No", "message": ""}
    await cluster.client.update({**denied, "status": {"conditions": [condition]}}, subresource="approval")
    await cluster.settle()
    await cluster.skip_time(3590)
    assert await cluster.names(KIND, "") == ["denied", "pending"]
    await cluster.skip_time(20)
    assert await cluster.names(KIND, "") == ["pending"]
    await cluster.skip_time(23 * 3600)
    with pytest.raises(StatusError, match="not found"):
        await cluster.get(KIND, "pending", "")
