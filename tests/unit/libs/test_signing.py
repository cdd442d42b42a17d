"""What becomes of a certificate request."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kubewheel.libs import signing, tls

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
AUTHORITY = tls.make_authority("authority", NOW, 30)


def request(*names: x509.GeneralName) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(tls.make_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def answer(asked: bytes, *usages: str, seconds: float = 3600) -> x509.Certificate:
    return x509.load_pem_x509_certificate(signing.signer(AUTHORITY)(asked, usages, seconds, NOW.timestamp()))


def test_subject_names_and_usages():
    names = (x509.DNSName("a"), x509.RegisteredID(ExtendedKeyUsageOID.SERVER_AUTH))
    usages = ("digital signature", "key encipherment", "client auth", "server auth", "client auth")
    found = answer(request(*names), *usages)
    assert tls.is_signed_by(found, AUTHORITY.certificate)
    assert tls.subject_of(found) == tls.Subject("jane", (), ("a",))
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment, usage.key_cert_sign) == (True, True, False)
    purposes = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]


def test_every_usage_of_the_api_can_be_signed():
    found = answer(request(), *signing.FLAGS, *signing.PURPOSES)
    assert found.extensions.get_extension_for_class(x509.KeyUsage).value.encipher_only
    assert answer(request(), "encipher only").extensions.get_extension_for_class(x509.BasicConstraints) is not None


@pytest.mark.parametrize(("seconds", "lasting"), [
    pytest.param(600, 900, id="short-ones-last-as-asked"),
    pytest.param(86400, 86400, id="long-ones-include-the-backdating"),
])
def test_lifetime(seconds, lasting):
    found = answer(request(), "client auth", seconds=seconds)
    assert found.not_valid_before_utc == NOW - signing.BACKDATED
    assert (found.not_valid_after_utc - found.not_valid_before_utc).total_seconds() == lasting


def test_no_certificate_outlives_its_authority():
    found = answer(request(), "client auth", seconds=365 * 86400)
    assert found.not_valid_after_utc == AUTHORITY.certificate.not_valid_after_utc
    with pytest.raises(ValueError, match="authority itself has ended"):
        signing.signer(AUTHORITY)(request(), ("client auth",), 600, NOW.timestamp() + 40 * 86400)


def test_a_request_of_somebody_without_the_key():
    der = x509.load_pem_x509_csr(request()).public_bytes(serialization.Encoding.DER)
    forged = x509.load_der_x509_csr(der[:-4] + bytes(byte ^ 1 for byte in der[-4:]))
    with pytest.raises(ValueError, match="not that of its key"):
        answer(forged.public_bytes(serialization.Encoding.PEM), "client auth")
