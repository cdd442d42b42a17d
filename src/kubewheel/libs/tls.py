"""Keys and certificates: P-256 keys, one authority, leaf certificates with names, and files that keep them private."""

import datetime
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLOCK_SKEW = datetime.timedelta(minutes=5)  # A certificate must be valid on machines whose clock is a little behind.


Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: Key

    def certificate_pem(self) -> bytes:
        """Return the certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        """Return the private key as unencrypted PKCS#8 PEM."""
        return key_pem(self.key)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a leaf certificate is for. `names` are DNS names or addresses; without them it serves clients only."""

    common_name: str
    organizations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def make_key() -> Key:
    """Return a new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key) -> bytes:
    """Return `key` as unencrypted PKCS#8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_key(pem: bytes) -> Key:
    """Return the P-256 key in `pem`; raise ValueError if it is another kind of key."""
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("expected an elliptic curve private key")
    return key


def load_pair(certificate_path: Path, key_path: Path) -> Pair:
    """Return the pair that two PEM files hold."""
    certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    return Pair(certificate, load_key(key_path.read_bytes()))


def make_authority(common_name: str, now: datetime.datetime, days: int) -> Pair:
    """Return a new self-signed authority that is valid for `days`."""
    key = make_key()
    name = _name(Subject(common_name))
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _builder(name, name, key, now, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def issue(
    authority: Pair, subject: Subject, now: datetime.datetime, days: int,
    key: Key | None = None,
) -> Pair:
    """Return a leaf certificate for `subject`, signed by `authority`, for `key` or a new one."""
    key = key or make_key()
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if subject.names:
        usages.insert(0, ExtendedKeyUsageOID.SERVER_AUTH)
    usage = x509.KeyUsage(
        digital_signature=True, key_encipherment=True, key_cert_sign=False, crl_sign=False, content_commitment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(_name(subject), authority.certificate.subject, key, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(issuer_key, critical=False)
    )
    if subject.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(_alternatives(subject.names)), critical=False)
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def subject_of(certificate: x509.Certificate) -> Subject:
    """Return the subject and the alternative names of `certificate`."""
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    organizations = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return Subject(
        str(common[0].value) if common else "",
        tuple(str(attribute.value) for attribute in organizations),
        alternative_names(certificate),
    )


def alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the DNS names and addresses that `certificate` is valid for."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    names = extension.value.get_values_for_type(x509.DNSName)
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return (*names, *(str(address) for address in addresses))


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Tell whether `authority` issued `certificate`."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def server_context(
    certificate: Path, key: Path, client_authority: Path | None, *other_authorities: Path
) -> ssl.SSLContext:
    """Return a TLS context for a server; with `client_authority` it asks clients for a certificate, optionally."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    if client_authority is not None:
        for authority in (client_authority, *other_authorities):
            context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def client_context(authority: Path, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """Return a TLS context for a client that trusts `authority` and shows `certificate` if given."""
    context = ssl.create_default_context(cafile=str(authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def write_private(path: Path, content: bytes) -> None:
    """Replace the file at `path` by `content`, durable, atomic, readable for the owner only."""
    write_file(path, content, 0o600)


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace the file at `path` by `content`, durable and atomic, with `mode` from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        os.fchmod(descriptor, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, now: datetime.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _name(subject: Subject) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, entry) for entry in subject.organizations]
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, subject.common_name)])


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    result: list[x509.GeneralName] = []
    for name in names:
        try:
            result.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            result.append(x509.DNSName(name))
    return result
