"""Who signs what v1beta1 asks for."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kubewheel.api.certificates.certificate_signing_request import KIND, LEGACY_SIGNER
from kubewheel.api.retired import certificates_v1beta1 as version

KEY = ec.generate_private_key(ec.SECP256R1())
CLIENT = ["digital signature", "key encipherment", "client auth"]
SERVER = ["digital signature", "key encipherment", "server auth"]


def request(name, organisation="system:nodes", host=""):
    subject = x509.Name([
        x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation),
    ])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    pem = builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return base64.b64encode(pem).decode()


@pytest.mark.parametrize(("spec", "signer"), [
    ({"request": request("system:node:a"), "usages": CLIENT}, "kubernetes.io/kube-apiserver-client-kubelet"),
    ({"request": request("system:node:a", host="a"), "usages": SERVER, "username": "system:node:a"},
     "kubernetes.io/kubelet-serving"),
    ({"request": request("system:node:a", host="a"), "usages": SERVER}, LEGACY_SIGNER),
    ({"request": request("bob", "dev"), "usages": CLIENT}, LEGACY_SIGNER),
    ({"request": request("system:node:a")}, LEGACY_SIGNER),
    ({"request": "nonsense"}, LEGACY_SIGNER),
    ({"request": "", "signerName": "example.com/own"}, "example.com/own"),
])
def test_signer(spec, signer):
    made = {"spec": dict(spec)}
    version.to_stored(made)
    assert made["spec"]["signerName"] == signer
    assert made["spec"]["usages"] == spec.get("usages", ["digital signature", "key encipherment"])


def test_legacy_signer_is_accepted():
    made = {"metadata": {"name": "a"}, "spec": {"request": request("bob", "dev")}}
    version.to_stored(made)
    assert KIND.validate(made)
    assert version.adjust(KIND).validate(made) == []
    version.from_stored(made)
    assert made["spec"]["signerName"] == LEGACY_SIGNER
