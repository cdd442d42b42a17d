"""An authority that answers certificate requests: takes over whom they are for, and decides what and how long for.

Like upstream's signer it copies subject and alternative names, and no other extension.
"""

import datetime
from collections.abc import Callable, Collection, Mapping

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from kubewheel.libs.tls import Pair

BACKDATED = datetime.timedelta(minutes=5)  # For clocks that are behind.
SHORT = datetime.timedelta(hours=8)  # What is shorter lasts its full time in spite of that.
FLAGS: Mapping[str, str] = {
    "signing": "digital_signature", "digital signature": "digital_signature",
    "content commitment": "content_commitment", "key encipherment": "key_encipherment",
    "key agreement": "key_agreement", "data encipherment": "data_encipherment", "cert sign": "key_cert_sign",
    "crl sign": "crl_sign", "encipher only": "encipher_only", "decipher only": "decipher_only",
}
ALL_FLAGS = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)
PURPOSES: Mapping[str, ObjectIdentifier] = {
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, "server auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client auth": ExtendedKeyUsageOID.CLIENT_AUTH, "code signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email protection": ExtendedKeyUsageOID.EMAIL_PROTECTION, "s/mime": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec end system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"), "ipsec tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"), "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp signing": ExtendedKeyUsageOID.OCSP_SIGNING, "microsoft sgc": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape sgc": ObjectIdentifier("2.16.840.1.113730.4.1"),
}
NAME_TYPES = (x509.DNSName, x509.IPAddress, x509.RFC822Name, x509.UniformResourceIdentifier)
Sign = Callable[[bytes, Collection[str], float, float], bytes]
"""Answers a request in PEM for these usages and seconds, from this wall time on, with a certificate in PEM."""


def signer(authority: Pair) -> Sign:
    """Return how `authority` signs."""
    def sign(request: bytes, usages: Collection[str], seconds: float, now: float) -> bytes:
        """Raise ValueError for a request that was not made by the holder of its key."""
        asked = x509.load_pem_x509_csr(request)
        if not asked.is_signature_valid:
            raise ValueError("the signature of the request is not that of its key")
        begin, end = span(authority, seconds, now)
        builder = (
            x509.CertificateBuilder().subject_name(asked.subject).issuer_name(authority.certificate.subject)
            .public_key(asked.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(begin).not_valid_after(end)
        )
        for extension, is_critical in _extensions(asked, usages, authority):
            builder = builder.add_extension(extension, critical=is_critical)
        return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    return sign


def span(authority: Pair, seconds: float, now: float) -> tuple[datetime.datetime, datetime.datetime]:
    """Return from when to when a certificate is valid: not longer than the authority itself."""
    moment = datetime.datetime.fromtimestamp(int(now), datetime.UTC)
    lasting = datetime.timedelta(seconds=seconds)
    end = moment + lasting - (BACKDATED if lasting > SHORT else datetime.timedelta())
    last = authority.certificate.not_valid_after_utc
    if last <= moment:
        raise ValueError(f"the certificate of the authority itself has ended at {last:%Y-%m-%dT%H:%M:%SZ}")
    return moment - BACKDATED, min(end, last)


def _extensions(
    asked: x509.CertificateSigningRequest, usages: Collection[str], authority: Pair
) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(ca=False, path_length=None), True)]
    flags = {FLAGS[usage] for usage in usages if usage in FLAGS}
    if "key_agreement" not in flags:  # The two say how an agreed key is used.
        flags -= {"encipher_only", "decipher_only"}
    if flags:
        found.append((x509.KeyUsage(**{name: name in flags for name in ALL_FLAGS}), True))
    purposes = [PURPOSES[usage] for usage in usages if usage in PURPOSES]
    if purposes:
        found.append((x509.ExtendedKeyUsage(dict.fromkeys(purposes)), False))
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    found.append((issuer, False))
    names = alternative_names(asked)
    if names:
        found.append((x509.SubjectAlternativeName(names), not asked.subject.rdns))
    return found


def alternative_names(asked: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    """Return the names and addresses that a request is for, of the types that servers and people have."""
    try:
        extension = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [name for name in extension.value if isinstance(name, NAME_TYPES)]
