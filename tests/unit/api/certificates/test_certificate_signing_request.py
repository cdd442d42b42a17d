"""CertificateSigningRequest."""

import base64
import copy

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kubewheel.api.certificates import certificate_signing_request as csr

KIND = csr.KIND


def pem():
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return base64.b64encode(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)).decode()


PEM = pem()


def created(**spec):
    made = {
        "metadata": {"name": "c"},
        "spec": {"request": PEM, "signerName": "example.com/s", "usages": ["client auth"], "username": "ann", **spec},
        "status": {"conditions": [{"type": "Approved", "status": "True"}]},
    }
    KIND.prepare_create(made)
    KIND.default(made)
    return made


def with_conditions(*kinds, **status):
    listed = [{"type": kind, "status": "True"} for kind in kinds]
    return {**created(), "status": {"conditions": listed, **status}}


@pytest.mark.parametrize(("spec", "expected"), [
    pytest.param({}, [], id="good"),
    pytest.param({"usages": []}, ["spec.usages: Required value"], id="no-usages"),
    pytest.param({"usages": ["any", "any"]}, ['spec.usages[1]: Duplicate value: "any"'], id="twice"),
    pytest.param(
        {"signerName": "kubernetes.io/legacy-unknown"},
        [
            'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via '
            'this '
            "API version"
        ],
        id="legacy",
    ),
    pytest.param(
        {"expirationSeconds": 599},
        [
            "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)"
        ],
        id="short",
    ),
    pytest.param(
        {"request": base64.b64encode(b"x").decode()},
        ['spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST'], id="no-request",
    ),
])
def test_validate(spec, expected):
    assert [str(fault) for fault in KIND.validate(created(**spec))] == expected


def test_unknown_usage():
    [fault] = KIND.validate(created(usages=["world peace"]))
    assert (fault.field, fault.type) == ("spec.usages[0]", "Unsupported value")


def test_nobody_approves_his_own():
    assert created()["status"] == {}


def test_update_keeps_spec_and_status():
    old = with_conditions("Approved")
    new = {"metadata": {"name": "c"}, "spec": {}, "status": {}}
    KIND.prepare_update(new, old)
    assert (new["spec"], new["status"]) == (old["spec"], old["status"])


def test_status_cannot_approve():
    new = with_conditions("Approved", "Failed", certificate="x")
    KIND.prepare_status(new, created())
    assert [each["type"] for each in new["status"]["conditions"]] == ["Failed"]
    assert new["status"]["certificate"] == "x"


def test_approval_changes_conditions_only():
    new = with_conditions("Approved", certificate="x")
    csr.prepare_approval(new, created())
    assert new["status"] == {"conditions": [{"type": "Approved", "status": "True"}]}


@pytest.mark.parametrize(("new", "old", "expected"), [
    pytest.param(with_conditions("Approved"), created(), [], id="approve"),
    pytest.param(
        created(), with_conditions("Denied"),
        ['status.conditions: Forbidden: updates may not remove a condition of type "Denied"'], id="taken-back",
    ),
    pytest.param(
        with_conditions("Approved", "Denied"), created(),
        ['status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'],
        id="both",
    ),
])
def test_approval(new, old, expected):
    assert [str(fault) for fault in csr.validate_approval(new, old)] == expected


def test_certificate_is_set_once():
    old = with_conditions("Approved", certificate="x")
    new = copy.deepcopy(old)
    new["status"]["certificate"] = "y"
    assert [str(fault) for fault in KIND.validate_status(new, old)] == [
        "status.certificate: Forbidden: updates may not modify existing certificate content"
    ]


@pytest.mark.parametrize(("made", "state"), [
    pytest.param(created(), "Pending", id="pending"),
    pytest.param(with_conditions("Approved", certificate="x"), "Approved,Issued", id="issued"),
    pytest.param(with_conditions("Denied"), "Denied", id="denied"),
    pytest.param(with_conditions("Approved", "Failed"), "Approved,Failed", id="failed"),
])
def test_row(made, state):
    assert list(KIND.row(made, 0)) == ["c", "<unknown>", "example.com/s", "ann", "<none>", state]


def test_selectable():
    assert KIND.selectable["spec.signerName"](created()) == "example.com/s"
