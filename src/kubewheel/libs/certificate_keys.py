"""Private keys of several kinds, each with the smallest request that proves its possession."""

from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PUBLIC_EXPONENT = 65537

MAKERS: Mapping[str, Callable[[], PrivateKey]] = {
    "RSA3072": lambda: rsa.generate_private_key(PUBLIC_EXPONENT, 3072),
    "RSA4096": lambda: rsa.generate_private_key(PUBLIC_EXPONENT, 4096),
    "ECDSAP256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ECDSAP384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ECDSAP521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ED25519": ed25519.Ed25519PrivateKey.generate,
}
# A key of this length comes with the digest of its strength; Ed25519 brings its own.
DIGESTS: Mapping[int, hashes.SHA384 | hashes.SHA512] = {384: hashes.SHA384(), 521: hashes.SHA512()}


def make(kind: str) -> PrivateKey:
    """Return a new private key; raise ValueError for a kind that is unknown. Blocks: long keys take a while."""
    try:
        return MAKERS[kind]()
    except KeyError:
        raise ValueError(f'unknown key type "{kind}"') from None


def pem(key: PrivateKey) -> bytes:
    """Return a private key as unencrypted PKCS#8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def stub_request(key: PrivateKey) -> bytes:
    """Return a PKCS#10 request (DER) that says nothing but whose key it is, signed with the key."""
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else DIGESTS.get(key.key_size, hashes.SHA256())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, digest)
    return request.public_bytes(serialization.Encoding.DER)
