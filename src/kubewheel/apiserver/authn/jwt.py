"""JSON Web Tokens with RS256 and ES256, and the key sets that publish their keys.

Sources: RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (algorithms), RFC 7638 (thumbprint).
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

CURVE_BYTES = 32  # P-256

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Malformed(ValueError):
    """The text is no token that this server could have made."""


def encode_segment(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_segment(text: str) -> bytes:
    """Return the bytes of a base64url text; raise Malformed."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64url") from error


def key_id(key: PublicKey) -> str:
    """Return the name of `key` that tokens and key sets share: a hash of its DER form."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encode_segment(hashlib.sha256(der).digest())


def load_public(pem: bytes) -> PublicKey:
    """Return the public key in `pem`, which may hold a certificate, a public or a private key."""
    if b"CERTIFICATE" in pem:
        from cryptography import x509

        key: object = x509.load_pem_x509_certificate(pem).public_key()
    elif b"PRIVATE KEY" in pem:
        key = load_private(pem).public_key()
    else:
        key = serialization.load_pem_public_key(pem)
    if isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        return key
    raise ValueError("expected an RSA or elliptic curve key")


def load_private(pem: bytes) -> PrivateKey:
    """Return the private key in `pem`."""
    key = serialization.load_pem_private_key(pem, None)
    if isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        return key
    raise ValueError("expected an RSA or elliptic curve key")


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes tokens with one private key."""

    key: PrivateKey
    key_id: str

    @classmethod
    def from_pem(cls, pem: bytes) -> "Signer":
        """Return a signer with the private key in `pem`."""
        key = load_private(pem)
        return cls(key, key_id(key.public_key()))

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a token that carries `claims`."""
        header = {"alg": algorithm(self.key.public_key()), "kid": self.key_id}
        text = f"{encode_segment(orjson.dumps(header))}.{encode_segment(orjson.dumps(claims))}"
        return f"{text}.{encode_segment(self._signature(text.encode()))}"

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        first, second = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return first.to_bytes(CURVE_BYTES, "big") + second.to_bytes(CURVE_BYTES, "big")


def algorithm(key: PublicKey) -> str:
    """Return the name of the signature algorithm for `key`."""
    return "RS256" if isinstance(key, rsa.RSAPublicKey) else "ES256"


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart, not yet verified."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def parse(text: str) -> Token:
    """Return the parts of a token; raise Malformed."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Malformed("not three segments")
    try:
        header, claims = (orjson.loads(decode_segment(part)) for part in parts[:2])
    except orjson.JSONDecodeError as error:
        raise Malformed("not JSON") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Malformed("not objects")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), decode_segment(parts[2]))


class Verifier:
    """Checks signatures against a set of public keys."""

    def __init__(self, keys: Sequence[PublicKey]) -> None:
        self.keys = {key_id(key): key for key in keys}

    def is_genuine(self, token: Token) -> bool:
        """Tell whether one of the keys signed `token`; without a key id each is tried."""
        kid = token.header.get("kid")
        chosen = [self.keys[kid]] if kid in self.keys else list(self.keys.values())
        return any(
            algorithm(key) == token.header.get("alg") and _verify(key, token.signature, token.signed) for key in chosen
        )

    def key_set(self) -> dict[str, Any]:
        """Return the JSON Web Key Set of the keys."""
        return {"keys": [_web_key(name, key) for name, key in self.keys.items()]}


def _verify(key: PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            return True
        if len(signature) != 2 * CURVE_BYTES:
            return False
        first, second = signature[:CURVE_BYTES], signature[CURVE_BYTES:]
        der = encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))
        key.verify(der, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _web_key(name: str, key: PublicKey) -> dict[str, Any]:
    common = {"use": "sig", "kid": name, "alg": algorithm(key)}
    if isinstance(key, rsa.RSAPublicKey):
        public = key.public_numbers()
        modulus = public.n.to_bytes((public.n.bit_length() + 7) // 8, "big")
        exponent = public.e.to_bytes((public.e.bit_length() + 7) // 8, "big")
        return {**common, "kty": "RSA", "n": encode_segment(modulus), "e": encode_segment(exponent)}
    point = key.public_numbers()
    x, y = (encode_segment(number.to_bytes(CURVE_BYTES, "big")) for number in (point.x, point.y))
    return {**common, "kty": "EC", "crv": "P-256", "x": x, "y": y}
