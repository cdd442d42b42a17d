"""Names of signers and their trust bundles."""

import pytest

from kubewheel.api.validation import signer_names


@pytest.mark.parametrize(("name", "count"), [
    ("example.com/signer", 0), ("kubernetes.io/kube-apiserver-client", 0), ("example.com/a.b", 0),
    ("", 2), ("example.com", 1), ("a/b/c", 1), ("localhost/a", 1), ("Example.com/a", 1), ("example.com/A", 1),
])
def test_signers(name, count):
    assert len(signer_names.validate_signer_name(name, "p")) == count


def test_form():
    [fault] = signer_names.validate_signer_name("x", "p")
    assert fault.detail == "must be a fully qualified domain and path of the form 'example.com/signer-name'"
    [fault] = signer_names.validate_signer_name(f"{'a.' * 130}b/c", "p")
    assert str(fault) == "p: Too long: may not be more than 253 bytes"


@pytest.mark.parametrize(("name", "signer", "details"), [
    ("plain", "", []),
    ("a:b", "", ['ClusterTrustBundle without signer name must not have ":" in its name']),
    ("example.com:s:one", "example.com/s", []),
    (
        "one", "example.com/s",
        ["ClusterTrustBundle for signerName example.com/s must be named with prefix example.com:s:"],
    ),
])
def test_bundles(name, signer, details):
    assert signer_names.trust_bundle_name_faults(name, signer) == details
    if not details:
        assert signer_names.signer_of(name) == signer
