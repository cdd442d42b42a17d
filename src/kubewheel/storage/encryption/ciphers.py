"""The ciphers: each has a prefix that names provider and key, so that a stored value says how it can be opened."""

import os
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

ANY_PREFIX = b"k8s:enc:"
BLOCK_BYTES, NONCE_BYTES = 16, 12


class Undecipherable(Exception):
    """No key that is configured opens a stored value."""


class Cipher(Protocol):
    """One key of one provider. `place` is where the value lies; ciphers that can, bind the value to it."""

    prefix: bytes

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Return the value as it is stored after the prefix."""
        ...

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return what was sealed; raise Undecipherable."""
        ...


class Identity:
    """No encryption; refuses values that another provider wrote."""

    prefix = b""

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Return the value as it is."""
        return plain

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return the value as it is, if it was never encrypted."""
        if sealed.startswith(ANY_PREFIX):
            raise Undecipherable("it is encrypted, and no key that is configured fits")
        return sealed


class AesCbc:
    """AES-CBC with PKCS#7 padding behind a random initialisation vector."""

    def __init__(self, name: str, secret: bytes) -> None:
        self.prefix = f"{ANY_PREFIX.decode()}aescbc:v1:{name}:".encode()
        self._secret = secret

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Return vector and ciphertext."""
        vector = os.urandom(BLOCK_BYTES)
        padder = PKCS7(BLOCK_BYTES * 8).padder()
        encryptor = BlockCipher(AES(self._secret), CBC(vector)).encryptor()
        return vector + encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return what was sealed."""
        if len(sealed) < 2 * BLOCK_BYTES or len(sealed) % BLOCK_BYTES:
            raise Undecipherable("the stored data has no whole number of blocks")
        decryptor = BlockCipher(AES(self._secret), CBC(sealed[:BLOCK_BYTES])).decryptor()
        unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()
        try:
            padded = decryptor.update(sealed[BLOCK_BYTES:]) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:
            raise Undecipherable("wrong key or damaged data") from error


class AesGcm:
    """AES-GCM with a random nonce, bound to the place of the value."""

    def __init__(self, name: str, secret: bytes) -> None:
        self.prefix = f"{ANY_PREFIX.decode()}aesgcm:v1:{name}:".encode()
        self._box = AESGCM(secret)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Return nonce and ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._box.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return what was sealed at this very place."""
        try:
            return self._box.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
        except (InvalidTag, ValueError) as error:
            raise Undecipherable("wrong key, wrong place or damaged data") from error


class Secretbox:
    """XSalsa20 and Poly1305 as NaCl has them; needs the package PyNaCl."""

    def __init__(self, name: str, secret: bytes) -> None:
        from nacl.secret import SecretBox

        self.prefix = f"{ANY_PREFIX.decode()}secretbox:v1:{name}:".encode()
        self._box: Any = SecretBox(secret)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Return nonce and ciphertext."""
        return bytes(self._box.encrypt(plain))

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return what was sealed."""
        from nacl.exceptions import CryptoError

        try:
            return bytes(self._box.decrypt(sealed))
        except (CryptoError, ValueError, TypeError) as error:
            raise Undecipherable("wrong key or damaged data") from error
