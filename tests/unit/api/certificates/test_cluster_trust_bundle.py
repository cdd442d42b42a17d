"""ClusterTrustBundle."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kubewheel.api.certificates.cluster_trust_bundle import KIND


def certificate(*, ca=True):
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(
        now + timedelta(days=1)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


CA, LEAF = certificate(), certificate(ca=False)


def texts(bundle):
    return [fault.detail for fault in KIND.validate({"metadata": {"name": "b"}, "spec": {"trustBundle": bundle}})]


@pytest.mark.parametrize(("bundle", "expected"), [
    pytest.param(CA, [], id="good"),
    pytest.param("", ["at least one trust anchor must be provided"], id="empty"),
    pytest.param(CA + CA, ["duplicate trust anchor (indices [0 1])"], id="twice"),
    pytest.param(LEAF, ["entry 0 does not have the CA bit set"], id="leaf"),
    pytest.param(CA.replace("CERTIFICATE", "KEY"), ["entry 0 has bad block type: KEY"], id="key"),
    pytest.param(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", ["entry 0 does not parse as X.509"],
        id="text",
    ),
])
def test_bundle(bundle, expected):
    assert texts(bundle) == expected


def test_name_belongs_to_the_signer():
    spec = {"signerName": "example.com/s", "trustBundle": CA}
    assert KIND.validate({"metadata": {"name": "example.com:s:b"}, "spec": spec}) == []
    assert [fault.field for fault in KIND.validate({"metadata": {"name": "b"}, "spec": spec})] == ["metadata.name"]


def test_signer_is_immutable():
    new = {"spec": {"signerName": "a.b/c"}}
    assert [fault.field for fault in KIND.validate_update(new, {"spec": {}})] == ["spec.signerName"]


def test_row():
    assert list(KIND.row({"metadata": {"name": "b"}}, 0)) == ["b", "<none>"]
