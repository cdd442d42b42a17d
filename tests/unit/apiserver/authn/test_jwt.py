"""Tokens: signed, taken apart, verified, published."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kubewheel.apiserver.authn import jwt
from kubewheel.libs import tls

EC_KEY = tls.key_pem(tls.make_key())
RSA_KEY = rsa.generate_private_key(65537, 2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


@pytest.mark.parametrize(("pem", "name", "kind"), [
    pytest.param(EC_KEY, "ES256", "EC", id="elliptic"), pytest.param(RSA_KEY, "RS256", "RSA", id="rsa"),
])
def test_round(pem: bytes, name: str, kind: str) -> None:
    signer, verifier = jwt.Signer.from_pem(pem), jwt.Verifier([jwt.load_public(pem)])
    text = signer.sign({"sub": "x"})
    token = jwt.parse(text)
    assert token.claims == {"sub": "x"}
    assert token.header == {"alg": name, "kid": signer.key_id}
    assert verifier.is_genuine(token)
    key = verifier.key_set()["keys"][0]
    assert (key["kid"], key["alg"], key["kty"]) == (signer.key_id, name, kind)


def test_forgeries() -> None:
    verifier = jwt.Verifier([jwt.load_public(EC_KEY)])
    genuine = jwt.Signer.from_pem(EC_KEY).sign({"sub": "x"})
    header, _, signature = genuine.split(".")
    changed = f"{header}.{jwt.encode_segment(b'{}')}.{signature}"
    assert not verifier.is_genuine(jwt.parse(changed))
    unsigned = '.'.join((jwt.encode_segment(b'{"alg":"none"}'), jwt.encode_segment(b'{}'), ''))
    assert not verifier.is_genuine(jwt.parse(unsigned))
    assert not verifier.is_genuine(jwt.parse(jwt.Signer.from_pem(RSA_KEY).sign({"sub": "x"})))
    assert not verifier.is_genuine(jwt.parse(genuine[:-8]))


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.W10.", "=.=.="])
def test_malformed(text: str) -> None:
    with pytest.raises(jwt.Malformed):
        jwt.parse(text)
