"""Keys of every kind, and that a stub proves their possession."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kubewheel.libs import certificate_keys


@pytest.mark.parametrize("kind", ["ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519", "RSA3072"])
def test_keys(kind: str) -> None:
    key = certificate_keys.make(kind)
    request = x509.load_der_x509_csr(certificate_keys.stub_request(key))
    assert request.is_signature_valid
    assert len(request.subject) == 0
    loaded = serialization.load_pem_private_key(certificate_keys.pem(key), None)
    assert loaded.public_key() == request.public_key() == key.public_key()


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match='unknown key type "DSA"'):
        certificate_keys.make("DSA")
    assert "RSA4096" in certificate_keys.MAKERS
