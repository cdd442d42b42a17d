"""PodCertificateRequest."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kubewheel.api.certificates.pod_certificate_request import KIND


def stub():
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return base64.b64encode(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)).decode()


STUB = stub()


def created(**spec):
    made = {
        "metadata": {"name": "r"},
        "spec": {
            "signerName": "example.com/s", "podName": "p", "podUID": "1", "serviceAccountName": "sa",
            "serviceAccountUID": "2", "nodeName": "n", "nodeUID": "3", "stubPKCS10Request": STUB, **spec,
        },
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, [], id="good"),
    pytest.param({"podUID": ""}, ['spec.podUID: Invalid value: "": must not be empty'], id="no-uid"),
    pytest.param({"nodeUID": "x" * 129}, ["spec.nodeUID: Too long: may not be more than 128 bytes"], id="long-uid"),
    pytest.param(
        {"maxExpirationSeconds": 60},
        ["spec.maxExpirationSeconds: Invalid value: 60: must be in the range [3600, 7862400]"], id="short",
    ),
    pytest.param(
        {"signerName": "kubernetes.io/s", "maxExpirationSeconds": 86401},
        ["spec.maxExpirationSeconds: Invalid value: 86401: must be in the range [3600, 86400]"], id="long",
    ),
    pytest.param(
        {"stubPKCS10Request": "eA=="},
        ["spec.stubPKCS10Request: Invalid value: must be a valid PKCS#10 certificate signing request"], id="stub",
    ),
    pytest.param({"stubPKCS10Request": ""}, ["spec.stubPKCS10Request: Required value"], id="no-stub"),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


def decided(*kinds, **status):
    conditions = [
        {"type": kind, "status": "True", "reason": "R", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        for kind in kinds
    ]
    return {**created(), "status": {"conditions": conditions, **status}}


ISSUED = decided(
    "Issued", certificateChain="c", notBefore="2026-01-01T00:00:00Z", notAfter="2026-01-01T02:00:00Z",
    beginRefreshAt="2026-01-01T01:00:00Z",
)


@pytest.mark.parametrize(("new", "old", "fields"), [
    pytest.param(ISSUED, created(), [], id="issued"),
    pytest.param(decided("Denied"), created(), [], id="denied"),
    pytest.param(decided("Maybe"), created(), ["status.conditions[0].type"], id="unknown"),
    pytest.param(decided("Denied", "Failed"), created(), ["status.conditions[1].type"], id="two"),
    pytest.param(decided("Denied", certificateChain="c"), created(), ["status"], id="denied-with-certificate"),
    pytest.param(decided("Issued"), created(), ["status.certificateChain"], id="no-certificate"),
    pytest.param(
        decided("Issued", certificateChain="c"), created(),
        ["status.notBefore", "status.notAfter", "status.beginRefreshAt"], id="no-times",
    ),
    pytest.param(decided("Denied"), ISSUED, ["status"], id="decided-already"),
    pytest.param(ISSUED, ISSUED, [], id="unchanged"),
])
def test_status(new, old, fields):
    assert [fault.field for fault in KIND.validate_status(new, old)] == fields


def test_spec_is_immutable():
    assert [fault.field for fault in KIND.validate_update(created(nodeName="m"), created())] == ["spec"]


def test_row():
    assert list(KIND.row(created(), 0)) == ["r", "p", "sa", "n", "example.com/s", "Pending"]
    assert KIND.row(ISSUED, 0)[-1] == "Issued"
    assert KIND.selectable["spec.nodeName"](created()) == "n"
